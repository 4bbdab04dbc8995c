//! Counters: each worker writes its own, a reader sums them.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::facts::{Facts, Kind};

use super::reason::Reason;
use super::sets::{Bound, ClosedSet, Ending, Group, Phase, Signature, Suite, Version};
use super::totals::{Distribution, Handshakes, Tally, Totals};
use super::{Ended, Failed};
use crate::session;

/// One worker's counters, on cache lines of their own. Only the owner writes.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    accepted: Count,
    gone: Count,
    accept_errors: Count,
    received: Count,
    sent: Count,
    backend_connects: Count,
    backend_failures: Count,
    phases: Counts<Phase, { Phase::COUNT }>,
    full: Counts<Version, { Version::COUNT }>,
    retried: Counts<Version, { Version::COUNT }>,
    resumed: Counts<Version, { Version::COUNT }>,
    suites: Counts<Suite, { Suite::COUNT }>,
    groups: Counts<Group, { Group::COUNT }>,
    signatures: Counts<Signature, { Signature::COUNT }>,
    failures: Counts<Reason, { Reason::COUNT }>,
    endings: Counts<Ending, { Ending::COUNT }>,
    bounded: Counts<Bound, { Bound::COUNT }>,
    handshake_time: Histogram,
    connection_time: Histogram,
}

/// How far a connection has come, as far as that is counted. Each number only grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// `None` before its beginning and after its end.
    pub(crate) phase: Option<session::Phase>,
    /// Plaintext from the peer.
    pub(crate) received: u64,
    /// Plaintext to the peer.
    pub(crate) sent: u64,
    /// Plain sides opened.
    pub(crate) backend_connects: u32,
    /// Tries to open one that failed.
    pub(crate) backend_failures: u32,
}

/// A number with one writer: a load and a store, no locked instruction.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).saturating_sub(n), Ordering::Relaxed);
    }

    pub(super) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number for each member of a closed set.
#[derive(Debug)]
struct Counts<S, const N: usize> {
    counts: [Count; N],
    set: PhantomData<S>,
}

impl<S, const N: usize> Default for Counts<S, N> {
    fn default() -> Self {
        Self { counts: std::array::from_fn(|_| Count::default()), set: PhantomData }
    }
}

impl<S: ClosedSet, const N: usize> Counts<S, N> {
    fn of(&self, member: S) -> &Count {
        &self.counts[member.index()]
    }

    fn tally(&self) -> Tally<S, N> {
        Tally::new(std::array::from_fn(|place| self.counts[place].value()))
    }
}

/// How often something took how long.
#[derive(Debug, Default)]
struct Histogram {
    buckets: [Count; Distribution::BUCKETS],
    microseconds: Count,
}

impl Histogram {
    fn add(&self, took: Duration) {
        self.buckets[Distribution::bucket(took)].add(1);
        self.microseconds.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn distribution(&self) -> Distribution {
        let buckets = std::array::from_fn(|place| self.buckets[place].value());
        Distribution::new(buckets, self.microseconds.value())
    }
}

impl Counters {
    pub(crate) fn accepted(&self) {
        self.accepted.add(1);
    }

    pub(crate) fn accept_error(&self) {
        self.accept_errors.add(1);
    }

    /// A bound was reached.
    pub(crate) fn bounded(&self, bound: Bound) {
        self.bounded.of(bound).add(1);
    }

    /// A connection has moved on since it was last counted.
    pub(crate) fn moved(&self, from: &Course, to: &Course) {
        if from == to {
            return;
        }
        if from.phase != to.phase {
            if let Some(phase) = from.phase {
                self.phases.of(phase.into()).subtract(1);
            }
            if let Some(phase) = to.phase {
                self.phases.of(phase.into()).add(1);
            }
        }
        self.received.add(to.received.saturating_sub(from.received));
        self.sent.add(to.sent.saturating_sub(from.sent));
        self.backend_connects.add(to.backend_connects.saturating_sub(from.backend_connects).into());
        self.backend_failures.add(to.backend_failures.saturating_sub(from.backend_failures).into());
    }

    /// A connection's descriptor is closed.
    pub(crate) fn gone(&self) {
        self.gone.add(1);
    }

    pub(crate) fn opened(&self, facts: &Facts) {
        let kind = match facts.kind {
            Some(Kind::Resumed) => &self.resumed,
            Some(Kind::FullWithHelloRetryRequest) => &self.retried,
            Some(Kind::Full) | None => &self.full,
        };
        kind.of(facts.version.map_or(Version::Other, Into::into)).add(1);
        self.suites.of(facts.suite.map_or(Suite::Other, Into::into)).add(1);
        if let Some(group) = facts.group {
            self.groups.of(group.into()).add(1);
        }
        if let Some(signature) = facts.signature {
            self.signatures.of(signature.into()).add(1);
        }
        self.handshake_time.add(facts.handshake);
    }

