//! How much happens in a second, over the last second, ten seconds and minute.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use engine::observe::Totals;
use serde::Serialize;

use super::Source;

/// How often a sample is taken.
const EVERY: Duration = Duration::from_secs(1);

/// The longest span that is told.
const LONGEST: Duration = Duration::from_secs(60);

/// The counters that have a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sample {
    accepted: u64,
    handshakes: u64,
    failures: u64,
    received: u64,
    sent: u64,
}

impl From<&Totals> for Sample {
    fn from(totals: &Totals) -> Self {
        Self {
            accepted: totals.accepted,
            handshakes: totals.full + totals.resumed,
            failures: totals.failed,
            received: totals.received,
            sent: totals.sent,
        }
    }
}

/// How much happened in a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// Over how many seconds: fewer than asked for where the server has not run as long.
    pub seconds: f64,
    /// Connections accepted.
    pub accepted: f64,
    /// Handshakes done.
    pub handshakes: f64,
    /// Handshakes that failed.
    pub failures: f64,
    /// Bytes of plaintext from clients.
    pub bytes_received: f64,
    /// Bytes of plaintext to clients.
    pub bytes_sent: f64,
}

/// The samples of the last minute.
#[derive(Debug, Default)]
pub struct Rates {
    samples: VecDeque<(Instant, Sample)>,
}

impl Rates {
    /// Keeps a sample, and forgets those that no span reaches back to any more.
    pub fn push(&mut self, at: Instant, sample: Sample) {
        self.samples.push_back((at, sample));
        while self.samples.get(1).is_some_and(|(second, _)| at.saturating_duration_since(*second) >= LONGEST) {
            self.samples.pop_front();
        }
    }

    /// The rate over the last `span`, up to a fresh sample. All zero where nothing is known yet.
    pub fn over(&self, span: Duration, now: Instant, fresh: Sample) -> Rate {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        let old_enough = self.samples.iter().rev().find(|(at, _)| age(at) >= span);
        let (seconds, old) = match old_enough.or(self.samples.front()) {
            Some((at, old)) => (age(at).as_secs_f64(), *old),
            None => (0.0, fresh),
        };
        let rate = |now: u64, then: u64| {
            let rate = if seconds > 0.0 { now.saturating_sub(then) as f64 / seconds } else { 0.0 };
            (rate * 1e3).round() / 1e3
        };
        Rate {
            seconds: (seconds * 1e3).round() / 1e3,
            accepted: rate(fresh.accepted, old.accepted),
            handshakes: rate(fresh.handshakes, old.handshakes),
            failures: rate(fresh.failures, old.failures),
            bytes_received: rate(fresh.received, old.received),
            bytes_sent: rate(fresh.sent, old.sent),
        }
    }
}

/// A thread that takes a sample every second. It ends when this is dropped.
#[derive(Debug)]
pub struct Sampler {
    rates: Arc<Mutex<Rates>>,
    /// Nothing is ever sent: the thread's end tells it that this is gone.
    _alive: SyncSender<()>,
}

impl Sampler {
    /// Starts the thread.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(source: Arc<dyn Source>) -> io::Result<Self> {
        let rates = Arc::new(Mutex::new(Rates::default()));
        let (alive, gone) = sync_channel::<()>(0);
        let kept = Arc::clone(&rates);
        thread::Builder::new().name("sampler".into()).spawn(move || {
            loop {
                let sample = Sample::from(&source.totals());
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now(), sample);
                if gone.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Self { rates, _alive: alive })
    }

    /// The rates over the last second, ten seconds and minute.
    pub fn rates(&self, totals: &Totals) -> [Rate; 3] {
        let rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, fresh) = (Instant::now(), Sample::from(totals));
        [1, 10, 60].map(|seconds| rates.over(Duration::from_secs(seconds), now, fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(accepted: u64) -> Sample {
        Sample { accepted, ..Sample::default() }
    }

    /// One sample a second, of a server that accepts as many as `per_second` says.
    fn run(seconds: u64, per_second: impl Fn(u64) -> u64) -> (Rates, Instant, u64) {
        let start = Instant::now();
        let (mut rates, mut accepted) = (Rates::default(), 0);
        for second in 0..seconds {
            rates.push(start + Duration::from_secs(second), sample(accepted));
            accepted += per_second(second);
        }
        (rates, start + Duration::from_secs(seconds), accepted)
    }

    #[test]
    fn each_span_has_its_rate() {
        let (rates, now, accepted) = run(100, |second| if second < 95 { 10 } else { 30 });
        let over = |seconds| rates.over(Duration::from_secs(seconds), now, sample(accepted)).accepted;
        assert_eq!((over(1), over(10), over(60)), (30.0, 20.0, 11.667));
    }

    #[test]
    fn a_young_server_is_measured_over_its_life() {
        let (rates, now, accepted) = run(4, |_| 7);
        let rate = rates.over(LONGEST, now, sample(accepted));
        assert_eq!((rate.seconds, rate.accepted), (4.0, 7.0));
        let nothing = Rates::default().over(LONGEST, now, sample(5));
        assert_eq!((nothing.seconds, nothing.accepted), (0.0, 0.0));
    }

    #[test]
    fn a_minute_is_all_that_is_kept() {
        let (rates, ..) = run(1_000, |_| 1);
        assert_eq!(rates.samples.len(), 61);
    }
}
