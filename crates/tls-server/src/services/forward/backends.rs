//! One worker's backends: which are known, how they stand, and who uses them.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use engine::Target;

use super::balance::{Rotation, Standing};
use super::health::{Change, Health};
use super::status::{Board, Fault, Figures};
use crate::config::Balance;

/// Where the backends are now. A name may stand for several places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List {
    pub(super) places: Vec<Place>,
}

/// One place, and how it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) backend: Arc<str>,
    pub(super) target: Target,
}

/// What a worker knows.
pub(super) struct Backends {
    list: Arc<List>,
    members: Vec<Rc<Member>>,
    rotation: Rotation,
    board: Board,
}

/// A backend, as one worker knows it.
#[derive(Debug)]
pub(super) struct Member {
    place: Place,
    health: Cell<Health>,
    figures: Arc<Figures>,
}

impl Backends {
    pub(super) fn new(balance: Balance, list: Arc<List>, board: Board) -> Self {
        let members = members(&list, &[], &board);
        Self { list, members, rotation: Rotation::new(balance), board }
    }

    /// Goes by `list` from now on, if it is another. What is known of those that stay is kept.
    pub(super) fn follow(&mut self, list: &Arc<List>) {
        if !Arc::ptr_eq(&self.list, list) {
            self.members = members(list, &self.members, &self.board);
            self.list = Arc::clone(list);
        }
    }

    /// The next to try for a connection that has tried `tried`, and how many it could try besides.
    pub(super) fn choose(&mut self, tried: &[Rc<Member>], now: Instant) -> Option<(Rc<Member>, usize)> {
        let Self { members, rotation, .. } = self;
        let is_free = |member: &Rc<Member>| !tried.iter().any(|other| Rc::ptr_eq(other, member));
        let standing =
            |index: usize| members.get(index).filter(|member| is_free(member)).map(|member| member.standing());
        let index = rotation.choose(members.len(), standing, now)?;
        let others = members.iter().filter(|member| is_free(member)).count() - 1;
        let chosen = members.get(index)?;
        chosen.update(|health| health.begin(now));
        Some((Rc::clone(chosen), others))
    }
}

/// The members of `list`; those that were there before are the same ones.
fn members(list: &List, before: &[Rc<Member>], board: &Board) -> Vec<Rc<Member>> {
    let member = |place: &Place| {
        let known = before.iter().find(|member| member.place == *place);
        known.map(Rc::clone).unwrap_or_else(|| {
            let figures = board.post(&place.backend, &place.target);
            Rc::new(Member { place: place.clone(), health: Cell::default(), figures })
        })
    };
    list.places.iter().map(member).collect()
}

impl Member {
    pub(super) const fn target(&self) -> &Target {
        &self.place.target
    }

    /// How it was given.
    pub(super) fn backend(&self) -> &str {
        &self.place.backend
    }

    /// It was reached.
    pub(super) fn reached(&self) -> Change {
        self.figures.reached();
        self.update(Health::succeed)
    }

    /// It was not. What the system here could not do is not held against it.
    pub(super) fn failed(&self, fault: Fault, now: Instant) -> Change {
        self.figures.failed(fault, now);
        match fault {
            Fault::Other => Change::None,
            _ => self.update(|health| health.fail(now)),
        }
    }

    fn standing(&self) -> Standing {
        Standing { connections: self.figures.connections(), health: self.health.get() }
    }

    fn update<T>(&self, change: impl FnOnce(&mut Health) -> T) -> T {
        let mut health = self.health.get();
        let result = change(&mut health);
        self.health.set(health);
        self.figures.rests_until(health.rests_until());
        result
    }
}

/// A connection's claim on a backend, which counts until it is dropped.
#[derive(Debug)]
pub(super) struct Lease(Rc<Member>);

impl Lease {
    pub(super) fn new(member: Rc<Member>) -> Self {
        member.figures.begun();
        Self(member)
    }

    pub(super) const fn member(&self) -> &Rc<Member> {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.figures.ended();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::forward::health::FAILURES;

    fn list(ports: &[u16]) -> Arc<List> {
        let place = |&port: &u16| {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            Place { backend: address.to_string().into(), target: Target::Tcp(address) }
        };
        Arc::new(List { places: ports.iter().map(place).collect() })
    }

    fn port(member: &Member) -> u16 {
        match member.target() {
            Target::Tcp(address) => address.port(),
            Target::Unix(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn each_is_tried_at_most_once_for_a_connection() {
        let now = Instant::now();
        let mut backends = Backends::new(Balance::RoundRobin, list(&[1, 2, 3]), Board::new());
        let mut tried: Vec<Rc<Member>> = Vec::new();
        let mut left = Vec::new();
        while let Some((member, others)) = backends.choose(&tried, now) {
            left.push((port(&member), others));
            tried.push(member);
        }
        assert_eq!(left, [(1, 2), (2, 1), (3, 0)]);
    }

    #[test]
    fn a_new_list_keeps_what_is_known_of_those_that_stay() {
        let now = Instant::now();
        let board = Board::new();
        let mut backends = Backends::new(Balance::RoundRobin, list(&[1, 2]), board.clone());
        let (one, _) = backends.choose(&[], now).unwrap();
        let lease = Lease::new(Rc::clone(&one));
        for _ in 0..FAILURES {
            one.failed(Fault::Refused, now);
        }
        backends.follow(&list(&[3, 1]));
        assert_eq!(port(&backends.choose(&[], now).unwrap().0), 3, "the first rests");
        let status = board.read(now);
        assert_eq!(status.iter().map(|one| one.backend.as_str()).collect::<Vec<_>>(), ["127.0.0.1:1", "127.0.0.1:3"]);
        assert_eq!((status[0].connections, status[0].failed, status[0].resting), (1, 3, 1));
        drop(lease);
        assert_eq!(board.read(now)[0].connections, 0);
    }

    #[test]
    fn one_that_is_gone_from_the_list_is_shown_as_long_as_it_is_used() {
        let now = Instant::now();
        let board = Board::new();
        let mut backends = Backends::new(Balance::RoundRobin, list(&[1]), board.clone());
        let lease = Lease::new(backends.choose(&[], now).unwrap().0);
        backends.follow(&list(&[2]));
        assert_eq!(board.read(now).len(), 2);
        drop(lease);
        assert_eq!(board.read(now).len(), 1);
    }

    #[test]
    fn what_this_machine_lacks_is_not_held_against_a_backend() {
        let now = Instant::now();
        let board = Board::new();
        let mut backends = Backends::new(Balance::RoundRobin, list(&[1]), board.clone());
        let (member, _) = backends.choose(&[], now).unwrap();
        for _ in 0..10 {
            member.failed(Fault::Other, now);
        }
        let status = &board.read(now)[0];
        assert_eq!((status.failed, status.resting, status.last_fault), (10, 0, Some(Fault::Other)));
        member.failed(Fault::Refused, now);
        member.reached();
        assert_eq!(board.read(now)[0].reached, 1);
    }
}
