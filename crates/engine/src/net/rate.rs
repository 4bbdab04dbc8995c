//! How many may come in a second: a bucket that is filled as time passes.

use std::time::{Duration, Instant};

/// A bucket that holds as much as is let in within one second.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    level: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, level: per_second, filled: now }
    }

    /// Changes what is let in, and keeps what is used up.
    pub(super) fn set(&mut self, per_second: u32) {
        self.per_second = f64::from(per_second.max(1));
        self.level = self.level.min(self.per_second);
    }

    /// Takes one out, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.level = passed.mul_add(self.per_second, self.level).min(self.per_second);
        self.filled = now;
        let there = self.level >= 1.0;
        if there {
            self.level -= 1.0;
        }
        there
    }

    /// How long until there is one.
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.level) / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lets_in_what_it_should_and_no_more() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, start);
        assert_eq!((0..20).filter(|_| bucket.take(start)).count(), 10);
        let wait = bucket.wait();
        assert!(wait > Duration::from_millis(99) && wait < Duration::from_millis(101), "{wait:?}");
        let let_in = (1..=300).filter(|n| bucket.take(start + Duration::from_millis(10 * n))).count();
        assert!((29..=30).contains(&let_in), "{let_in} in three seconds");
        bucket.set(5);
        assert!((0..20).filter(|_| bucket.take(start + Duration::from_secs(60))).count() <= 5);
    }
}
