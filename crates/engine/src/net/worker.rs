//! A worker: one thread with its own listening sockets, its own poll and its own connections.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::accept::{Accepted, Acceptor};
use super::connection::{Connection, Fate};
use super::slab::Slab;
use super::timers::{Tick, Timers};
use crate::control::{Command, Control};
use crate::inforce::InForce;
use crate::limits::{ACCEPT_BUDGET, BACKLOG, EVENTS, READ_BUFFER};
use crate::observe::counters::Counters;
use crate::observe::{Counted, Observer, Trouble};
use crate::service::{Peer, Services};
use crate::session::{HEADROOM, Outbox, Session, Turn};

/// The waker's token; the listeners have those from one on, and connections those from 2^32 on.
const WAKER: Token = Token(0);

/// What a worker is before it runs; it is made on the main thread, so that everything that can fail has failed before
/// the first thread starts.
pub(crate) struct Worker {
    index: usize,
    capacity: usize,
    poll: Poll,
    acceptors: Vec<Acceptor>,
    in_force: Arc<InForce>,
    counters: Arc<Counters>,
}

impl Worker {
    pub(crate) fn new(
        index: usize,
        capacity: usize,
        sockets: Vec<(TcpListener, SocketAddr)>,
        in_force: Arc<InForce>,
        counters: Arc<Counters>,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let mut acceptors = Vec::new();
        for (n, (listener, address)) in sockets.into_iter().enumerate() {
            let mut acceptor = Acceptor::new(listener, address);
            poll.registry().register(acceptor.listener(), Token(1 + n), Interest::READABLE)?;
            acceptors.push(acceptor);
        }
        Ok((Self { index, capacity, poll, acceptors, in_force, counters }, waker))
    }

    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// Serves until told to stop, or to drain and the last connection is gone.
    pub(crate) fn run(self, control: &Control) -> io::Result<()> {
        let services = (self.in_force.services)(self.index);
        let observer = (self.in_force.observers)(self.index);
        let now = Instant::now();
        Running {
            index: self.index,
            capacity: self.capacity,
            poll: self.poll,
            acceptors: self.acceptors,
            connections: Slab::new(),
            timers: Timers::new(now),
            again: Vec::new(),
            now,
            accepted: 0,
            full: false,
            drain: None,
            world: World {
                in_force: self.in_force,
                services,
                observer: Counted::new(self.counters, observer),
                buffer: vec![0; HEADROOM + READ_BUFFER],
                plain: Vec::new(),
                outbox: Outbox::default(),
            },
        }
        .run(control)
    }
}

/// A worker at work.
struct Running {
    index: usize,
    capacity: usize,
    poll: Poll,
    acceptors: Vec<Acceptor>,
    /// Boxed, so that a slab that grows moves pointers only.
    connections: Slab<Box<Connection>>,
    timers: Timers,
    /// Connections that have spent their budget: no event will tell of them.
    again: Vec<Token>,
    /// The time of this turn.
    now: Instant,
    accepted: u64,
    /// The limit of connections was reached, and this has been told.
    full: bool,
    drain: Option<Drain>,
    world: World,
}

/// What a worker lends to the connection it is at.
struct World {
    in_force: Arc<InForce>,
    services: Box<dyn Services>,
    observer: Counted,
    buffer: Vec<u8>,
    plain: Vec<u8>,
    outbox: Outbox,
}

impl World {
    fn lend(&mut self, now: Instant) -> (&mut [u8], Turn<'_>) {
        let turn = Turn {
            now,
            limits: &self.in_force.limits,
            configs: &*self.in_force.configs,
            services: &mut *self.services,
            observer: &mut self.observer,
            plain: &mut self.plain,
            outbox: &mut self.outbox,
        };
        (&mut self.buffer, turn)
    }
}

#[derive(Clone, Copy)]
enum Drain {
    /// Connections may go on until then.
    Until(Instant),
    /// They have been told to close, and have the time that closing may take.
    Closing,
}

