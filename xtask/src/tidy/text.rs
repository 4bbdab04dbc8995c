//! Rules for every line of text: no loose ends, no machine's own paths, no invisible characters.

use std::env;
use std::path::{Path, PathBuf};

use super::Findings;
use super::source::SourceFile;

/// Written in halves, so that this file does not break its own rule.
const LOOSE_ENDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Paths that exist on the machine of whoever runs this, and should not be written down: a home, and this checkout.
pub(super) fn own_paths(root: &Path) -> Vec<String> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let directories = home.into_iter().chain([root.to_path_buf()]).filter(|path| path.parent().is_some());
    directories.map(|path| format!("{}/", path.display())).collect()
}

pub(super) fn check(file: &SourceFile, own_paths: &[String], findings: &mut Findings) {
    if file.path == "Cargo.lock" || file.path.starts_with("fuzz/seeds/") {
        return; // made by a program; bytes that a parser is begun with
    }
    for (number, line) in file.lines() {
        if line.ends_with([' ', '\t', '\r']) {
            findings.breach(file, Some(number), "ends in a space");
        }
        for loose_end in LOOSE_ENDS {
            if has_word(line, loose_end) {
                findings.breach(file, Some(number), &format!("{loose_end}: do it, or write it down as an issue"));
            }
        }
        if let Some(own) = own_paths.iter().find(|own| line.contains(*own)) {
            findings.breach(file, Some(number), &format!("names a path of this machine ({own}…)"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') && !is_cut_on_purpose(file) {
        findings.breach(file, None, "does not end with a newline");
    }
}

/// A fixture whose one defect is that it ends too early.
fn is_cut_on_purpose(file: &SourceFile) -> bool {
    file.path.starts_with("fixtures/broken/truncated")
}

/// Base64 can spell anything, so only whole words count.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        [before, after].into_iter().flatten().all(|near| !near.is_alphanumeric() && !"+/=_".contains(near))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_base64_is_no_loose_end() {
        let word = LOOSE_ENDS[2];
        assert!(has_word(&format!("// {word}: later"), word));
        assert!(!has_word(&format!("MIIB{word}g=="), word));
    }
}
