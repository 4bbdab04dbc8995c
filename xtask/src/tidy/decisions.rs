//! A decision that no page leads to is not found again.

use super::Findings;
use super::links::targets;
use super::source::SourceFile;

/// The pages that lead to decisions.
const GUIDES: [&str; 2] = ["README.md", "docs/architecture.md"];

pub(super) fn check(files: &[SourceFile], findings: &mut Findings) {
    let linked: Vec<&str> = files
        .iter()
        .filter(|file| GUIDES.contains(&file.path.as_str()))
        .flat_map(|file| file.lines().flat_map(|(_, line)| targets(line)))
        .collect();
    for file in files.iter().filter(|file| file.path.starts_with("docs/decisions/")) {
        let name = file.path.trim_start_matches("docs/");
        if !linked.iter().any(|target| target.ends_with(name)) {
            findings.breach(file, None, "is linked neither from README.md nor from docs/architecture.md");
        }
    }
}
