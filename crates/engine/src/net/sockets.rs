//! All listening sockets of a server: made for a plan, kept from one plan to the next, taken over from another process.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use super::accept::{self, Bound};
use crate::inforce::Plan;
use crate::server::BindError;

/// The sockets of the plan in force. Each is a duplicate of a worker's own, by which it can be handed to another
/// process.
#[derive(Debug, Default)]
pub(crate) struct Sockets(Vec<Held>);

#[derive(Debug)]
struct Held {
    /// As the plan has it, perhaps with port 0.
    asked: SocketAddr,
    bound: SocketAddr,
    duplicates: Vec<TcpListener>,
}

/// A socket that a worker is to accept from.
pub(crate) struct Sought {
    /// The place of its listener in the plan.
    pub(crate) place: usize,
    pub(crate) socket: TcpListener,
    pub(crate) bound: SocketAddr,
}

/// What a new plan needs.
pub(crate) struct Next {
    pub(crate) sockets: Sockets,
    /// What is new, for each worker.
    pub(crate) for_workers: Vec<Vec<Sought>>,
    pub(crate) updated: crate::control::Updated,
}

impl Sockets {
    /// Takes over sockets that another process has listened on, to be used by the plan that names their addresses.
    pub(crate) fn inherited(sockets: Vec<TcpListener>) -> io::Result<Vec<Bound>> {
        let mut bound: Vec<Bound> = Vec::new();
        for socket in sockets {
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            match bound.iter_mut().find(|bound| bound.address == address) {
                Some(bound) => bound.sockets.push(socket),
                None => bound.push(Bound { address, sockets: vec![socket] }),
            }
        }
        Ok(bound)
    }

    /// What is needed to listen by `plan`. What is listened on already stays as it is.
    pub(crate) fn for_plan(&self, plan: &Plan, workers: usize) -> Result<Next, BindError> {
        self.for_plan_with(plan, workers, &mut Vec::new())
    }

    /// The same, with sockets of another process, which are taken out where they are used.
    pub(crate) fn for_plan_with(
        &self,
        plan: &Plan,
        workers: usize,
        inherited: &mut Vec<Bound>,
    ) -> Result<Next, BindError> {
        let mut kept: Vec<Option<&Held>> = self.0.iter().map(Some).collect();
        let mut next = Next {
            sockets: Self::default(),
            for_workers: (0..workers).map(|_| Vec::new()).collect(),
            updated: crate::control::Updated::default(),
        };
        for (place, listener) in plan.listeners.iter().enumerate() {
            let failed = |source| BindError::Listen { address: listener.address, source };
            let same = kept.iter_mut().find(|held| held.is_some_and(|held| held.asked == listener.address));
            let held = match same.and_then(Option::take) {
                Some(held) => held.duplicate().map_err(failed)?,
                None => {
                    let bound = take_inherited(inherited, listener.address, workers)
                        .unwrap_or_else(|| accept::listen(listener.address, workers))
                        .map_err(failed)?;
                    next.updated.added.push(bound.address);
                    next.hand_out(place, listener.address, bound).map_err(failed)?
                }
            };
            next.updated.addresses.push(held.bound);
            next.sockets.0.push(held);
        }
        next.updated.removed = kept.into_iter().flatten().map(|held| held.bound).collect();
        Ok(next)
    }

    pub(crate) fn duplicates(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>> {
        let mut all = Vec::new();
        for held in &self.0 {
            for socket in &held.duplicates {
                all.push((held.bound, socket.try_clone()?.into()));
            }
        }
        Ok(all)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|held| held.bound).collect()
    }

    /// Lets go of all: a socket that is kept here would go on listening.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Held {
    fn duplicate(&self) -> io::Result<Self> {
        let duplicates = self.duplicates.iter().map(TcpListener::try_clone).collect::<io::Result<_>>()?;
        Ok(Self { asked: self.asked, bound: self.bound, duplicates })
    }
}

impl Next {
    /// Gives each worker its sockets: one, or where there are more than workers, several.
    fn hand_out(&mut self, place: usize, asked: SocketAddr, bound: Bound) -> io::Result<Held> {
        let mut held = Held { asked, bound: bound.address, duplicates: Vec::new() };
        let workers = self.for_workers.len();
        for (number, socket) in bound.sockets.into_iter().enumerate() {
            held.duplicates.push(socket.try_clone()?);
            self.for_workers[number % workers].push(Sought { place, socket, bound: bound.address });
        }
        Ok(held)
    }
}

/// The sockets of another process that are bound to `address`, with as many more as workers would go without.
fn take_inherited(inherited: &mut Vec<Bound>, address: SocketAddr, workers: usize) -> Option<io::Result<Bound>> {
    let is_it = |bound: &Bound| bound.address == address || (address.port() == 0 && bound.address.ip() == address.ip());
    let position = inherited.iter().position(is_it)?;
    let mut bound = inherited.remove(position);
    while bound.sockets.len() < workers {
        match accept::listen_too(bound.address) {
            Ok(socket) => bound.sockets.push(socket),
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(bound))
}
