//! How many connections each address holds, over all workers.
//!
//! Each worker counts its own exactly. What the others hold it reads from their sketches: a row of counters, chosen by
//! a hash of the address under a key of this process, that only their owner writes. Two addresses that share a counter
//! are both seen as holding what the two hold on other workers: an address may be refused a little early, and never
//! let in beyond the limit by more than what arrives at two workers at once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SLOTS: usize = 1 << 14;

/// The sketches of all workers.
#[derive(Debug)]
pub(crate) struct Sketches {
    hasher: RandomState,
    rows: Vec<Box<[AtomicU32]>>,
}

impl Sketches {
    pub(crate) fn new(workers: usize) -> Self {
        let row = || (0..SLOTS).map(|_| AtomicU32::new(0)).collect();
        Self { hasher: RandomState::new(), rows: (0..workers).map(|_| row()).collect() }
    }
}

/// One worker's count.
pub(super) struct Crowd {
    sketches: Arc<Sketches>,
    own: usize,
    held: HashMap<Member, u32>,
}

/// Who is counted as one: an IPv4 address, or an IPv6 network of 64 bits, which is what one subscriber has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Member(IpAddr);

impl Member {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
            address => address,
        })
    }
}

impl Crowd {
    pub(super) fn new(sketches: Arc<Sketches>, own: usize) -> Self {
        Self { sketches, own, held: HashMap::new() }
    }

    /// Counts one more, if with it there are not more than `most`. Whether it was counted.
    pub(super) fn enter(&mut self, member: Member, most: usize) -> bool {
        let slot = self.slot(member);
        let elsewhere: usize = self
            .sketches
            .rows
            .iter()
            .enumerate()
            .filter(|(row, _)| *row != self.own)
            .map(|(_, row)| row[slot].load(Ordering::Relaxed) as usize)
            .sum();
        let here = self.held.get(&member).copied().unwrap_or(0);
        if here as usize + elsewhere >= most {
            return false;
        }
        self.held.insert(member, here + 1);
        self.add(slot, 1);
        true
    }

    /// One that was counted is gone.
    pub(super) fn leave(&mut self, member: Member) {
        match self.held.get_mut(&member) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) => {
                self.held.remove(&member);
            }
            None => return,
        }
        self.add(self.slot(member), u32::MAX);
    }

    fn slot(&self, member: Member) -> usize {
        self.sketches.hasher.hash_one(member) as usize % SLOTS
    }

    /// Only this worker writes its row: a load and a store, no locked instruction.
    fn add(&self, slot: usize, count: u32) {
        if let Some(cell) = self.sketches.rows.get(self.own).and_then(|row| row.get(slot)) {
            cell.store(cell.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_over_all_workers() {
        let sketches = Arc::new(Sketches::new(2));
        let (mut first, mut second) = (Crowd::new(Arc::clone(&sketches), 0), Crowd::new(sketches, 1));
        let member = Member::of("192.0.2.1".parse().unwrap());
        assert!(first.enter(member, 3) && second.enter(member, 3) && first.enter(member, 3));
        assert!(!first.enter(member, 3) && !second.enter(member, 3));
        first.leave(member);
        assert!(second.enter(member, 3) && !first.enter(member, 3));
        for crowd in [&mut first, &mut second] {
            (0..3).for_each(|_| crowd.leave(member)); // one more than there are changes nothing
            assert!(crowd.held.is_empty());
        }
        assert!(first.enter(member, 1));
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let member = |text: &str| Member::of(text.parse().unwrap());
        assert_eq!(member("2001:db8::1"), member("2001:db8::ffff:1"));
        assert_ne!(member("2001:db8::1"), member("2001:db8:0:1::1"));
        assert_eq!(member("::ffff:192.0.2.1"), member("192.0.2.1"));
    }
}
