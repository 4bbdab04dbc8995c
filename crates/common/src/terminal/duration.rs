//! Durations as people write them: `90d`, `12h`, `30m`, `45s`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Not a number and a unit.
    #[error("`{0}` is no duration: write a whole number and a unit, such as 90d, 12h, 30m, 45s or 500ms")]
    Form(String),
    /// Longer than can be counted.
    #[error("`{0}` is longer than can be counted")]
    TooLong(String),
}

/// Reads a whole number and a unit: `d`, `h`, `m`, `s` or `ms`. A number without a unit is refused, because it
/// means seconds to one reader and minutes to the next.
///
/// # Errors
/// It has another form, or is too long.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let form = || DurationError::Form(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(form());
    }
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(form()),
    };
    let total = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
    total.map(Duration::from_millis).ok_or_else(|| DurationError::TooLong(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_counts_as_it_says() {
        for (text, seconds) in [("0s", 0), ("45s", 45), ("30m", 1_800), ("12h", 43_200), ("90d", 7_776_000)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "10", "s", "-1s", "1.5h", "10 s", "1h30m", "10S"] {
            assert_eq!(parse_duration(text), Err(DurationError::Form(text.into())), "{text}");
        }
        let endless = "99999999999999999999d";
        assert_eq!(parse_duration(endless), Err(DurationError::TooLong(endless.into())));
    }
}
