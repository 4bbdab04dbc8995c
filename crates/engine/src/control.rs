//! The handle by which another thread tells the workers what to do, and reads the counters.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::inbox::Inbox;
use crate::inforce::Plan;
use crate::net::{Sockets, Sought};
use crate::observe::counters::Counters;
use crate::observe::listeners::Listeners;
use crate::observe::{ListenerTotals, Totals};
use crate::server::BindError;

/// What a worker is told.
pub(crate) enum Order {
    /// Put this in force, and say so.
    Update { plan: Arc<Plan>, sockets: Vec<Sought>, done: Sender<()> },
    /// Accept what is queued and nothing new; what is open may go on until then.
    Drain(Instant),
    /// The same, but what is queued is another process's.
    HandOver(Instant),
    /// End at once.
    Stop,
    /// Say that the loop turns.
    Ping(Sender<()>),
}

/// One worker, as others see it.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) orders: Mutex<Vec<Order>>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) counters: Arc<Counters>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Update { .. } => "Update",
            Self::Drain(_) => "Drain",
            Self::HandOver(_) => "HandOver",
            Self::Stop => "Stop",
            Self::Ping(_) => "Ping",
        })
    }
}

impl Reached {
    pub(crate) fn take_orders(&self) -> Vec<Order> {
        std::mem::take(&mut *lock(&self.orders))
    }

    fn tell(&self, order: Order) {
        lock(&self.orders).push(order);
        self.inbox.wake();
    }
}

/// Shared by all workers and handles. Looked at when a worker is woken, not in its hot path.
#[derive(Debug)]
pub(crate) struct Control {
    workers: Vec<Arc<Reached>>,
    /// Every listening socket, for another process and for the next plan.
    sockets: Mutex<Sockets>,
    listeners: Arc<Listeners>,
}

/// What an [update](Handle::update) did to the listening sockets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Updated {
    /// The addresses listened on, in the order of the plan, with real port numbers.
    pub addresses: Vec<SocketAddr>,
    /// Those that are new.
    pub added: Vec<SocketAddr>,
    /// Those that are listened on no more.
    pub removed: Vec<SocketAddr>,
}

impl Control {
    pub(crate) const fn new(workers: Vec<Arc<Reached>>, sockets: Sockets, listeners: Arc<Listeners>) -> Self {
        Self { workers, sockets: Mutex::new(sockets), listeners }
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for worker in &self.workers {
            totals += worker.counters.totals();
        }
        totals
    }

    fn tell(&self, order: impl Fn() -> Order) {
        self.workers.iter().for_each(|worker| worker.tell(order()));
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

    /// Puts `plan` in force between turns, and returns when every worker has taken it: connections that are open go on
    /// as they are, the next handshake is by the new plan. New addresses are bound before anything is changed; who
    /// waits in the queue of an address that goes is let in first.
    ///
    /// # Errors
    /// A new address cannot be listened on; then nothing has changed.
    pub fn update(&self, plan: Plan) -> Result<Updated, BindError> {
        let mut sockets = lock(&self.control.sockets);
        let workers = self.control.workers.len();
        let next = sockets.for_plan(&plan, workers)?;
        self.control.listeners.announce(plan.listeners.iter().map(|listener| &listener.name));
        let plan = Arc::new(plan);
        let (done, all_done) = channel();
        for (worker, sockets) in self.control.workers.iter().zip(next.for_workers) {
            worker.tell(Order::Update { plan: Arc::clone(&plan), sockets, done: done.clone() });
        }
        drop(done);
        // A worker that has ended drops its order, or keeps it for ever when it has panicked: then nobody answers.
        for _ in 0..workers {
            if all_done.recv_timeout(UPDATE_TAKES) == Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        *sockets = next.sockets;
        Ok(next.updated)
    }

    /// Duplicates of every listening socket with the address that it is bound to, for another process to accept from.
    ///
    /// # Errors
    /// The system is short of descriptors.
    pub fn sockets(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>> {
        lock(&self.control.sockets).duplicates()
    }

    /// The addresses listened on, in the order of the plan.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        lock(&self.control.sockets).addresses()
    }

    /// Stops accepting: who is in the queue is let in still. Connections go on until they end by themselves or
    /// `deadline` is over, when they are closed with close_notify. [`Server::run`](crate::Server::run) returns after
    /// the last.
    pub fn drain(&self, deadline: Duration) {
        let until = Instant::now() + deadline;
        self.control.tell(|| Order::Drain(until));
        lock(&self.control.sockets).clear();
    }

    /// The same where another process has the [sockets](Self::sockets) and accepts from them: the queues are left to
    /// it.
    pub fn hand_over(&self, deadline: Duration) {
        let until = Instant::now() + deadline;
        self.control.tell(|| Order::HandOver(until));
        lock(&self.control.sockets).clear();
    }

    /// Ends every connection now, with close_notify where it can still be written.
    pub fn stop(&self) {
        self.control.tell(|| Order::Stop);
    }

    /// Whether every worker's loop turns: each is woken, and has answered within `patience`.
    pub fn ping(&self, patience: Duration) -> bool {
        let (answer, answers) = channel();
        self.control.tell(|| Order::Ping(answer.clone()));
        drop(answer);
        let until = Instant::now() + patience;
        (0..self.control.workers.len())
            .all(|_| answers.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok())
    }

    /// The counters of all workers, summed.
    pub fn totals(&self) -> Totals {
        self.control.totals()
    }

    /// The counters of each listener of the plan, and of those before it that have connections still.
    pub fn listeners(&self) -> Vec<ListenerTotals> {
        self.control.listeners.totals()
    }
}

/// More than any turn takes.
const UPDATE_TAKES: Duration = Duration::from_secs(30);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
