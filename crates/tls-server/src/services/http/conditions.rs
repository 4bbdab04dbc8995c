//! Conditional requests and ranges (RFC 9110 sections 13 and 14): what of a file is sent, by what the client has.

use std::ops::Range;

use jiff::Timestamp;

use super::date;
use super::request::{Conditions, Method};

/// What is compared with what a client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    /// The entity tag, with its quotes. A strong one.
    pub(super) tag: String,
    /// To the second, as a date of HTTP is; none where that cannot be written or lies ahead.
    pub(super) modified: Option<Timestamp>,
    pub(super) size: u64,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Whole,
    Part(Range<u64>),
    NotModified,
    /// 412
    Failed,
    /// 416
    Unsatisfiable,
}

impl Validators {
    /// Judges `conditions` in the order of RFC 9110 section 13.2.2.
    pub(super) fn judge(&self, method: Method, conditions: &Conditions, now: Timestamp) -> Verdict {
        let date = |field: &Option<String>| field.as_deref().and_then(date::read);
        if let Some(tags) = &conditions.if_match {
            if !self.is_among(tags, Comparison::Strong) {
                return Verdict::Failed;
            }
        } else if let (Some(since), Some(modified)) = (date(&conditions.if_unmodified_since), self.modified)
            && modified > since
        {
            return Verdict::Failed;
        }
        if let Some(tags) = &conditions.if_none_match {
            if self.is_among(tags, Comparison::Weak) {
                return Verdict::NotModified;
            }
        } else if let (Some(since), Some(modified)) = (date(&conditions.if_modified_since), self.modified)
            && modified <= since
        {
            return Verdict::NotModified;
        }
        match &conditions.range {
            Some(range) if method == Method::Get && self.is_the_same(conditions.if_range.as_deref(), now) => {
                self.part(range)
            }
            _ => Verdict::Whole,
        }
    }

