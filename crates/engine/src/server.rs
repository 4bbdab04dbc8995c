//! The server as a whole: sockets bound, workers started, and joined at the end.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::{io, thread};

use thiserror::Error;

use crate::control::{Control, Handle};
use crate::inforce::{PerWorker, Plan};
use crate::net::{Made, Next, Sketches, Sockets, Worker};
use crate::observe::listeners::Listeners;
use crate::observe::{Observer, Totals};

/// Everything a server is made of.
pub struct Settings {
    /// Worker threads, at least one: a good choice is one per core.
    pub workers: usize,
    /// What can be changed later by [`Handle::update`].
    pub plan: Plan,
    /// Who is told what happens.
    pub observers: PerWorker<dyn Observer>,
    /// Sockets that another process has listened on and hands over: they are used where the plan names their address,
    /// and closed where it does not.
    pub inherited: Vec<TcpListener>,
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
    /// A socket that another process handed over cannot be used.
    #[error("a listening socket that was handed over cannot be used")]
    Inherited(#[source] io::Error),
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
        let Settings { workers: count, plan, observers, inherited } = settings;
        let count = count.max(1);
        let mut inherited = Sockets::inherited(inherited).map_err(BindError::Inherited)?;
        let Next { sockets, for_workers, updated } = Sockets::default().for_plan_with(&plan, count, &mut inherited)?;
        let (plan, sketches, counted) = (Arc::new(plan), Arc::new(Sketches::new(count)), Listeners::new(count));
        let counted = Arc::new(counted);
        counted.announce(plan.listeners.iter().map(|listener| &listener.name));
        let mut workers = Vec::new();
        for (index, sockets) in for_workers.into_iter().enumerate() {
            let made = Made {
                index,
                workers: count,
                sockets,
                plan: Arc::clone(&plan),
                observers: Arc::clone(&observers),
                sketches: Arc::clone(&sketches),
                counted: Arc::clone(&counted),
            };
            workers.push(Worker::new(made).map_err(BindError::Poll)?);
        }
        let reached = workers.iter().map(Worker::reached).collect();
        Ok(Self { addresses: updated.addresses, workers, control: Arc::new(Control::new(reached, sockets, counted)) })
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
        let first_error = thread::scope(|scope| {
            let mut running = Vec::new();
            let mut error = None;
            for worker in self.workers {
                let stop_others = StopOthers(&handle);
                let name = format!("worker-{}", worker.index());
                let started = thread::Builder::new().name(name).spawn_scoped(scope, move || {
                    worker.run()?;
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
