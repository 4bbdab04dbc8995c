//! Every exit code that the programs can end with is in the documentation.

use super::Findings;
use super::source::SourceFile;

/// Where the codes are defined.
const TABLE: &str = "crates/common/src/terminal/exit.rs";

pub(super) fn check(files: &[SourceFile], findings: &mut Findings) {
    let Some(table) = files.iter().find(|file| file.path == TABLE) else { return };
    let documented: Vec<&str> = files
        .iter()
        .filter(|file| file.path.starts_with("docs/") && file.path.ends_with(".md"))
        .flat_map(|file| file.lines().filter_map(|(_, line)| first_cell(line)))
        .collect();
    let missing: Vec<&str> =
        table.lines().filter_map(|(_, line)| code(line)).filter(|code| !documented.contains(code)).collect();
    if !missing.is_empty() {
        let what = format!("codes in no table of docs/ (rows that begin `| 31 |`): {}", missing.join(", "));
        findings.breach(table, None, &what);
    }
}

/// The number of a variant, from a line such as `Usage = 2,`.
fn code(line: &str) -> Option<&str> {
    let (name, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    (is_name && is_number).then_some(number)
}

/// What the first cell of a table's row holds.
fn first_cell(line: &str) -> Option<&str> {
    let cell = line.trim().strip_prefix('|')?.split('|').next()?;
    Some(cell.trim().trim_matches('`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_rows_are_read() {
        assert_eq!(code("    UnknownIssuer = 31,"), Some("31"));
        assert_eq!(code("    /// Unknown issuer,"), None);
        assert_eq!(first_cell("| `31` | unknown issuer |"), Some("31"));
    }
}
