//! Dates of HTTP (RFC 9110 section 5.6.7).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::Offset;

/// `Sun, 06 Nov 1994 08:49:37 GMT`; nothing for what lies outside the years that have four digits.
pub(super) fn written(time: Timestamp) -> Option<String> {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()
}

/// Reads a date in the one form that is written, or in one of the two old ones.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(date) = text.strip_suffix(" GMT") {
        let preferred = strtime::parse("%a, %d %b %Y %H:%M:%S", date);
        let old = || strtime::parse("%A, %d-%b-%y %H:%M:%S", date);
        return in_utc(preferred.or_else(|_| old()).ok()?);
    }
    in_utc(strtime::parse("%a %b %e %H:%M:%S %Y", text).ok()?)
}

fn in_utc(parsed: strtime::BrokenDownTime) -> Option<Timestamp> {
    let date: DateTime = parsed.to_datetime().ok()?;
    Offset::UTC.to_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_forms_are_read_and_one_is_written() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            let date = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(date.as_second(), 784_111_777, "{text}");
            assert_eq!(written(date).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "yesterday", "Sun, 06 Nov 1994 08:49:37 CET", "784111777", "Sun, 36 Nov 1994 08:49:37 GMT", "é GMT"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