    /// Whether a list of entity tags has ours.
    fn is_among(&self, list: &str, comparison: Comparison) -> bool {
        let mut rest = list.trim();
        if rest == "*" {
            return true;
        }
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let (weak, tag) = match rest.strip_prefix("W/") {
                Some(tag) => (true, tag),
                None => (false, rest),
            };
            let Some(end) = tag.strip_prefix('"').and_then(|text| text.find('"')) else { return false };
            let (tag, after) = tag.split_at(end + 2);
            if tag == self.tag && (!weak || comparison == Comparison::Weak) {
                return true;
            }
            rest = after;
        }
    }

    /// RFC 9110 section 13.1.5: without a strong match the range means nothing. A date is one only if the file was
    /// not changed a second time within that second, which is certain once it lies back.
    fn is_the_same(&self, if_range: Option<&str>, now: Timestamp) -> bool {
        let Some(validator) = if_range else { return true };
        match date::read(validator) {
            Some(date) => self.modified == Some(date) && now.as_second() > date.as_second() + 1,
            None => validator.trim() == self.tag,
        }
    }

    /// One range is served. What is no range in bytes, or several, is as if nothing had been asked (RFC 9110 section
    /// 14.2): nobody has to be sent the parts of a file in a hundred pieces.
    fn part(&self, range: &str) -> Verdict {
        let Some((unit, spec)) = range.split_once('=') else { return Verdict::Whole };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Verdict::Whole;
        }
        let Some((first, last)) = spec.trim().split_once('-') else { return Verdict::Whole };
        let wanted = match (number(first), number(last)) {
            (Some(Number(first)), Some(Number(last))) if first <= last => first..last.saturating_add(1).min(self.size),
            (Some(Number(first)), Some(Nothing)) => first..self.size,
            (Some(Nothing), Some(Number(length))) => self.size.saturating_sub(length)..self.size,
            _ => return Verdict::Whole,
        };
        if wanted.is_empty() { Verdict::Unsatisfiable } else { Verdict::Part(wanted) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

enum Position {
    Number(u64),
    Nothing,
}
use Position::{Nothing, Number};

/// A position in a range: digits only, or nothing at all. A number too large for any file is the largest.
fn number(text: &str) -> Option<Position> {
    if text.is_empty() {
        return Some(Nothing);
    }
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| Number(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn validators() -> Validators {
        Validators { tag: "\"a-1\"".into(), modified: date::read(DATE), size: 100 }
    }

    fn judge(fields: &[(&str, &str)]) -> Verdict {
        judge_at(fields, "Mon, 07 Nov 1994 08:49:37 GMT")
    }

    fn judge_at(fields: &[(&str, &str)], now: &str) -> Verdict {
        let field = |name| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
        let conditions = Conditions {
            if_match: field("If-Match"),
            if_none_match: field("If-None-Match"),
            if_modified_since: field("If-Modified-Since"),
            if_unmodified_since: field("If-Unmodified-Since"),
            if_range: field("If-Range"),
            range: field("Range"),
        };
        validators().judge(Method::Get, &conditions, date::read(now).unwrap())
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (name, value, expected) in [
            ("If-None-Match", "\"a-1\"", Verdict::NotModified),
            ("If-None-Match", "W/\"a-1\"", Verdict::NotModified),
            ("If-None-Match", "\"x,\", W/\"y\" ,\"a-1\"", Verdict::NotModified),
            ("If-None-Match", "*", Verdict::NotModified),
            ("If-None-Match", "\"a-2\"", Verdict::Whole),
            ("If-None-Match", "a-1", Verdict::Whole),
            ("If-None-Match", "\"a-1", Verdict::Whole),
            ("If-Modified-Since", DATE, Verdict::NotModified),
            ("If-Modified-Since", AFTER, Verdict::NotModified),
            ("If-Modified-Since", BEFORE, Verdict::Whole),
            ("If-Modified-Since", "some day", Verdict::Whole),
        ] {
            assert_eq!(judge(&[(name, value)]), expected, "{name}: {value}");
        }
        assert_eq!(judge(&[("If-None-Match", "\"a-2\""), ("If-Modified-Since", DATE)]), Verdict::Whole);
    }

    #[test]
    fn what_must_hold_and_does_not_fails() {
        for (name, value, expected) in [
            ("If-Match", "\"a-1\"", Verdict::Whole),
            ("If-Match", "*", Verdict::Whole),
            ("If-Match", "W/\"a-1\"", Verdict::Failed),
            ("If-Match", "\"b\", \"c\"", Verdict::Failed),
            ("If-Match", "", Verdict::Failed),
            ("If-Unmodified-Since", DATE, Verdict::Whole),
            ("If-Unmodified-Since", BEFORE, Verdict::Failed),
            ("If-Unmodified-Since", "some day", Verdict::Whole),
        ] {
            assert_eq!(judge(&[(name, value)]), expected, "{name}: {value}");
        }
        assert_eq!(judge(&[("If-Match", "\"a-1\""), ("If-Unmodified-Since", BEFORE)]), Verdict::Whole);
        assert_eq!(judge(&[("If-Match", "\"b\""), ("If-None-Match", "*")]), Verdict::Failed);
    }

    #[test]
    fn one_range_is_served() {
        for (range, expected) in [
            ("bytes=0-0", Verdict::Part(0..1)),
            ("bytes=10-19", Verdict::Part(10..20)),
            ("Bytes = 90-", Verdict::Part(90..100)),
            ("bytes=-7", Verdict::Part(93..100)),
            ("bytes=-700", Verdict::Part(0..100)),
            ("bytes=50-99999999999999999999999", Verdict::Part(50..100)),
            ("bytes=100-", Verdict::Unsatisfiable),
            ("bytes=100-200", Verdict::Unsatisfiable),
            ("bytes=-0", Verdict::Unsatisfiable),
            ("bytes=2-1", Verdict::Whole),
            ("bytes=-", Verdict::Whole),
            ("bytes=0-1,5-6", Verdict::Whole),
            ("bytes=+1-2", Verdict::Whole),
            ("lines=1-2", Verdict::Whole),
            ("bytes", Verdict::Whole),
        ] {
            assert_eq!(judge(&[("Range", range)]), expected, "{range}");
        }
    }

    #[test]
    fn a_range_of_what_has_changed_is_the_whole() {
        for (validator, expected) in [
            ("\"a-1\"", Verdict::Part(0..1)),
            ("\"a-2\"", Verdict::Whole),
            ("W/\"a-1\"", Verdict::Whole),
            (DATE, Verdict::Part(0..1)),
            (AFTER, Verdict::Whole),
            ("Wed, 09 Nov 1994 08:49:37 GMT", Verdict::Whole),
            ("nonsense", Verdict::Whole),
        ] {
            assert_eq!(judge(&[("Range", "bytes=0-0"), ("If-Range", validator)]), expected, "{validator}");
        }
        // It may be changed once more within the second.
        assert_eq!(judge_at(&[("Range", "bytes=0-0"), ("If-Range", DATE)], DATE), Verdict::Whole);
    }

    #[test]
    fn a_precondition_comes_before_the_range_and_head_has_none() {
        assert_eq!(judge(&[("Range", "bytes=0-0"), ("If-None-Match", "*")]), Verdict::NotModified);
        let conditions = Conditions { range: Some("bytes=0-0".into()), ..Conditions::default() };
        assert_eq!(validators().judge(Method::Head, &conditions, Timestamp::UNIX_EPOCH), Verdict::Whole);
    }

    proptest! {
        #[test]
        fn any_field_gives_an_answer_within_the_file(range in "(bytes)?=?[0-9,-]{0,8}", tags in "[W/\", *a1-]{0,12}") {
            let fields = [("Range", &*range), ("If-None-Match", &*tags), ("If-Range", &*tags)];
            for fields in [&fields[..1], &fields] {
                if let Verdict::Part(part) = judge(fields) {
                    prop_assert!(part.start < part.end && part.end <= 100);
                }
            }
        }
    }
}
