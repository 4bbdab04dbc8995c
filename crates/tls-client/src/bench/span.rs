//! The measured span, as every thread of a load sees it, and what a thread has counted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use common::facts::{group_name, suite_name, version_name};
use common::terminal::Exit;
use rustix::time::{ClockId, clock_gettime};
use rustls::client::UnbufferedClientConnection;

use super::figures::Handshakes;
use super::histogram::Histogram;
use super::line::Fault;

/// A thread that was busy for more of its time than this has measured itself.
pub(super) const BUSY: f64 = 0.8;

/// What one thread has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) operations: u64,
    pub(super) bytes: u64,
    pub(super) whole: Histogram,
    pub(super) connect: Histogram,
    pub(super) handshake: Histogram,
    pub(super) failed: BTreeMap<String, (u64, Option<Exit>)>,
    pub(super) seen: Handshakes,
    /// Processor time of the load's threads, and the part of its time that the busiest one used.
    pub(super) cpu: Duration,
    pub(super) busiest: f64,
}

impl Tally {
    pub(super) fn fail(&mut self, fault: &Fault) {
        let entry = self.failed.entry(fault.sentence()).or_insert((0, Some(fault.exit())));
        entry.0 += 1;
    }

    /// Notes what a handshake agreed on.
    pub(super) fn shook(&mut self, connection: &UnbufferedClientConnection, took: Duration) {
        self.handshake.add(took);
        let kind = connection.handshake_kind().map(|kind| format!("{kind:?}").to_lowercase()).unwrap_or_default();
        if self.seen.version.is_none() {
            let group = connection.negotiated_key_exchange_group();
            let suite = connection.negotiated_cipher_suite();
            self.seen.version = connection.protocol_version().map(version_name);
            self.seen.suite = suite.map(|suite| suite_name(suite.suite()));
            self.seen.group = group.map(|group| group_name(group.name()));
            self.seen.kind = Some(kind.clone());
        }
        *self.seen.kinds.entry(kind).or_default() += 1;
    }

    pub(super) fn join(&mut self, other: Self) {
        self.operations += other.operations;
        self.bytes += other.bytes;
        self.whole.join(&other.whole);
        self.connect.join(&other.connect);
        self.handshake.join(&other.handshake);
        for (sentence, (count, exit)) in other.failed {
            self.failed.entry(sentence).or_insert((0, exit)).0 += count;
        }
        for (kind, count) in other.seen.kinds {
            *self.seen.kinds.entry(kind).or_default() += count;
        }
        if self.seen.version.is_none() {
            self.seen = Handshakes { kinds: std::mem::take(&mut self.seen.kinds), ..other.seen };
        }
        self.cpu += other.cpu;
        self.busiest = self.busiest.max(other.busiest);
    }

    pub(super) fn failures(&self) -> u64 {
        self.failed.values().map(|(count, _)| count).sum()
    }
}

/// How busy a thread is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Busy {
    since: Instant,
    cpu: Duration,
}

impl Busy {
    pub(super) fn now() -> Self {
        Self { since: Instant::now(), cpu: thread_cpu() }
    }

    pub(super) fn used(&self) -> Duration {
        thread_cpu().saturating_sub(self.cpu)
    }

    pub(super) fn share(&self) -> f64 {
        self.used().as_secs_f64() / self.since.elapsed().as_secs_f64().max(1e-9)
    }

    /// Rests until this thread has used no more than `share` of its time.
    pub(super) fn rest(&self, share: f64) {
        let due = self.used().as_secs_f64() / share - self.since.elapsed().as_secs_f64();
        if due > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(due.min(0.05)));
        }
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