impl Running {
    /// Turn after turn: what was left over, what the poll says, who is new, whose deadline has passed.
    fn run(mut self, control: &Control) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        let mut leftover = Vec::new();
        let mut due = Vec::new();
        loop {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            self.now = Instant::now();
            std::mem::swap(&mut leftover, &mut self.again);
            for token in leftover.drain(..) {
                if let Some(connection) = self.connections.get_mut(token) {
                    connection.queued = false;
                }
                self.drive(token, Connection::drive);
            }
            let mut command = None;
            for event in &events {
                match event.token() {
                    WAKER => command = Some(control.command()),
                    Token(n) if n <= self.acceptors.len() => self.acceptors[n - 1].set_ready(),
                    token => {
                        if let Some(connection) = self.connections.get_mut(token) {
                            connection.event(event);
                            if !connection.queued {
                                self.drive(token, Connection::drive);
                            }
                        }
                    }
                }
            }
            self.accept();
            self.timers.expire(self.now, &mut due);
            for (token, tick) in due.drain(..) {
                self.check_deadline(token, tick);
            }
            match command {
                Some(Command::Drain(until)) => self.start_draining(until),
                Some(Command::Stop) => {
                    self.stop_all(Ending::Now);
                    self.world.observer.turn_ended();
                    return Ok(());
                }
                Some(Command::Run) | None => {}
            }
            self.world.observer.turn_ended();
            if self.is_drained() {
                return Ok(());
            }
        }
    }

    /// How long the poll may sleep.
    fn timeout(&self) -> Option<Duration> {
        // Without room nobody is accepted, so that no listener's rest ends either: it must not wake us.
        let listening = if self.has_room() { &self.acceptors[..] } else { &[] };
        if !self.again.is_empty() || listening.iter().any(|acceptor| acceptor.is_due(self.now)) {
            return Some(Duration::ZERO);
        }
        let rest = listening.iter().filter_map(Acceptor::paused).min();
        let drain = match self.drain {
            Some(Drain::Until(until)) => Some(until),
            _ => None,
        };
        let until = |at: Instant| at.saturating_duration_since(self.now);
        let next = self.timers.next(self.now);
        [next, rest.map(until), drain.map(until)].into_iter().flatten().min()
    }

    /// Lets a connection do something, and sees to what becomes of it. A panic ends that connection and no other.
    fn drive(&mut self, token: Token, call: impl FnOnce(&mut Connection, &mut [u8], &mut Turn<'_>) -> Fate) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        let (buffer, mut turn) = self.world.lend(self.now);
        let result = catch_unwind(AssertUnwindSafe(|| call(connection, buffer, &mut turn)));
        let mut fate = result.unwrap_or_else(|_| {
            turn.plain.clear();
            turn.outbox.clear();
            connection.panicked(&mut turn);
            Fate::Gone
        });
        if fate != Fate::Gone
            && let Err(error) = connection.arm(self.poll.registry(), token)
        {
            connection.break_off(error.kind(), &mut turn);
            fate = Fate::Gone;
        }
        if fate == Fate::Gone {
            connection.abandon(&mut turn);
            self.connections.remove(token);
            self.world.observer.counters().gone();
            return;
        }
        if fate == Fate::Again && !std::mem::replace(&mut connection.queued, true) {
            self.again.push(token);
        }
        let tick = self.timers.tick(connection.deadline(turn.limits));
        if connection.timer.is_none_or(|timer| tick < timer) {
            connection.timer = Some(tick);
            self.timers.insert(token, tick);
        }
    }

    fn check_deadline(&mut self, token: Token, tick: Tick) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        if connection.timer != Some(tick) {
            return; // another entry has taken its place
        }
        connection.timer = None;
        if connection.deadline(&self.world.in_force.limits) <= self.now {
            self.drive(token, Connection::deadline_passed);
        } else {
            let tick = self.timers.tick(connection.deadline(&self.world.in_force.limits));
            connection.timer = Some(tick);
            self.timers.insert(token, tick);
        }
    }

    fn has_room(&self) -> bool {
        self.connections.len() < self.capacity
    }

    /// Takes in who is waiting, within the budget and the limit.
    fn accept(&mut self) {
        if self.connections.len() < self.capacity - self.capacity / 8 {
            self.full = false; // told again only after a real change, not at every coming and going
        }
        for n in 0..self.acceptors.len() {
            let mut budget = ACCEPT_BUDGET;
            while budget > 0 && self.acceptors[n].is_due(self.now) {
                if !self.has_room() {
                    if !self.full {
                        self.full = true;
                        self.world.observer.trouble(&Trouble::Full);
                    }
                    return;
                }
                budget -= 1;
                match self.acceptors[n].accept(self.now) {
                    Accepted::Connection(stream, peer) => self.admit(stream, peer, self.acceptors[n].address()),
                    Accepted::Nobody => break,
                    Accepted::Lost => {}
                    Accepted::Short(error) => {
                        let code = error.raw_os_error().unwrap_or_default();
                        self.world.observer.counters().accept_error();
                        self.world.observer.trouble(&Trouble::Accept(error.kind(), code));
                    }
                }
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, address: SocketAddr, listener: SocketAddr) {
        self.accepted += 1;
        // The worker's number in the upper bits: unique in the process without asking the others.
        let id = (self.index as u64) << 48 | self.accepted;
        let session = Session::server(Peer { id, address, listener }, self.now);
        self.world.observer.counters().accepted();
        match self.connections.insert(Box::new(Connection::new(stream, session))) {
            Some(token) => self.drive(token, Connection::drive),
            None => self.world.observer.counters().gone(),
        }
    }

    /// Nothing new is accepted; those who are in the queue already still are, as they have been told that they are.
    fn start_draining(&mut self, until: Instant) {
        if self.drain.is_none() {
            for acceptor in &mut self.acceptors {
                acceptor.set_ready();
            }
            // As often as a full queue needs: who comes in the meantime may be refused, and must not hold us up.
            for _ in 0..=BACKLOG as usize / ACCEPT_BUDGET {
                self.accept();
            }
            self.acceptors.clear();
        }
        self.drain = Some(Drain::Until(until));
    }

    /// Moves a drain on. Whether it is over.
    fn is_drained(&mut self) -> bool {
        match self.drain {
            None => return false,
            Some(Drain::Until(until)) if until <= self.now => {
                self.drain = Some(Drain::Closing);
                self.stop_all(Ending::Linger);
            }
            Some(_) => {}
        }
        self.connections.is_empty()
    }

    fn stop_all(&mut self, ending: Ending) {
        for token in self.connections.tokens() {
            self.drive(token, |connection, buffer, turn| {
                let fate = connection.stop(buffer, turn);
                if ending == Ending::Now { Fate::Gone } else { fate }
            });
        }
    }
}

/// How connections are ended when the server stops.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// As at any other time.
    Linger,
    /// What can be written at once is, and the socket is closed.
    Now,
}
