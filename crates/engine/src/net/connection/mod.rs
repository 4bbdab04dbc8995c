//! A socket and its session, perhaps a plain side, and what each wants of the others.

mod lingering;
mod plain_side;

use std::io::{self, Read};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

use super::backend::Backend;
use super::crowd::Member;
use super::timers::Tick;
use super::{slab, write};
use crate::inbox::Letter;
use crate::limits::{HIGH_WATER, HIGHEST_WATER, LOW_WATER, Limits, READ_BUDGET};
use crate::observe::counters::{Counters, Course};
use crate::session::{After, HEADROOM, Outbox, Phase, Session, Turn};

/// One connection of a worker.
pub(super) struct Connection {
    stream: TcpStream,
    session: Session,
    /// The slot of its listener.
    pub(super) listener: usize,
    /// Its address as it is counted, where addresses are.
    pub(super) member: Option<Member>,
    backend: Option<Box<Backend>>,
    /// What the peer has not taken yet; empty, and without memory, in a connection that is keeping up.
    outbox: Outbox,
    /// The poll tells of changes only, so what it said is remembered until a call finds out that it is over.
    readable: bool,
    writable: bool,
    /// The end of the peer's stream is behind what can be read now.
    ending: bool,
    /// Above high water nothing is read until there is less than low water.
    choked: bool,
    /// A write found no room, once.
    blocked: bool,
    /// The service is to be told when there is room for more.
    room_due: bool,
    /// Our direction of the socket is shut.
    shut: bool,
    armed: Option<Interest>,
    /// It is on the list of those that go on in the next turn, and must not be on it twice.
    pub(super) queued: bool,
    /// How far it had come when that was last counted.
    course: Course,
    /// What it held when that was last added to its listener's sum.
    pub(super) counted: usize,
    /// The entry in the worker's timers that is this connection's; others are stale.
    pub(super) timer: Option<Tick>,
    /// Our side is shut, the last bytes are out: when that happened, and how much was read and thrown away since.
    lingering: Option<(Instant, usize)>,
}

