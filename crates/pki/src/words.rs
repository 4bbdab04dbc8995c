//! How dates, spans and lists read in a sentence.

use std::fmt::Display;

use jiff::Timestamp;

/// `2026-11-21 04:19 UTC`.
pub(crate) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long it is from one time to the other: `3 days`, `5 hours`, `1 minute`.
pub(crate) fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second()).max(0);
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "day"),
        7_200.. => (seconds / 3_600, "hour"),
        120.. => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join<T: Display>(items: &[T]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_the_unit_that_says_most() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (seconds, words) in
            [(1, "1 second"), (7_199, "119 minutes"), (7_200, "2 hours"), (200_000, "2 days"), (-5, "0 seconds")]
        {
            assert_eq!(span(at(0), at(seconds)), words);
        }
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(join(&["a", "b", "c"]), "a, b and c");
    }
}
