//! Deadlines of many connections: a wheel of slots, a [`TICK`] each.
//!
//! Activity moves a connection's deadline without telling the wheel. When its entry comes due, the connection is
//! asked, and if there is time left put in again: a timer costs something when it is made and when it comes due, not
//! when it is moved. What lies beyond one turn of the wheel is put in at a whole second below its end, so that many
//! far deadlines are asked at once and not one by one.

use std::time::{Duration, Instant};

use mio::Token;

use crate::limits::TICK;

const SLOTS: u64 = 1024;
const WORDS: usize = (SLOTS / 64) as usize;

/// Far entries come due at multiples of this many ticks.
const COARSE: u64 = 32;

/// Space for so many entries stays with a slot that had more: it need not be made anew, and a rush leaves little.
const SLOT_KEEPS: usize = 32;

const TICK_MICROSECONDS: u64 = microseconds(TICK);

/// Whole ones: numbers of 64 bits, as those of 128 are divided by a call.
const fn microseconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros() as u64)
}

/// A count of ticks since the wheel was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(u64);

pub(super) struct Timers {
    start: Instant,
    /// The tick up to which everything has come due.
    now: u64,
    slots: Vec<Vec<Token>>,
    /// Which slots hold something.
    taken: [u64; WORDS],
}

impl Timers {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, now: 0, slots: (0..SLOTS).map(|_| Vec::new()).collect(), taken: [0; WORDS] }
    }

    /// The tick at which an entry for `deadline` comes due: never before the deadline, unless that is far.
    pub(super) fn tick(&self, deadline: Instant) -> Tick {
        let after = microseconds(deadline.saturating_duration_since(self.start)).saturating_add(1); // a part of one more
        let tick = after.div_ceil(TICK_MICROSECONDS);
        let end = self.now + SLOTS - 1;
        Tick(if tick > end { end - end % COARSE } else { tick.max(self.now + 1) })
    }

    /// Puts in an entry; [`Tick`] says when it comes due.
    pub(super) fn insert(&mut self, token: Token, tick: Tick) {
        let slot = (tick.0 % SLOTS) as usize;
        self.slots[slot].push(token);
        self.taken[slot / 64] |= 1 << (slot % 64);
    }

    /// How long until the next entry comes due.
    pub(super) fn next(&self, now: Instant) -> Option<Duration> {
        let tick = self.next_taken(self.now + 1)?;
        let due = self.start + TICK.saturating_mul(u32::try_from(tick).unwrap_or(u32::MAX));
        Some(due.saturating_duration_since(now))
    }

    /// Takes out the entries that have come due by `now`.
    pub(super) fn expire(&mut self, now: Instant, due: &mut Vec<(Token, Tick)>) {
        let until = microseconds(now.saturating_duration_since(self.start)) / TICK_MICROSECONDS;
        while let Some(tick) = self.next_taken(self.now + 1).filter(|&tick| tick <= until) {
            let slot = (tick % SLOTS) as usize;
            due.extend(self.slots[slot].drain(..).map(|token| (token, Tick(tick))));
            self.slots[slot].shrink_to(SLOT_KEEPS);
            self.taken[slot / 64] &= !(1 << (slot % 64));
        }
        self.now = self.now.max(until);
    }

    /// The first tick from `from` on, within one turn of the wheel, whose slot holds something.
    fn next_taken(&self, from: u64) -> Option<u64> {
        let first = (from % SLOTS) as usize;
        for step in 0..=WORDS {
            let word = (first / 64 + step) % WORDS;
            let mut bits = self.taken[word];
            if step == 0 {
                bits &= u64::MAX << (first % 64);
            } else if step == WORDS {
                bits &= !(u64::MAX << (first % 64));
            }
            if bits != 0 {
                let slot = word as u64 * 64 + u64::from(bits.trailing_zeros());
                return Some(from + (slot + SLOTS - first as u64) % SLOTS);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the deadlines and however time jumps: nobody is called before its deadline or a tick too late.
        #[test]
        fn every_deadline_comes_due_in_time(
            deadlines in prop::collection::vec(0_u64..400_000, 1..40),
            jumps in prop::collection::vec(1_u64..60_000, 1..40),
        ) {
            let start = Instant::now();
            let at = |millis| start + Duration::from_millis(millis);
            let mut timers = Timers::new(start);
            let mut waiting: Vec<Option<u64>> = deadlines.iter().copied().map(Some).collect();
            for (n, &deadline) in deadlines.iter().enumerate() {
                let tick = timers.tick(at(deadline));
                timers.insert(Token(n), tick);
            }
            let mut now = 0;
            for jump in jumps.into_iter().chain([60_000; 20]) {
                let next = timers.next(at(now));
                prop_assert_eq!(next.is_some(), waiting.iter().any(Option::is_some));
                // Sometimes sleep until the next entry, sometimes longer, as a busy worker does.
                now += next.map_or(jump, |next| if jump % 2 == 0 { next.as_millis() as u64 + 1 } else { jump });
                let mut due = Vec::new();
                timers.expire(at(now), &mut due);
                for (Token(n), _) in due {
                    let Some(deadline) = waiting[n] else { panic!("called twice") };
                    if deadline <= now {
                        waiting[n] = None;
                    } else {
                        let tick = timers.tick(at(deadline));
                        timers.insert(Token(n), tick);
                    }
                }
                let grain = TICK.as_millis() as u64;
                prop_assert!(waiting.iter().flatten().all(|&deadline| deadline + grain > now), "late at {}", now);
            }
        }
    }
}
