//! Who is let in: the limits of connections, of addresses and of the rate, looked at before anything is made for a
//! newcomer.

use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use socket2::SockRef;

use super::accept::Accepted;
use super::connection::Connection;
use super::crowd::Member;
use super::rate::Bucket;
use super::running::Running;
use crate::limits::{ACCEPT_BUDGET, BACKLOG, Bounds};
use crate::observe::sets::Bound;
use crate::observe::{Observer, Shed, Trouble};
use crate::service::Peer;
use crate::session::Session;

/// What the listeners of a worker wait for.
pub(super) struct Listening {
    /// Somebody may be waiting, and is to be let in now.
    pub(super) due: bool,
    /// When listeners that rest go on.
    pub(super) rest: Option<Instant>,
}

impl Running {
    /// The bounds of the server from now on.
    pub(super) fn set_bounds(&mut self, bounds: Bounds) {
        let share = |rate: u32| u32::try_from(self.world.listeners.share(rate as usize)).unwrap_or(rate);
        match (&mut self.bucket, bounds.handshake_rate) {
            (Some(bucket), Some(rate)) => bucket.set(share(rate.get())),
            (bucket, rate) => *bucket = rate.map(|rate| Bucket::new(share(rate.get()), self.now)),
        }
        self.bounds = bounds;
    }

    /// What the listeners wait for. Without room nobody is accepted, so that no listener's rest ends either: it must
    /// not wake us.
    pub(super) fn listening(&self) -> Listening {
        let mut listening = Listening { due: false, rest: None };
        if !self.has_room() {
            return listening;
        }
        for slot in 0..self.world.listeners.len() {
            let Some(acceptor) = self.world.listeners.acceptor(slot) else { continue };
            if !self.world.listeners.has_room(slot) {
                continue;
            }
            let rest = match (acceptor.paused(), self.rest.filter(|_| acceptor.is_ready())) {
                (Some(paused), Some(rest)) => Some(paused.max(rest)),
                (paused, rest) => paused.or(rest),
            };
            match rest {
                Some(rest) => listening.rest = Some(listening.rest.map_or(rest, |earlier| earlier.min(rest))),
                None => listening.due |= acceptor.is_due(self.now),
            }
        }
        listening
    }

    fn has_room(&self) -> bool {
        self.connections.len() < self.world.listeners.share(self.bounds.connections)
    }

    /// Takes in who is waiting, within the budget and the limits.
    pub(super) fn accept(&mut self) {
        let capacity = self.world.listeners.share(self.bounds.connections);
        if self.connections.len() < capacity - capacity / 8 {
            self.full = false; // told again only after a real change, not at every coming and going
        }
        if self.rest.is_some_and(|rest| rest <= self.now) {
            self.rest = None;
        }
        for slot in 0..self.world.listeners.len() {
            self.accept_from(slot);
        }
    }

    fn accept_from(&mut self, slot: usize) {
        for _ in 0..ACCEPT_BUDGET {
            let now = self.now;
            if self.rest.is_some() || !self.acceptor(slot).is_some_and(|acceptor| acceptor.is_due(now)) {
                return;
            }
            if !self.has_room() || !self.world.listeners.has_room(slot) {
                if !std::mem::replace(&mut self.full, true) {
                    self.world.observer.trouble(&Trouble::Full);
                }
                return;
            }
            let accepted = match self.acceptor(slot) {
                Some(acceptor) => acceptor.accept(now),
                None => return,
            };
            match accepted {
                Accepted::Connection(stream, peer) => self.let_in(stream, peer, slot),
                Accepted::Nobody => return,
                Accepted::Lost => {}
                Accepted::Short(error) => {
                    let code = error.raw_os_error().unwrap_or_default();
                    self.world.observer.trouble(&Trouble::Accept(error.kind(), code));
                }
            }
        }
    }

    /// A newcomer: its address is counted, and the next one waits if it was the last of this second.
    fn let_in(&mut self, stream: TcpStream, address: SocketAddr, slot: usize) {
        if let Some(bucket) = &mut self.bucket
            && !bucket.take(self.now)
        {
            self.rest = Some(self.now + bucket.wait());
            self.world.observer.counters().bounded(Bound::HandshakeRate);
        }
        let Some(local) = self.world.listeners.get_mut(slot) else { return };
        let behind_proxy = local.listener.proxy.is_required_from(address.ip());
        let member = match self.bounds.per_address {
            // A proxy stands for many, whose addresses are not known yet.
            Some(most) if !behind_proxy => {
                let member = Member::of(address.ip());
                if !self.crowd.enter(member, most.get()) {
                    local.counters.refused();
                    return self.turn_away(&stream, address);
                }
                Some(member)
            }
            _ => None,
        };
        self.admit(stream, address, slot, member, behind_proxy);
    }

    /// One too many of its address: closed at once and cheaply, by a reset that leaves nothing behind.
    fn turn_away(&mut self, stream: &TcpStream, address: SocketAddr) {
        // Without it the end is an orderly one, which is all that is lost.
        let _ = SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO));
        self.world.observer.trouble(&Trouble::Shed(Shed::PerAddress(address.ip())));
    }

    fn admit(
        &mut self,
        stream: TcpStream,
        address: SocketAddr,
        slot: usize,
        member: Option<Member>,
        behind_proxy: bool,
    ) {
        self.accepted += 1;
        // The worker's number in the upper bits: unique in the process without asking the others.
        let id = (self.index as u64) << 48 | self.accepted;
        let Some(local) = self.world.listeners.get_mut(slot) else { return };
        let Some(listener) = local.acceptor.as_ref().map(|acceptor| acceptor.address()) else { return };
        local.connections += 1;
        local.counters.accepted();
        let mut peer = Peer::direct(id, address, listener);
        if listener.ip().is_unspecified() {
            peer.local = stream.local_addr().unwrap_or(listener);
        }
        let session = Session::server(peer, self.now);
        let session = if behind_proxy { session.behind_proxy() } else { session };
        self.world.observer.counters().accepted();
        match self.connections.insert(Box::new(Connection::new(stream, session, slot, member))) {
            Some(token) => self.drive(token, Connection::drive),
            None => {
                self.world.listeners.gone(slot, 0);
                self.world.observer.counters().gone();
            }
        }
    }

    /// Lets in who is in the queues: they have been told that they are connected.
    pub(super) fn empty_queues(&mut self) {
        for slot in self.world.listeners.slots() {
            self.empty_queue(slot);
        }
    }

    pub(super) fn empty_queue(&mut self, slot: usize) {
        if let Some(acceptor) = self.acceptor(slot) {
            acceptor.set_ready();
        }
        self.rest = None;
        // As often as a full queue needs: who comes in the meantime may be refused, and must not hold us up.
        for _ in 0..=BACKLOG as usize / ACCEPT_BUDGET {
            self.accept_from(slot);
        }
    }
}
