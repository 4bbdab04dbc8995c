//! Rules for every line of text: no loose ends, no machine's own paths, no invisible characters.

use super::Findings;
use super::source::SourceFile;

/// Written in halves, so that this file does not break its own rule.
const LOOSE_ENDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// The beginnings of paths that exist on one machine only.
const MACHINES_OWN: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];

pub(super) fn check(file: &SourceFile, findings: &mut Findings) {
    if file.path == "Cargo.lock" {
        return;
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
        if let Some(beginning) = MACHINES_OWN.iter().find(|beginning| begins_a_path(line, beginning)) {
            findings.breach(file, Some(number), &format!("names a path of one machine ({beginning}…)"));
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

/// Whether `beginning` stands in `line` where a path could begin, and not in the middle of one, a URL or base64.
fn begins_a_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        line[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && !".~+/_-}".contains(before))
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

    #[test]
    fn a_path_must_begin_where_paths_begin() {
        let home = MACHINES_OWN[0];
        assert!(begins_a_path(&format!("see {home}me/key.pem"), home));
        assert!(!begins_a_path(&format!("https://example.com{home}page"), home));
    }
}
