//! A worker at work: turn after turn, in a fixed order.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::accept::Acceptor;
use super::connection::{Connection, Fate};
use super::crowd::Crowd;
use super::listeners::Listeners;
use super::rate::Bucket;
use super::slab::{self, Slab};
use super::sockets::Sought;
use super::timers::{Tick, Timers};
use super::worker::WAKER;
use crate::control::{Order, Reached};
use crate::inbox::{Address, Letter};
use crate::inforce::Plan;
use crate::limits::{Bounds, EVENTS, READ_BUFFER};
use crate::observe::{Counted, Observer, Shed, Trouble};
use crate::session::{HEADROOM, Lent, Outbox, Turn};

/// A worker at work.
pub(super) struct Running {
    pub(super) index: usize,
    pub(super) poll: Poll,
    reached: Arc<Reached>,
    /// Boxed, so that a slab that grows moves pointers only.
    pub(super) connections: Slab<Box<Connection>>,
    timers: Timers,
    /// Connections that have spent their budget: no event will tell of them.
    again: Vec<Token>,
    /// The time of this turn.
    pub(super) now: Instant,
    pub(super) accepted: u64,
    /// The limit of connections was reached, and this has been told.
    pub(super) full: bool,
    pub(super) bounds: Bounds,
    pub(super) crowd: Crowd,
    pub(super) bucket: Option<Bucket>,
    /// Nobody is accepted until then, as too many came within a second.
    pub(super) rest: Option<Instant>,
    drain: Option<Drain>,
    pub(super) world: World,
}

/// What a worker lends to the connection it is at.
pub(super) struct World {
    pub(super) listeners: Listeners,
    pub(super) observer: Counted,
    address: Address,
    buffer: Vec<u8>,
    lent: Lent,
    outbox: Outbox,
}

impl World {
    /// What a connection of the listener in `slot` needs for one call.
    fn lend(&mut self, slot: usize, token: Token, now: Instant) -> Option<(&mut [u8], Turn<'_>)> {
        let local = self.listeners.get_mut(slot)?;
        self.address.point_to(token);
        let turn = Turn {
            now,
            limits: &local.listener.limits,
            configs: &*local.listener.configs,
            services: &mut *local.services,
            observer: &mut self.observer,
            lent: &mut self.lent,
            outbox: &mut self.outbox,
            backend_waiting: 0,
            fingerprint: local.listener.fingerprint,
            address: &self.address,
        };
        Some((&mut self.buffer, turn))
    }
}

#[derive(Clone, Copy)]
enum Drain {
    /// Connections may go on until then.
    Until(Instant),
    /// They have been told to close, and have the time that closing may take.
    Closing,
}

/// Whether the loop goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Turn,
    End,
}

impl Running {
    pub(super) fn new(
        index: usize,
        listeners: Listeners,
        poll: Poll,
        reached: Arc<Reached>,
        observer: Counted,
        crowd: Crowd,
        now: Instant,
    ) -> Self {
        let address = Address::new(Arc::clone(&reached.inbox), WAKER);
        Self {
            index,
            poll,
            reached,
            connections: Slab::new(),
            timers: Timers::new(now),
            again: Vec::new(),
            now,
            accepted: 0,
            full: false,
            bounds: Bounds::default(),
            crowd,
            bucket: None,
            rest: None,
            drain: None,
            world: World {
                listeners,
                observer,
                address,
                buffer: vec![0; HEADROOM + READ_BUFFER],
                lent: Lent::default(),
                outbox: Outbox::default(),
            },
        }
    }

