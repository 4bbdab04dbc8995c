//! Whether a backend is worth trying, by how the last tries went.

use std::time::{Duration, Instant};

/// So many tries that fail within [`WINDOW`] send a backend to rest.
pub(super) const FAILURES: u32 = 3;

/// See [`FAILURES`].
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// How long the first rest is; each further one is twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// No rest is longer.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a worker knows of a backend from its own tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Health {
    failures: u32,
    /// When the first of the failures was.
    since: Option<Instant>,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rest {
    /// When it was tried last.
    tried: Instant,
    until: Instant,
    pause: Duration,
    /// It has rested, and a try is under way: one that fails makes the next rest longer.
    on_trial: bool,
}

/// What a try changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// It was sent to rest, which it was not before.
    ToRest,
    /// It was reached again.
    Back,
}

impl Health {
    /// Whether it is to be left alone.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rest.is_some_and(|rest| now < rest.until)
    }

    /// Until when it is to be left alone; in the past where that is over and no try has succeeded since.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.rest.map(|rest| rest.until)
    }

    /// When it was tried last, if it was sent to rest.
    pub(super) fn tried(&self) -> Option<Instant> {
        self.rest.map(|rest| rest.tried)
    }

    /// It is tried. One that has rested is on trial, and until that is decided nobody else waits for it.
    pub(super) fn begin(&mut self, now: Instant) {
        if let Some(rest) = &mut self.rest {
            rest.tried = now;
            if now >= rest.until {
                rest.on_trial = true;
                rest.until = now + rest.pause;
            }
        }
    }

    /// It was reached.
    pub(super) fn succeed(&mut self) -> Change {
        match std::mem::take(self).rest {
            Some(_) => Change::Back,
            None => Change::None,
        }
    }

    /// It was not.
    pub(super) fn fail(&mut self, now: Instant) -> Change {
        if let Some(rest) = &mut self.rest {
            rest.tried = now;
            if rest.on_trial {
                rest.on_trial = false;
                rest.pause = (rest.pause * 2).min(LONGEST_PAUSE);
                rest.until = now + rest.pause;
            }
            return Change::None;
        }
        match self.since {
            Some(since) if now.saturating_duration_since(since) <= WINDOW => self.failures += 1,
            _ => (self.failures, self.since) = (1, Some(now)),
        }
        if self.failures < FAILURES {
            return Change::None;
        }
        self.rest = Some(Rest { tried: now, until: now + FIRST_PAUSE, pause: FIRST_PAUSE, on_trial: false });
        Change::ToRest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    fn resting(start: Instant) -> Health {
        let mut health = Health::default();
        for _ in 0..FAILURES {
            health.fail(start);
        }
        assert!(health.rests(start));
        health
    }

    #[test]
    fn failures_far_apart_send_nobody_to_rest() {
        let start = Instant::now();
        let mut health = Health::default();
        for n in 0..10 {
            assert_eq!(health.fail(after(start, n * 6_000)), Change::None);
        }
        assert!(!health.rests(after(start, 54_000)));
    }

    #[test]
    fn a_success_forgets_what_was_before() {
        let start = Instant::now();
        let mut health = resting(start);
        assert_eq!(health.succeed(), Change::Back);
        assert!(!health.rests(start));
        assert_eq!((health.fail(start), health.succeed()), (Change::None, Change::None));
    }

    #[test]
    fn pauses_grow_to_a_bound_and_only_by_trials() {
        let start = Instant::now();
        let mut health = resting(start);
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            for _ in 0..5 {
                health.begin(now);
                health.fail(now); // tried although it rests: that says nothing new
            }
            let until = health.rests_until().unwrap();
            pauses.push(until.duration_since(now).as_secs());
            now = until;
            health.begin(now);
            assert!(health.rests(now), "others do not wait for the trial");
            health.fail(now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_trial_that_is_never_decided_is_followed_by_another() {
        let start = Instant::now();
        let mut health = resting(start);
        let now = after(start, 1_000);
        health.begin(now);
        assert!(health.rests(after(start, 1_999)) && !health.rests(after(start, 2_000)));
    }
}
