//! The handle by which another thread tells the workers to drain or stop, and reads the counters.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::Waker;

use crate::observe::Totals;
use crate::observe::counters::Counters;

/// What the workers have been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve.
    Run,
    /// Accept nothing new; what is open may go on until then.
    Drain(Instant),
    /// End at once.
    Stop,
}

/// Shared by all workers and handles. Looked at when a worker is woken, not in its hot path.
#[derive(Debug)]
pub(crate) struct Control {
    command: Mutex<Command>,
    wakers: Vec<Waker>,
    counters: Vec<Arc<Counters>>,
}

impl Control {
    pub(crate) const fn new(wakers: Vec<Waker>, counters: Vec<Arc<Counters>>) -> Self {
        Self { command: Mutex::new(Command::Run), wakers, counters }
    }

    pub(crate) fn command(&self) -> Command {
        *self.command.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for counters in &self.counters {
            totals += counters.totals();
        }
        totals
    }

    fn tell(&self, command: Command) {
        *self.command.lock().unwrap_or_else(PoisonError::into_inner) = command;
        for waker in &self.wakers {
            // Fails only when the worker's poll is gone, and then there is nobody to tell.
            let _ = waker.wake();
        }
    }
}

/// Controls a running server from any thread.
#[derive(Debug, Clone)]
pub struct Handle {
    control: Arc<Control>,
}

impl Handle {
    pub(crate) const fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Stops accepting. Connections go on until they end by themselves or `deadline` is over, when they are closed
    /// with close_notify. [`Server::run`](crate::Server::run) returns after the last.
    pub fn drain(&self, deadline: Duration) {
        self.control.tell(Command::Drain(Instant::now() + deadline));
    }

    /// Ends every connection now, with close_notify where it can still be written.
    pub fn stop(&self) {
        self.control.tell(Command::Stop);
    }

    /// The counters of all workers, summed.
    pub fn totals(&self) -> Totals {
        self.control.totals()
    }
}