    pub(crate) fn failed(&self, failed: &Failed<'_>) {
        self.failures.of(Reason::of(failed)).add(1);
    }

    pub(crate) fn ended(&self, ended: &Ended<'_>) {
        self.endings.of(ended.how.into()).add(1);
        self.connection_time.add(ended.lasted);
    }

    pub(crate) fn totals(&self) -> Totals {
        let handshakes = Handshakes {
            full: self.full.tally(),
            full_with_hello_retry_request: self.retried.tally(),
            resumed: self.resumed.tally(),
        };
        let (accepted, gone) = (self.accepted.value(), self.gone.value());
        let failures = self.failures.tally();
        Totals {
            accepted,
            // The two are read one after the other, while the owner goes on.
            connections: accepted.saturating_sub(gone),
            full: handshakes.full.sum() + handshakes.full_with_hello_retry_request.sum(),
            resumed: handshakes.resumed.sum(),
            failed: failures.sum(),
            received: self.received.value(),
            sent: self.sent.value(),
            accept_errors: self.accept_errors.value(),
            backend_connects: self.backend_connects.value(),
            backend_failures: self.backend_failures.value(),
            phases: self.phases.tally(),
            handshakes,
            suites: self.suites.tally(),
            groups: self.groups.tally(),
            signatures: self.signatures.tally(),
            failures,
            endings: self.endings.tally(),
            bounded: self.bounded.tally(),
            handshake_time: self.handshake_time.distribution(),
            connection_time: self.connection_time.distribution(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::{CipherSuite, NamedGroup, ProtocolVersion};

    use super::*;

    #[test]
    fn workers_are_summed() {
        let (one, other) = (Counters::default(), Counters::default());
        let handshake = Course { phase: Some(session::Phase::Handshake), ..Course::default() };
        for counters in [&one, &one, &other] {
            counters.accepted();
            counters.moved(&Course::default(), &handshake);
        }
        one.opened(&Facts { kind: Some(Kind::Resumed), ..Facts::default() });
        let open = Course { phase: Some(session::Phase::Open), received: 3, sent: 30, ..Course::default() };
        one.moved(&handshake, &open);
        one.moved(&open, &Course { phase: None, received: 7, ..open });
        one.gone();
        other.opened(&Facts::default());
        let mut totals = one.totals();
        totals += other.totals();
        assert_eq!((totals.accepted, totals.connections, totals.full, totals.resumed), (3, 2, 1, 1));
        assert_eq!((totals.received, totals.sent), (7, 30));
        assert_eq!((totals.phases.of(Phase::Handshake), totals.phases.of(Phase::Open)), (2, 0));
        assert_eq!(totals.phases.sum(), totals.connections);
    }

    #[test]
    fn a_handshake_is_counted_by_all_that_was_agreed_on() {
        let counters = Counters::default();
        counters.opened(&Facts {
            version: Some(ProtocolVersion::TLSv1_3),
            suite: Some(CipherSuite::TLS13_AES_128_GCM_SHA256),
            group: Some(NamedGroup::X25519MLKEM768),
            kind: Some(Kind::FullWithHelloRetryRequest),
            handshake: Duration::from_millis(3),
            ..Facts::default()
        });
        let totals = counters.totals();
        assert_eq!(totals.handshakes.full_with_hello_retry_request.of(Version::Tls13), 1);
        assert_eq!((totals.suites.of(Suite::Aes128), totals.groups.of(Group::X25519MlKem768)), (1, 1));
        assert_eq!((totals.signatures.sum(), totals.full), (0, 1));
        assert_eq!((totals.handshake_time.count(), totals.handshake_time.seconds()), (1, 0.003));
    }

    proptest! {
        #[test]
        fn whatever_was_agreed_on_is_counted_once(suite: u16, group: u16, signature: u16, version: u16) {
            let counters = Counters::default();
            counters.opened(&Facts {
                version: Some(version.into()),
                suite: Some(suite.into()),
                group: Some(group.into()),
                signature: Some(signature.into()),
                ..Facts::default()
            });
            let totals = counters.totals();
            prop_assert_eq!(totals.handshakes.full.sum(), 1);
            prop_assert_eq!((totals.suites.sum(), totals.groups.sum(), totals.signatures.sum()), (1, 1, 1));
        }
    }
}
