//! A relative link in a page leads somewhere.

use std::path::Path;

use super::Findings;
use super::source::SourceFile;

pub(super) fn check(file: &SourceFile, root: &Path, findings: &mut Findings) {
    if !file.path.ends_with(".md") {
        return;
    }
    let own_directory = root.join(&file.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line).filter(|target| is_relative(target)) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !own_directory.join(path).exists() {
                findings.breach(file, Some(number), &format!("links to {path}, which does not exist"));
            }
        }
    }
}

/// What stands in `](…)`, apart from what stands in code.
pub(super) fn targets(line: &str) -> impl Iterator<Item = &str> {
    let outside_code = line.split('`').step_by(2);
    outside_code.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split([')', ' ']).next())
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:") && !target.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code_only() {
        let line = "See [one](a.md), [two](b.md#part) and `[three](c.md)`.";
        assert_eq!(targets(line).collect::<Vec<_>>(), ["a.md", "b.md#part"]);
    }
}
