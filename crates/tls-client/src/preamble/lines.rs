//! Answers that are lines: a code of three digits (RFC 959 section 4.2, RFC 5321 section 4.2), or a word.

use super::step::{Heard, shown};

/// The lines that are whole, without their ends, and where each ends.
pub(super) fn whole(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut begins = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).map(move |line| {
        begins += line.len();
        (line.trim_ascii_end(), begins)
    })
}

/// A reply with one of the codes that are good. `offers` is a word that one of its lines must be, where it is given.
///
/// Between the first line and the last, which has the code and a space, anything may stand (RFC 959 section 4.2).
pub(super) fn reply(bytes: &[u8], good: &[&str], offers: Option<&str>) -> Heard {
    let Some((first, _)) = whole(bytes).next() else {
        return undecided(bytes, |start| start.iter().take(3).all(u8::is_ascii_digit));
    };
    let (code, separator) = (first.get(..3).unwrap_or_default(), first.get(3));
    if code.len() != 3 || !code.iter().all(u8::is_ascii_digit) || !matches!(separator, None | Some(b' ' | b'-')) {
        return Heard::Misunderstood;
    }
    let is_last = |line: &[u8]| line.starts_with(code) && matches!(line.get(3), None | Some(b' '));
    let Some((last, ends)) = whole(bytes).find(|(line, _)| is_last(line)) else { return Heard::NeedMore };
    if !good.iter().any(|good| good.as_bytes() == code) {
        return Heard::Refused(shown(last));
    }
    let reply = bytes.get(..ends).unwrap_or(bytes);
    let is_offered = |word: &str| texts(reply).any(|text| text.trim_ascii().eq_ignore_ascii_case(word.as_bytes()));
    if offers.is_none_or(is_offered) { Heard::GoOn(ends) } else { Heard::NotOffered(listed(reply)) }
}

/// Lines until one that begins with one of these words, whatever its case, which says yes or no.
pub(super) fn word(bytes: &[u8], yes: &[&str], no: &[&str]) -> Heard {
    let begins = |line: &[u8], word: &&str| {
        line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    for (line, ends) in whole(bytes) {
        if yes.iter().any(|word| begins(line, word)) {
            return Heard::GoOn(ends);
        }
        if no.iter().any(|word| begins(line, word)) {
            return Heard::Refused(shown(line));
        }
    }
    Heard::NeedMore
}

/// Whether the beginning of the first line may still become what is expected.
pub(super) fn undecided(bytes: &[u8], fits: impl Fn(&[u8]) -> bool) -> Heard {
    if fits(bytes) { Heard::NeedMore } else { Heard::Misunderstood }
}

/// What the lines of a reply say behind the code.
fn texts(reply: &[u8]) -> impl Iterator<Item = &[u8]> {
    whole(reply).filter_map(|(line, _)| line.get(4..))
}

fn listed(reply: &[u8]) -> String {
    format!("it offers {}", texts(reply).map(shown).collect::<Vec<_>>().join(", "))
}
