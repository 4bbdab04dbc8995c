//! The server as a whole: sockets bound, workers started, and joined at the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{io, thread};

use thiserror::Error;

use crate::control::{Control, Handle};
use crate::inforce::{Configs, InForce, PerWorker};
use crate::limits::Limits;
use crate::net::{Worker, listen};
use crate::observe::counters::Counters;
use crate::observe::{Observer, Totals};
use crate::service::Services;

/// Everything a server is made of.
#[derive(Clone)]
pub struct Settings {
    /// Addresses to listen on. Port 0 takes a free one; see [`Server::addresses`].
    pub listen: Vec<SocketAddr>,
    /// Worker threads, at least one: a good choice is one per core.
    pub workers: usize,
    /// Bounds.
    pub limits: Limits,
    /// How a configuration is chosen.
    pub configs: Arc<dyn Configs>,
    /// What is done with open connections.
    pub services: PerWorker<dyn Services>,
    /// Who is told what happens.
    pub observers: PerWorker<dyn Observer>,
}

/// A server whose sockets are bound and listening; connections wait in the kernel's queue until [`run`](Self::run).
pub struct Server {
    addresses: Vec<SocketAddr>,
    workers: Vec<Worker>,
    control: Arc<Control>,
}

/// A server that cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindError {
    /// An address cannot be listened on; `AddrInUse` is the usual kind.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as given.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The poll of a worker cannot be made.
    #[error("cannot set up a worker's event loop")]
    Poll(#[source] io::Error),
}

/// A server that ended by a fault of its own.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// A worker's thread cannot be started.
    #[error("cannot start a worker")]
    Spawn(#[source] io::Error),
    /// A worker's poll failed.
    #[error("a worker's event loop failed")]
    Poll(#[source] io::Error),
    /// A worker panicked outside any connection.
    #[error("a worker panicked")]
    Panicked,
}

/// What a server did in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The counters at the end.
    pub totals: Totals,
}

impl Server {
    /// Binds every address once for every worker, and listens.
    ///
    /// # Errors
    /// An address is in use, is not ours or needs a right that we lack; or the system is short of descriptors.
    pub fn bind(settings: Settings) -> Result<Self, BindError> {
        let count = settings.workers.max(1);
        let mut addresses = Vec::new();
        let mut sockets: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
        for address in settings.listen {
            let bound = listen(address, count).map_err(|source| BindError::Listen { address, source })?;
            addresses.push(bound.address);
            for (worker, socket) in sockets.iter_mut().zip(bound.sockets) {
                worker.push((socket, bound.address));
            }
        }
        let in_force = Arc::new(InForce {
            limits: settings.limits,
            configs: settings.configs,
            services: settings.services,
            observers: settings.observers,
        });
        let mut workers = Vec::new();
        let (mut wakers, mut counters) = (Vec::new(), Vec::new());
        for (index, sockets) in sockets.into_iter().enumerate() {
            let counted = Arc::new(Counters::default());
            let share = in_force.limits.connections.div_ceil(count).max(1);
            let (worker, waker) = Worker::new(index, share, sockets, Arc::clone(&in_force), Arc::clone(&counted))
                .map_err(BindError::Poll)?;
            workers.push(worker);
            wakers.push(waker);
            counters.push(counted);
        }
        Ok(Self { addresses, workers, control: Arc::new(Control::new(wakers, counters)) })
    }

    /// The addresses listened on, in the order they were given, with real port numbers.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The handle that ends [`run`](Self::run).
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.control))
    }

    /// Serves until told to drain or stop, and returns when the last worker has ended.
    ///
    /// # Errors
    /// A worker could not start, or failed; then the others are stopped.
    pub fn run(self) -> Result<Summary, RunError> {
        let handle = self.handle();
        let control = &self.control;
        let first_error = thread::scope(|scope| {
            let mut running = Vec::new();
            let mut error = None;
            for worker in self.workers {
                let stop_others = StopOthers(&handle);
                let name = format!("worker-{}", worker.index());
                let started = thread::Builder::new().name(name).spawn_scoped(scope, move || {
                    worker.run(control)?;
                    std::mem::forget(stop_others);
                    Ok(())
                });
                match started {
                    Ok(thread) => running.push(thread),
                    Err(source) => {
                        error = Some(RunError::Spawn(source));
                        handle.stop();
                        break;
                    }
                }
            }
            for thread in running {
                match thread.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(source)) => error = error.or(Some(RunError::Poll(source))),
                    Err(_) => error = error.or(Some(RunError::Panicked)),
                }
            }
            error
        });
        match first_error {
            None => Ok(Summary { totals: self.control.totals() }),
            Some(error) => Err(error),
        }
    }
}

/// Dropped when a worker fails or panics: a server with half of its workers would look well and be slow.
struct StopOthers<'a>(&'a Handle);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