    /// Turn after turn: what was left over, what the poll says, what other threads have, who is new, whose deadline
    /// has passed.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        let (mut leftover, mut due, mut letters) = (Vec::new(), Vec::new(), VecDeque::new());
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
            let woken = self.hear(&events);
            if woken {
                self.read_letters(&mut letters);
            }
            self.accept();
            self.timers.expire(self.now, &mut due);
            for (token, tick) in due.drain(..) {
                self.check_deadline(token, tick);
            }
            let next = if woken { self.obey()? } else { Next::Turn };
            self.world.observer.turn_ended();
            if next == Next::End || self.is_drained() {
                return Ok(());
            }
        }
    }

    /// Takes what the poll says. Whether another thread has something.
    fn hear(&mut self, events: &Events) -> bool {
        let mut woken = false;
        for event in events {
            match event.token() {
                WAKER => woken = true,
                Token(n) if n <= self.world.listeners.len() => {
                    if let Some(acceptor) = self.acceptor(n - 1) {
                        acceptor.set_ready();
                    }
                }
                token => {
                    if let Some(connection) = self.connections.get_mut(token) {
                        connection.event(event);
                        if !connection.queued {
                            self.drive(slab::connection(token), Connection::drive);
                        }
                    }
                }
            }
        }
        woken
    }

    pub(super) fn acceptor(&mut self, slot: usize) -> Option<&mut Acceptor> {
        self.world.listeners.get_mut(slot)?.acceptor.as_mut()
    }

    fn read_letters(&mut self, letters: &mut VecDeque<(Token, Letter)>) {
        self.reached.inbox.take(letters);
        for (token, letter) in letters.drain(..) {
            self.drive(token, |connection, buffer, turn| connection.letter(letter, buffer, turn));
        }
    }

    /// Does what the handle says.
    fn obey(&mut self) -> io::Result<Next> {
        for order in self.reached.take_orders() {
            match order {
                Order::Ping(answer) => answer_to(&answer),
                Order::Update { plan, sockets, done } => {
                    if self.drain.is_none() {
                        self.take_plan(&plan, sockets)?;
                    }
                    answer_to(&done);
                }
                Order::Drain(until) => {
                    self.empty_queues();
                    self.start_draining(until);
                }
                Order::HandOver(until) => self.start_draining(until),
                Order::Stop => {
                    self.stop_all(Ending::Now);
                    return Ok(Next::End);
                }
            }
        }
        Ok(Next::Turn)
    }

    /// Acts by `plan` from now on.
    pub(super) fn take_plan(&mut self, plan: &Plan, sockets: Vec<Sought>) -> io::Result<()> {
        let gone = self.world.listeners.take(plan, sockets, self.poll.registry())?;
        for slot in gone {
            self.empty_queue(slot);
            self.world.listeners.close(slot, self.poll.registry());
        }
        self.set_bounds(plan.bounds.clone());
        Ok(())
    }

    /// How long the poll may sleep.
    fn timeout(&self) -> Option<Duration> {
        let until = |at: Instant| at.saturating_duration_since(self.now);
        let listening = self.listening();
        if !self.again.is_empty() || listening.due {
            return Some(Duration::ZERO);
        }
        let drain = match self.drain {
            Some(Drain::Until(until)) => Some(until),
            _ => None,
        };
        let next = self.timers.next(self.now);
        [next, listening.rest.map(until), drain.map(until)].into_iter().flatten().min()
    }

    /// Lets a connection do something, and sees to what becomes of it. A panic ends that connection and no other.
    pub(super) fn drive(&mut self, token: Token, call: impl FnOnce(&mut Connection, &mut [u8], &mut Turn<'_>) -> Fate) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        let slot = connection.listener;
        let Some((buffer, mut turn)) = self.world.lend(slot, token, self.now) else { return };
        let result = catch_unwind(AssertUnwindSafe(|| call(connection, buffer, &mut turn)));
        let mut fate = result.unwrap_or_else(|_| {
            turn.lent.clear();
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
        let deadline = connection.deadline(turn.limits);
        connection.count(self.world.observer.counters());
        if fate != Fate::Gone && self.is_too_much(token, slot) {
            fate = Fate::Gone;
        }
        if fate == Fate::Gone {
            return self.bury(token);
        }
        let Some(connection) = self.connections.get_mut(token) else { return };
        if (fate == Fate::Again || connection.has_news()) && !std::mem::replace(&mut connection.queued, true) {
            self.again.push(token);
        }
        let tick = self.timers.tick(deadline);
        if connection.timer.is_none_or(|timer| tick < timer) {
            connection.timer = Some(tick);
            self.timers.insert(token, tick);
        }
    }

    /// Adds what a connection holds to its listener's sum. Whether that is more than there may be, and the connection
    /// has been ended for it.
    fn is_too_much(&mut self, token: Token, slot: usize) -> bool {
        let Some(connection) = self.connections.get_mut(token) else { return false };
        let held = connection.held();
        let before = std::mem::replace(&mut connection.counted, held);
        if held == before {
            return false;
        }
        let share = self.world.listeners.share_of_memory(slot);
        let Some(local) = self.world.listeners.get_mut(slot) else { return false };
        local.held = local.held + held - before;
        if held < before || local.held <= share {
            return false;
        }
        if let Some((_, mut turn)) = self.world.lend(slot, token, self.now) {
            connection.shed(&mut turn);
        }
        self.world.observer.trouble(&Trouble::Shed(Shed::Memory));
        true
    }

    /// A connection is over: tells what there is to tell, and closes its sockets.
    fn bury(&mut self, token: Token) {
        let Some(mut connection) = self.connections.remove(token) else { return };
        if let Some((_, mut turn)) = self.world.lend(connection.listener, token, self.now) {
            connection.abandon(&mut turn);
        }
        connection.count_end(self.world.observer.counters());
        if let Some(member) = connection.member {
            self.crowd.leave(member);
        }
        self.world.listeners.gone(connection.listener, connection.counted);
        self.world.observer.counters().gone();
    }

    fn check_deadline(&mut self, token: Token, tick: Tick) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        if connection.timer != Some(tick) {
            return; // another entry has taken its place
        }
        connection.timer = None;
        let Some(local) = self.world.listeners.get_mut(connection.listener) else { return };
        let deadline = connection.deadline(&local.listener.limits);
        if deadline <= self.now {
            self.drive(token, Connection::deadline_passed);
        } else {
            let tick = self.timers.tick(deadline);
            connection.timer = Some(tick);
            self.timers.insert(token, tick);
        }
    }

    /// Nothing new is accepted from here on.
    fn start_draining(&mut self, until: Instant) {
        for slot in self.world.listeners.slots() {
            self.world.listeners.close(slot, self.poll.registry());
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

/// Who asked may have gone meanwhile, and then nobody waits.
fn answer_to(asker: &Sender<()>) {
    let _ = asker.send(());
}

/// How connections are ended when the server stops.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// As at any other time.
    Linger,
    /// What can be written at once is, and the socket is closed.
    Now,
}
