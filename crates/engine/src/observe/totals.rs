//! What the counters of all workers come to.

use std::marker::PhantomData;
use std::ops::AddAssign;
use std::time::Duration;

use common::facts::Kind;

use super::reason::Reason;
use super::sets::{Bound, ClosedSet, Ending, Group, Phase, Signature, Suite, Version};

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
    /// Bytes of plaintext received.
    pub received: u64,
    /// Bytes of plaintext sent.
    pub sent: u64,
    /// Times that the system would not give a connection.
    pub accept_errors: u64,
    /// Plain sides opened.
    pub backend_connects: u64,
    /// Tries to open one that failed.
    pub backend_failures: u64,
    /// Connections held now.
    pub phases: Tally<Phase, { Phase::COUNT }>,
    /// Handshakes done.
    pub handshakes: Handshakes,
    /// Handshakes done, by suite.
    pub suites: Tally<Suite, { Suite::COUNT }>,
    /// Handshakes done, by group; a resumed session of TLS 1.2 has none.
    pub groups: Tally<Group, { Group::COUNT }>,
    /// Handshakes done, by the scheme of our signature; a resumed session has none.
    pub signatures: Tally<Signature, { Signature::COUNT }>,
    /// Handshakes that failed.
    pub failures: Tally<Reason, { Reason::COUNT }>,
    /// Open connections that ended.
    pub endings: Tally<Ending, { Ending::COUNT }>,
    /// Times that a bound was reached.
    pub bounded: Tally<Bound, { Bound::COUNT }>,
    /// From the first byte of a ClientHello to the end of its handshake.
    pub handshake_time: Distribution,
    /// From the accept of a connection that was open to its end.
    pub connection_time: Distribution,
}

/// Handshakes done, by kind and version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handshakes {
    /// With a certificate and a signature.
    pub full: Tally<Version, { Version::COUNT }>,
    /// The same after a HelloRetryRequest.
    pub full_with_hello_retry_request: Tally<Version, { Version::COUNT }>,
    /// From a ticket.
    pub resumed: Tally<Version, { Version::COUNT }>,
}

impl Handshakes {
    /// Each kind with its numbers.
    pub const fn kinds(&self) -> [(Kind, Tally<Version, { Version::COUNT }>); 3] {
        [
            (Kind::Full, self.full),
            (Kind::FullWithHelloRetryRequest, self.full_with_hello_retry_request),
            (Kind::Resumed, self.resumed),
        ]
    }
}

/// A number for each member of a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally<S, const N: usize> {
    counts: [u64; N],
    set: PhantomData<S>,
}

impl<S: ClosedSet, const N: usize> Tally<S, N> {
    /// These numbers, in the order of the set.
    pub const fn new(counts: [u64; N]) -> Self {
        Self { counts, set: PhantomData }
    }

    /// Of one member.
    pub fn of(&self, member: S) -> u64 {
        self.counts[member.index()]
    }

    /// Of all together.
    pub fn sum(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Every member with its number, in the order of the set.
    pub fn iter(&self) -> impl Iterator<Item = (S, u64)> + '_ {
        S::ALL.iter().copied().zip(self.counts)
    }
}

impl<S, const N: usize> Default for Tally<S, N> {
    fn default() -> Self {
        Self { counts: [0; N], set: PhantomData }
    }
}

impl<S, const N: usize> AddAssign for Tally<S, N> {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }
}

/// How often something took how long: a number for each of a few fixed spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Distribution {
    buckets: [u64; Self::BUCKETS],
    microseconds: u64,
}

impl Distribution {
    /// The upper bounds of the buckets, in microseconds, each belonging to its bucket; the last bucket has none. A
    /// handshake takes a fraction of a millisecond on the same machine and a few round trips across the world; a
    /// connection lasts from that to hours.
    const BOUNDS: [u64; 16] = [
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        1_000_000,
        2_500_000,
        10_000_000,
        60_000_000,
        300_000_000,
        3_600_000_000,
        86_400_000_000,
    ];
    pub(super) const BUCKETS: usize = Self::BOUNDS.len() + 1;

    pub(super) const fn new(buckets: [u64; Self::BUCKETS], microseconds: u64) -> Self {
        Self { buckets, microseconds }
    }

    /// The bucket that a duration belongs to.
    pub(super) fn bucket(took: Duration) -> usize {
        // A fraction of a microsecond more than a bound is more than the bound.
        let microseconds = took.as_nanos().div_ceil(1_000);
        Self::BOUNDS.iter().position(|bound| microseconds <= u128::from(*bound)).unwrap_or(Self::BOUNDS.len())
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// What they took together.
    pub fn seconds(&self) -> f64 {
        self.microseconds as f64 / 1e6
    }

    /// The upper bounds in seconds, each with how many took as long at most; those above the last one are counted by
    /// [`count`](Self::count) alone.
    pub fn cumulated(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let mut below = 0;
        Self::BOUNDS.iter().zip(self.buckets).map(move |(bound, count)| {
            below += count;
            (*bound as f64 / 1e6, below)
        })
    }
}

impl AddAssign for Distribution {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += theirs;
        }
        self.microseconds = self.microseconds.wrapping_add(other.microseconds);
    }
}

impl AddAssign for Handshakes {
    fn add_assign(&mut self, other: Self) {
        self.full += other.full;
        self.full_with_hello_retry_request += other.full_with_hello_retry_request;
        self.resumed += other.resumed;
    }
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
        self.backend_connects += other.backend_connects;
        self.backend_failures += other.backend_failures;
        self.phases += other.phases;
        self.handshakes += other.handshakes;
        self.suites += other.suites;
        self.groups += other.groups;
        self.signatures += other.signatures;
        self.failures += other.failures;
        self.endings += other.endings;
        self.bounded += other.bounded;
        self.handshake_time += other.handshake_time;
        self.connection_time += other.connection_time;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_duration_is_in_the_first_bucket_that_holds_it(nanoseconds in 0_u64..200_000_000_000_000) {
            let took = Duration::from_nanos(nanoseconds);
            let bucket = Distribution::bucket(took);
            let holds = |bound: u64| took <= Duration::from_micros(bound);
            prop_assert!(Distribution::BOUNDS.get(bucket).is_none_or(|bound| holds(*bound)));
            prop_assert!(bucket == 0 || !holds(Distribution::BOUNDS[bucket - 1]));
        }
    }

    #[test]
    fn buckets_are_cumulated_and_what_is_above_the_last_bound_is_in_the_count_alone() {
        let mut buckets = [0; Distribution::BUCKETS];
        (buckets[0], buckets[2], buckets[Distribution::BUCKETS - 1]) = (3, 2, 1);
        let distribution = Distribution::new(buckets, 1_500_000);
        let cumulated: Vec<_> = distribution.cumulated().collect();
        assert_eq!(cumulated[..3], [(0.0005, 3), (0.001, 3), (0.0025, 5)]);
        assert_eq!((cumulated.last(), distribution.count()), (Some(&(86_400.0, 5)), 6));
        assert_eq!(distribution.seconds(), 1.5);
    }
}
