//! A bound for lines that strangers can make as many of as they like.

use std::time::{Duration, Instant};

/// Failed handshakes told in a second by one worker. What is beyond is counted, and that is told.
const MOST: u32 = 200;

const SECOND: Duration = Duration::from_secs(1);

/// How many there were in the present second.
#[derive(Debug, Clone, Default)]
pub(super) struct Flood {
    begun: Option<Instant>,
    told: u32,
    left_out: u64,
}

impl Flood {
    /// Whether one more line may be written now.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        if self.begun.is_none_or(|begun| now.saturating_duration_since(begun) >= SECOND) {
            self.begun = Some(now);
            self.told = 0;
        }
        if self.told == MOST {
            self.left_out += 1;
            return false;
        }
        self.told += 1;
        true
    }

    /// How many were left out, once, when their second is over.
    pub(super) fn take_left_out(&mut self, now: Instant) -> Option<u64> {
        if self.left_out == 0 || self.begun.is_some_and(|begun| now.saturating_duration_since(begun) < SECOND) {
            return None;
        }
        Some(std::mem::take(&mut self.left_out))
    }

    /// Lets the present second be over.
    #[cfg(test)]
    pub(super) fn age(&mut self) {
        self.begun = self.begun.map(|begun| begun - SECOND);
    }

    /// How many were left out and have not been told.
    pub(super) fn rest(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_number_and_the_rest_is_told_when_it_is_over() {
        let start = Instant::now();
        let mut flood = Flood::default();
        let allowed = (0..1_000).filter(|_| flood.allows(start)).count();
        assert_eq!(allowed, MOST as usize);
        assert_eq!(flood.take_left_out(start), None);
        let later = start + SECOND;
        assert_eq!(flood.take_left_out(later), Some(1_000 - u64::from(MOST)));
        assert_eq!(flood.take_left_out(later), None);
        assert!(flood.allows(later));
    }
}
