//! Every JSON document that the programs print has its section in the documentation, and no section is about another.

use super::Findings;
use super::source::SourceFile;

/// Where the documents are described, each under a heading of its own.
const DOCUMENTATION: &str = "docs/json.md";

pub(super) fn check(files: &[SourceFile], findings: &mut Findings) {
    let Some(documentation) = files.iter().find(|file| file.path == DOCUMENTATION) else { return };
    let described: Vec<&str> = documentation.lines().filter_map(|(_, line)| heading(line)).collect();
    let mut printed = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with(".rs")) {
        for schema in schemas(&file.text) {
            if !described.contains(&schema) {
                findings.breach(file, None, &format!("`{schema}` has no section in {DOCUMENTATION}"));
            }
            printed.push(schema);
        }
    }
    for schema in described.iter().filter(|schema| !printed.contains(schema)) {
        findings.breach(documentation, None, &format!("`{schema}` is printed by nothing in crates/"));
    }
}

/// The schema of a heading such as ``## `latchkey.report/1` ``.
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("## `")?.strip_suffix('`').filter(|name| name.starts_with("latchkey."))
}

/// Every name such as `latchkey.report/1` in `text`.
fn schemas(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("latchkey.").filter_map(|(start, _)| {
        let rest = &text[start..];
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "._/".contains(letter)));
        let name = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        let (_, number) = name.split_once('/')?;
        number.bytes().all(|digit| digit.is_ascii_digit()).then_some(name).filter(|_| !number.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_headings_are_found() {
        let found: Vec<_> =
            schemas("\"latchkey.report/1\", `latchkey.connect/12`. latchkey.error, latchkey.<name>/1").collect();
        assert_eq!(found, ["latchkey.report/1", "latchkey.connect/12"]);
        assert_eq!(heading("## `latchkey.report/1`"), Some("latchkey.report/1"));
        assert_eq!(heading("## Exit codes"), None);
    }
}