/// What is to become of a connection after it was driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It waits for an event or its deadline.
    Wait,
    /// It has more to read, and others come first.
    Again,
    /// It is over.
    Gone,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, session: Session, listener: usize, member: Option<Member>) -> Self {
        Self {
            stream,
            session,
            listener,
            member,
            backend: None,
            outbox: Outbox::default(),
            // Most clients speak first and at once: to try is cheaper than to ask.
            readable: true,
            writable: true,
            ending: false,
            choked: false,
            blocked: false,
            room_due: false,
            shut: false,
            armed: None,
            queued: false,
            course: Course::default(),
            counted: 0,
            timer: None,
            lingering: None,
        }
    }

    /// Notes what the poll says of the side that `token` names.
    pub(super) fn event(&mut self, event: &mio::event::Event) {
        if slab::is_backend(event.token()) {
            if let Some(backend) = &mut self.backend {
                backend.event(event);
            }
            return;
        }
        let broken = event.is_error(); // the next call will say what it is
        self.ending |= event.is_read_closed() || broken;
        self.readable |= event.is_readable() || self.ending;
        self.writable |= event.is_writable() || broken;
    }

    /// Counts how far it has come since that was last done.
    pub(super) fn count(&mut self, counters: &Counters) {
        let (received, sent) = self.session.plaintext();
        let (backend_connects, backend_failures) = self.backend.as_ref().map_or(
            (self.course.backend_connects, self.course.backend_failures), // it has been left
            |backend| backend.dials(),
        );
        let phase = Some(self.session.phase());
        let course = Course { phase, received, sent, backend_connects, backend_failures };
        counters.moved(&self.course, &course);
        self.course = course;
    }

    /// The same for the last time.
    pub(super) fn count_end(&mut self, counters: &Counters) {
        self.count(counters);
        counters.moved(&self.course, &Course { phase: None, ..self.course });
    }

    /// How many bytes are held for it.
    pub(super) fn held(&self) -> usize {
        self.outbox.capacity() + self.session.held() + self.backend.as_ref().map_or(0, |backend| backend.held())
    }

    /// When something has to happen even if nothing comes.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let own = match self.lingering {
            Some((since, _)) => since + limits.close,
            None => self.session.deadline(limits),
        };
        match self.backend.as_ref().and_then(|backend| backend.deadline()) {
            Some(backend) => own.min(backend),
            None => own,
        }
    }

    /// What this connection wants from the poller. Computed here and nowhere else, but for the plain side's, which is
    /// computed in one place of its own by the same rule.
    ///
    /// As events come on changes only, an interest that is not of use at the moment costs nothing, and to take it
    /// back would cost a system call: reading is always wanted, writing from the first time that it was blocked.
    fn interest(&self) -> Interest {
        if self.blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE }
    }

    /// Tells the poller what is wanted, if that changed.
    pub(super) fn arm(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        if let Some(backend) = &mut self.backend
            && let Err(error) = backend.arm(registry, slab::backend(token))
        {
            backend.break_off(error.kind()); // which is told when the connection is driven again
        }
        let wanted = self.interest();
        match self.armed {
            Some(armed) if armed == wanted => return Ok(()),
            Some(_) => registry.reregister(&mut self.stream, token, wanted)?,
            None => registry.register(&mut self.stream, token, wanted)?,
        }
        self.armed = Some(wanted);
        Ok(())
    }

    /// Reads, processes and writes, both ways, until there is nothing to do or the budget is spent.
    pub(super) fn drive(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        let mut budget = READ_BUDGET;
        loop {
            if self.lingering.is_some() {
                return self.linger(buffer);
            }
            self.write_own(turn);
            self.write_backend(turn);
            let before = budget;
            if self.tell_news(turn) || self.offer_room(turn) {
                budget = budget.saturating_sub(LOW_WATER);
            }
            if self.may_read() {
                budget = budget.saturating_sub(self.read(buffer, turn).max(1));
            }
            if self.may_read_backend() {
                budget = budget.saturating_sub(self.read_backend(buffer, turn).max(1));
            }
            if budget == before {
                return self.settle(buffer, turn);
            }
            if budget == 0 {
                return Fate::Again;
            }
        }
    }

    /// The session's deadline, or that of lingering or of the plain side, has passed.
    pub(super) fn deadline_passed(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        if self.lingering.is_some() {
            return Fate::Gone;
        }
        if let Some(backend) = &mut self.backend
            && backend.deadline().is_some_and(|deadline| deadline <= turn.now)
        {
            backend.deadline_passed();
        }
        if self.session.deadline(turn.limits) <= turn.now {
            if self.session.phase() == Phase::Draining {
                self.report(false, turn);
                return Fate::Gone;
            }
            self.with_outbox(turn, Session::deadline_passed);
        }
        self.drive(buffer, turn)
    }

    /// Another thread has something for it.
    pub(super) fn letter(&mut self, letter: Letter, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        if self.lingering.is_none() {
            self.with_outbox(turn, |session, turn| session.letter(letter, turn));
        }
        self.drive(buffer, turn)
    }

    /// The server is stopping.
    pub(super) fn stop(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        if self.lingering.is_some() {
            return Fate::Wait;
        }
        self.with_outbox(turn, Session::stop);
        self.drive(buffer, turn)
    }

    /// More would have to be held for it than there may be.
    pub(super) fn shed(&mut self, turn: &mut Turn<'_>) {
        self.outbox = Outbox::default();
        self.session.shed(turn);
        self.report(false, turn);
        self.reset_on_close();
    }

    /// The socket failed, or cannot be watched.
    pub(super) fn break_off(&mut self, error: io::ErrorKind, turn: &mut Turn<'_>) {
        self.readable = false;
        self.outbox = Outbox::default();
        self.session.broken(error, turn);
        self.report(false, turn);
    }

    /// The end without ceremony: tells what there is to tell.
    pub(super) fn abandon(&mut self, turn: &mut Turn<'_>) {
        self.report(false, turn);
        self.leave_backend();
    }

    /// The code panicked while this connection was driven.
    pub(super) fn panicked(&mut self, turn: &mut Turn<'_>) {
        self.session.panicked(turn.now);
        self.abandon(turn);
    }

    fn report(&mut self, flushed: bool, turn: &mut Turn<'_>) {
        let told = self.backend.as_ref().map(|backend| backend.told());
        self.session.report(flushed, told, turn.now, turn.observer);
    }

    fn may_read(&mut self) -> bool {
        // What comes from the peer goes to the plain side, where there is one, and then waits for that side alone.
        let choked_behind = self.backend.as_mut().is_some_and(|backend| backend.chokes());
        let high = if self.backend.is_some() { HIGHEST_WATER } else { HIGH_WATER };
        if self.outbox.len() >= high {
            self.choked = true;
        } else if self.outbox.len() <= LOW_WATER || (self.backend.is_some() && self.outbox.len() < HIGH_WATER) {
            self.choked = false;
        }
        self.readable && !self.choked && !choked_behind && self.session.wants_bytes()
    }

    /// Reads once and lets the session have it. How much was read.
    fn read(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> usize {
        let room = &mut buffer[HEADROOM..];
        match self.stream.read(room) {
            Ok(0) => {
                self.readable = false;
                self.with_outbox(turn, Session::receive_end);
                0
            }
            Ok(count) => {
                // Less than there was room for means that there is no more, and that the next bytes are a new event;
                // but for the end, which may have been told of already.
                self.readable = count == room.len() || self.ending;
                self.call(turn, |session, turn| session.receive(buffer, count, turn));
                self.fulfil(buffer, turn);
                count
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                0
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => {
                self.break_off(error.kind(), turn);
                0
            }
        }
    }

    /// Tells the service that there is room, if it waits for that and there is. Whether it was told.
    fn offer_room(&mut self, turn: &mut Turn<'_>) -> bool {
        if !self.room_due || self.outbox.len() > LOW_WATER {
            return false;
        }
        self.room_due = false;
        if self.session.phase() != Phase::Open {
            return false;
        }
        self.with_outbox(turn, Session::room);
        true
    }

    /// Calls the session, and does what the service wishes of the plain side.
    fn with_outbox(&mut self, turn: &mut Turn<'_>, call: impl FnOnce(&mut Session, &mut Turn<'_>)) {
        self.call(turn, call);
        self.fulfil(&[], turn);
    }

    /// Calls the session with the connection's own outbox if something waits in it, else with the worker's; then
    /// writes, and keeps for itself what was not taken.
    fn call(&mut self, turn: &mut Turn<'_>, call: impl FnOnce(&mut Session, &mut Turn<'_>)) {
        turn.backend_waiting = self.backend.as_ref().map_or(0, |backend| backend.waiting());
        if self.outbox.is_empty() {
            call(&mut self.session, turn);
            let result = write::all(&mut self.stream, turn.outbox, &mut self.writable);
            self.note_write(result, turn);
            if !turn.outbox.is_empty() {
                self.outbox.take_from(turn.outbox);
                self.blocked = true;
            }
        } else {
            let mut own = std::mem::take(&mut self.outbox);
            call(&mut self.session, &mut reborrow(turn, &mut own));
            self.outbox = own;
            self.write_own(turn);
        }
    }

    /// Writes what waits, and gives its memory back when that is all.
    fn write_own(&mut self, turn: &mut Turn<'_>) {
        if self.outbox.is_empty() || !self.writable {
            return;
        }
        let result = write::all(&mut self.stream, &mut self.outbox, &mut self.writable);
        self.note_write(result, turn);
        if self.outbox.is_empty() {
            self.outbox = Outbox::default();
        }
    }

    fn note_write(&mut self, result: io::Result<usize>, turn: &mut Turn<'_>) {
        match result {
            Ok(0) => {}
            Ok(_) => self.session.wrote(turn.now),
            Err(error) => self.break_off(error.kind(), turn),
        }
    }

    /// There is nothing to do now: is it over?
    fn settle(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        if self.session.is_shut() && self.outbox.is_empty() && !self.shut {
            self.shut = true;
            let _ = self.stream.shutdown(Shutdown::Write); // where it fails, reading says what is wrong
        }
        if self.session.phase() != Phase::Draining || !self.outbox.is_empty() {
            return Fate::Wait;
        }
        // What the peer sent before an orderly end is the plain side's, however slowly that takes it.
        let owed = self.backend.as_ref().is_some_and(|backend| backend.waiting() > 0);
        if owed && self.session.is_clean() {
            return Fate::Wait;
        }
        self.report(true, turn);
        self.leave_backend();
        match self.session.after() {
            After::Reset => {
                self.reset_on_close();
                return Fate::Gone;
            }
            After::Close => return Fate::Gone,
            After::Linger => {}
        }
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return Fate::Gone;
        }
        self.lingering = Some((turn.now, 0));
        self.linger(buffer)
    }

    fn reset_on_close(&self) {
        // Without it the end would look like a clean one to TCP; TLS knows better.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

/// The same turn with another outbox.
fn reborrow<'a>(turn: &'a mut Turn<'_>, outbox: &'a mut Outbox) -> Turn<'a> {
    Turn {
        now: turn.now,
        limits: turn.limits,
        configs: turn.configs,
        services: &mut *turn.services,
        observer: &mut *turn.observer,
        lent: &mut *turn.lent,
        outbox,
        backend_waiting: turn.backend_waiting,
        fingerprint: turn.fingerprint,
        address: turn.address,
    }
}
