//! The lines of a file as the language has them: joined where one ends in a backslash, and without comments.

/// A line and where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// Without its comment and the white space around it; never empty.
    pub(super) text: String,
}

/// The lines of `text` that say something. A line whose end a backslash hides goes on in the next one; two
/// backslashes at the end are one that is meant.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut held = String::new();
    let mut first = 1;
    for (index, raw) in text.split('\n').enumerate() {
        if held.is_empty() {
            first = index + 1;
        }
        held.push_str(raw.trim_end_matches('\r'));
        if let Some(rest) = held.strip_suffix('\\')
            && !rest.ends_with('\\')
        {
            held.truncate(rest.len());
            continue;
        }
        push(&mut lines, first, &held);
        held.clear();
    }
    push(&mut lines, first, &held);
    lines
}

fn push(lines: &mut Vec<Line>, number: usize, raw: &str) {
    let text = trim(without_comment(raw));
    if !text.is_empty() {
        lines.push(Line { number, text: text.to_owned() });
    }
}

/// What stands before a `#` that is neither quoted nor has a backslash before it.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '#') => return &line[..at],
            (None, _) => {}
        }
    }
    line
}

/// Without the white space of the language around it. A space at the end that a backslash precedes is meant.
pub(super) fn trim(text: &str) -> &str {
    let text = text.trim_start_matches(is_space);
    let end = text.trim_end_matches(is_space);
    match text[end.len()..].chars().next() {
        Some(space) if end.ends_with('\\') && !end.ends_with("\\\\") => &text[..end.len() + space.len_utf8()],
        _ => end,
    }
}

/// White space of the language.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_their_comments_taken_away() {
        let text =
            "a = 1 # one\r\n\n  # all of it\nb = two \\\n  and \\\n  a half\nc = \"x # y\" # z\nd = 5\\# 6\ne=\\\\\nf";
        let found: Vec<(usize, String)> = lines(text).into_iter().map(|line| (line.number, line.text)).collect();
        let expected = [
            (1, "a = 1"),
            (4, "b = two   and   a half"),
            (7, "c = \"x # y\""),
            (8, "d = 5\\# 6"),
            (9, "e=\\\\"),
            (10, "f"),
        ];
        assert_eq!(found, expected.map(|(number, text)| (number, text.to_owned())));
    }
}
