//! Counters: each worker writes its own, a reader sums them.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};

use common::facts::{Facts, Kind};

/// One worker's counters, on cache lines of their own. Only the owner writes.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    accepted: Count,
    gone: Count,
    full: Count,
    resumed: Count,
    failed: Count,
    received: Count,
    sent: Count,
    accept_errors: Count,
}

/// A number with one writer: a load and a store, no locked instruction.
#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn accepted(&self) {
        self.accepted.add(1);
    }

    pub(crate) fn accept_error(&self) {
        self.accept_errors.add(1);
    }

    /// A connection's descriptor is closed.
    pub(crate) fn gone(&self) {
        self.gone.add(1);
    }

    pub(crate) fn opened(&self, facts: &Facts) {
        match facts.kind {
            Some(Kind::Resumed) => self.resumed.add(1),
            _ => self.full.add(1),
        }
    }

    pub(crate) fn failed(&self) {
        self.failed.add(1);
    }

    pub(crate) fn ended(&self, received: u64, sent: u64) {
        self.received.add(received);
        self.sent.add(sent);
    }

    pub(crate) fn totals(&self) -> Totals {
        let (accepted, gone) = (self.accepted.value(), self.gone.value());
        Totals {
            accepted,
            // The two are read one after the other, while the owner goes on.
            connections: accepted.saturating_sub(gone),
            full: self.full.value(),
            resumed: self.resumed.value(),
            failed: self.failed.value(),
            received: self.received.value(),
            sent: self.sent.value(),
            accept_errors: self.accept_errors.value(),
        }
    }
}

/// Sums over all workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections held now, in whatever phase.
    pub connections: u64,
    /// Full handshakes done.
    pub full: u64,
    /// Resumed handshakes done.
    pub resumed: u64,
    /// Connections that ended before their handshake was done.
    pub failed: u64,
    /// Bytes of plaintext received on connections that have ended.
    pub received: u64,
    /// Bytes of plaintext sent on connections that have ended.
    pub sent: u64,
    /// Times that the system would not give a connection.
    pub accept_errors: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.connections += other.connections;
        self.full += other.full;
        self.resumed += other.resumed;
        self.failed += other.failed;
        self.received += other.received;
        self.sent += other.sent;
        self.accept_errors += other.accept_errors;
    }
}
