//! A worker: one thread with its own listening sockets, its own poll and its own connections.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use mio::{Poll, Token, Waker};

use super::crowd::{Crowd, Sketches};
use super::running::Running;
use super::sockets::Sought;
use crate::control::Reached;
use crate::inbox::Inbox;
use crate::inforce::{PerWorker, Plan};
use crate::net;
use crate::observe::counters::Counters;
use crate::observe::listeners::Listeners;
use crate::observe::{Counted, Observer};

/// The waker's token; the listeners have those from one on, and connections those from 2^32 on.
pub(super) const WAKER: Token = Token(0);

/// What a worker is before it runs; it is made on the main thread, so that everything that can fail has failed before
/// the first thread starts.
pub(crate) struct Worker {
    made: Made,
    poll: Poll,
    reached: Arc<Reached>,
}

/// What a worker is made of.
pub(crate) struct Made {
    pub(crate) index: usize,
    pub(crate) workers: usize,
    pub(crate) sockets: Vec<Sought>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) observers: PerWorker<dyn Observer>,
    pub(crate) sketches: Arc<Sketches>,
    pub(crate) counted: Arc<Listeners>,
}

impl Worker {
    pub(crate) fn new(made: Made) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let reached = Arc::new(Reached {
            orders: Vec::new().into(),
            inbox: Arc::new(Inbox::new(Some(waker))),
            counters: Arc::new(Counters::default()),
        });
        Ok(Self { made, poll, reached })
    }

    pub(crate) const fn index(&self) -> usize {
        self.made.index
    }

    /// How others reach it.
    pub(crate) fn reached(&self) -> Arc<Reached> {
        Arc::clone(&self.reached)
    }

    /// Serves until told to stop, or to drain and the last connection is gone.
    pub(crate) fn run(self) -> io::Result<()> {
        let Made { index, workers, sockets, plan, observers, sketches, counted } = self.made;
        let observer = Counted::new(Arc::clone(&self.reached.counters), observers(index));
        let crowd = Crowd::new(sketches, index);
        let listeners = net::listeners::Listeners::new(index, workers, counted);
        let mut running = Running::new(index, listeners, self.poll, self.reached, observer, crowd, Instant::now());
        running.take_plan(&plan, sockets)?;
        running.run()
    }
}
