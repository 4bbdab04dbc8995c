//! A file is one idea, and one idea is seldom long.

use super::Findings;
use super::source::SourceFile;

/// From here on a file is listed.
const LONG: usize = 400;
/// From here on it fails.
const TOO_LONG: usize = 600;

/// Files that may be longer, and why.
const ALLOWED: [(&str, &str); 0] = [];

pub(super) fn check(file: &SourceFile, findings: &mut Findings) {
    if !file.path.ends_with(".rs") || ALLOWED.iter().any(|(path, _reason)| *path == file.path) {
        return;
    }
    let lines = file.text.lines().count();
    if lines > TOO_LONG {
        findings.breach(file, None, &format!("{lines} lines: split what holds two ideas (the bound is {TOO_LONG})"));
    } else if lines > LONG {
        findings.advise(file, &format!("{lines} lines: does it hold two ideas?"));
    }
}
