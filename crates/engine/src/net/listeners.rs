//! The listeners of a worker: what each has in force, its socket, and what its connections hold.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use mio::net::TcpListener;
use mio::{Interest, Registry, Token};

use super::accept::Acceptor;
use super::sockets::Sought;
use crate::inforce::{Listener, Plan};
use crate::observe::listeners::{self as counted, ListenerCounters};
use crate::service::Services;

/// One listener as a worker has it. It outlives its socket until its last connection is gone.
pub(super) struct Local {
    pub(super) listener: Listener,
    pub(super) services: Box<dyn Services>,
    pub(super) acceptor: Option<Acceptor>,
    pub(super) counters: Arc<ListenerCounters>,
    /// Connections held now.
    pub(super) connections: usize,
    /// Bytes held for them.
    pub(super) held: usize,
}

/// All of them, by slot. A slot's number is that of its socket's token, less one.
pub(super) struct Listeners {
    worker: usize,
    workers: usize,
    counted: Arc<counted::Listeners>,
    slots: Vec<Option<Local>>,
}

impl Listeners {
    pub(super) const fn new(worker: usize, workers: usize, counted: Arc<counted::Listeners>) -> Self {
        Self { worker, workers, counted, slots: Vec::new() }
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut Local> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// The slots that are in use.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + use<> {
        let taken: Vec<usize> =
            self.slots.iter().enumerate().filter(|(_, local)| local.is_some()).map(|(slot, _)| slot).collect();
        taken.into_iter()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether a listener may take one more connection.
    pub(super) fn has_room(&self, slot: usize) -> bool {
        let Some(Some(local)) = self.slots.get(slot) else { return false };
        local.listener.limits.connections.is_none_or(|most| local.connections < self.share(most.get()))
    }

    /// The socket of a slot.
    pub(super) fn acceptor(&self, slot: usize) -> Option<&Acceptor> {
        self.slots.get(slot)?.as_ref()?.acceptor.as_ref()
    }

    /// This worker's part of what may be held for the connections of a slot.
    pub(super) fn share_of_memory(&self, slot: usize) -> usize {
        match self.slots.get(slot) {
            Some(Some(local)) => self.share(local.listener.limits.memory),
            _ => usize::MAX,
        }
    }

    /// This worker's part of a bound of all workers.
    pub(super) const fn share(&self, bound: usize) -> usize {
        let share = bound.div_ceil(self.workers);
        if share == 0 { 1 } else { share }
    }

    /// Puts `plan` in force. A listener gets the `sockets` of its place in the plan; one that has none there has some
    /// already, and keeps them with its connections. The slots that are in no plan any more are returned: their
    /// sockets are to be emptied and closed.
    pub(super) fn take(&mut self, plan: &Plan, sockets: Vec<Sought>, registry: &Registry) -> io::Result<Vec<usize>> {
        let mut old: Vec<usize> = self.slots().filter(|&slot| self.bound(slot).is_some()).collect();
        let mut fresh = sockets;
        for (place, listener) in plan.listeners.iter().enumerate() {
            let (mine, others): (Vec<_>, Vec<_>) = fresh.into_iter().partition(|socket| socket.place == place);
            fresh = others;
            if mine.is_empty() {
                self.keep(listener, &mut old);
            }
            mine.into_iter().try_for_each(|socket| self.add(listener, socket, registry))?;
        }
        Ok(old)
    }

    /// Puts a listener in force where it listens already, and takes its slots out of `old`.
    fn keep(&mut self, listener: &Listener, old: &mut Vec<usize>) {
        let first = old.iter().copied().find(|&slot| self.is_of(slot, listener));
        let Some(bound) = first.and_then(|slot| self.bound(slot)) else { return };
        let (kept, rest) = old.iter().copied().partition(|&slot| self.bound(slot) == Some(bound));
        *old = rest;
        let kept: Vec<usize> = kept;
        kept.into_iter().for_each(|slot| self.replace(slot, listener));
    }

    /// One more socket for a listener: more than one worker's, where they were handed over by another process.
    fn add(&mut self, listener: &Listener, socket: Sought, registry: &Registry) -> io::Result<()> {
        let slot = self.slots.iter().position(Option::is_none).unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let mut acceptor = Acceptor::new(TcpListener::from_std(socket.socket), socket.bound);
        registry.register(acceptor.listener(), Token(1 + slot), Interest::READABLE)?;
        let services = (listener.services)(self.worker);
        let counters = self.counted.counters(&listener.name, self.worker);
        let listener = listener.clone();
        let local = Local { listener, services, acceptor: Some(acceptor), counters, connections: 0, held: 0 };
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(local);
        }
        Ok(())
    }

    fn replace(&mut self, slot: usize, listener: &Listener) {
        let worker = self.worker;
        let counters = self.counted.counters(&listener.name, worker);
        if let Some(local) = self.get_mut(slot) {
            if !Arc::ptr_eq(&local.counters, &counters) {
                local.counters.hand_on(local.connections as u64, &counters);
                local.counters = counters;
            }
            local.listener = listener.clone();
            local.services = (listener.services)(worker);
        }
    }

    /// The address that a slot's socket is bound to.
    fn bound(&self, slot: usize) -> Option<SocketAddr> {
        self.slots.get(slot)?.as_ref()?.acceptor.as_ref().map(Acceptor::address)
    }

    fn is_of(&self, slot: usize, listener: &Listener) -> bool {
        let Some(Some(local)) = self.slots.get(slot) else { return false };
        local.listener.address == listener.address
    }

    /// Closes the socket of a slot, which has to be told of to the poll first: another process may have it, too, and
    /// then closing alone does not end the events.
    pub(super) fn close(&mut self, slot: usize, registry: &Registry) {
        if let Some(local) = self.get_mut(slot)
            && let Some(mut acceptor) = local.acceptor.take()
        {
            // Fails where it is not registered, which is what is wanted.
            let _ = registry.deregister(acceptor.listener());
        }
        self.forget(slot);
    }

    /// A connection of this slot is gone.
    pub(super) fn gone(&mut self, slot: usize, held: usize) {
        if let Some(local) = self.get_mut(slot) {
            local.connections = local.connections.saturating_sub(1);
            local.counters.gone();
            local.held = local.held.saturating_sub(held);
        }
        self.forget(slot);
    }

    /// Frees the slot of a listener that has neither a socket nor connections.
    fn forget(&mut self, slot: usize) {
        if let Some(place) = self.slots.get_mut(slot)
            && place.as_ref().is_some_and(|local| local.acceptor.is_none() && local.connections == 0)
        {
            *place = None;
        }
    }
}
