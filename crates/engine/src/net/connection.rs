//! A socket and its session, and what the one wants of the other.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::timers::Tick;
use crate::limits::{HIGH_WATER, LINGER_BYTES, LOW_WATER, Limits, READ_BUDGET};
use crate::session::{After, HEADROOM, Outbox, Phase, Session, Turn};

/// One connection of a worker.
pub(super) struct Connection {
    stream: TcpStream,
    session: Session,
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
    armed: Option<Interest>,
    /// It is on the list of those that go on in the next turn, and must not be on it twice.
    pub(super) queued: bool,
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
    pub(super) fn new(stream: TcpStream, session: Session) -> Self {
        Self {
            stream,
            session,
            outbox: Outbox::default(),
            // Most clients speak first and at once: to try is cheaper than to ask.
            readable: true,
            writable: true,
            ending: false,
            choked: false,
            blocked: false,
            armed: None,
            queued: false,
            timer: None,
            lingering: None,
        }
    }

    /// Notes what the poll says.
    pub(super) fn event(&mut self, event: &mio::event::Event) {
        let broken = event.is_error(); // the next call will say what it is
        self.ending |= event.is_read_closed() || broken;
        self.readable |= event.is_readable() || self.ending;
        self.writable |= event.is_writable() || broken;
    }

    /// When something has to happen even if nothing comes.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        match self.lingering {
            Some((since, _)) => since + limits.close,
            None => self.session.deadline(limits),
        }
    }

    /// What this connection wants from the poller. Computed here and nowhere else.
    ///
    /// As events come on changes only, an interest that is not of use at the moment costs nothing, and to take it
    /// back would cost a system call: reading is always wanted, writing from the first time that it was blocked.
    fn interest(&self) -> Interest {
        if self.blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE }
    }

    /// Tells the poller what is wanted, if that changed.
    pub(super) fn arm(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let wanted = self.interest();
        match self.armed {
            Some(armed) if armed == wanted => return Ok(()),
            Some(_) => registry.reregister(&mut self.stream, token, wanted)?,
            None => registry.register(&mut self.stream, token, wanted)?,
        }
        self.armed = Some(wanted);
        Ok(())
    }

    /// Reads, processes and writes until there is nothing to do, or the budget is spent.
    pub(super) fn drive(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        let mut budget = READ_BUDGET;
        loop {
            if self.lingering.is_some() {
                return self.linger(buffer);
            }
            self.write_own(turn);
            if !self.may_read() {
                return self.settle(buffer, turn);
            }
            if budget == 0 {
                return Fate::Again;
            }
            budget = budget.saturating_sub(self.read(buffer, turn));
        }
    }

    /// The session's deadline, or that of lingering, has passed.
    pub(super) fn deadline_passed(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> Fate {
        if self.lingering.is_some() {
            return Fate::Gone;
        }
        if self.session.phase() == Phase::Draining {
            self.session.report(false, turn.now, turn.observer);
            return Fate::Gone;
        }
        self.with_outbox(turn, Session::deadline_passed);
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

    /// The socket failed, or cannot be watched.
    pub(super) fn break_off(&mut self, error: io::ErrorKind, turn: &mut Turn<'_>) {
        self.readable = false;
        self.outbox = Outbox::default();
        self.session.broken(error, turn);
        self.session.report(false, turn.now, turn.observer);
    }

    /// The end without ceremony: tells what there is to tell.
    pub(super) fn abandon(&mut self, turn: &mut Turn<'_>) {
        self.session.report(false, turn.now, turn.observer);
    }

    /// The code panicked while this connection was driven.
    pub(super) fn panicked(&mut self, turn: &mut Turn<'_>) {
        self.session.panicked(turn.now);
        self.abandon(turn);
    }

    fn may_read(&mut self) -> bool {
        match self.outbox.len() {
            HIGH_WATER.. => self.choked = true,
            ..=LOW_WATER => self.choked = false,
            _ => {}
        }
        self.readable && !self.choked && self.session.wants_bytes()
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
                self.with_outbox(turn, |session, turn| session.receive(buffer, count, turn));
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

    /// Calls the session with the connection's own outbox if something waits in it, else with the worker's; then
    /// writes, and keeps for itself what was not taken.
    fn with_outbox(&mut self, turn: &mut Turn<'_>, call: impl FnOnce(&mut Session, &mut Turn<'_>)) {
        if self.outbox.is_empty() {
            call(&mut self.session, turn);
            let result = write(&mut self.stream, turn.outbox, &mut self.writable);
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
        let result = write(&mut self.stream, &mut self.outbox, &mut self.writable);
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
        if self.session.phase() != Phase::Draining || !self.outbox.is_empty() {
            return Fate::Wait;
        }
        self.session.report(true, turn.now, turn.observer);
        if self.session.after() == After::Close || self.stream.shutdown(Shutdown::Write).is_err() {
            return Fate::Gone;
        }
        self.lingering = Some((turn.now, 0));
        self.linger(buffer)
    }

    /// Reads and throws away until the peer closes its side.
    fn linger(&mut self, buffer: &mut [u8]) -> Fate {
        let Some((_, thrown)) = &mut self.lingering else { return Fate::Gone };
        while self.readable {
            match self.stream.read(buffer) {
                Ok(0) => return Fate::Gone,
                Ok(count) => {
                    *thrown += count;
                    if *thrown > LINGER_BYTES {
                        return Fate::Gone;
                    }
                    self.readable = count == buffer.len() || self.ending;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Fate::Gone,
            }
        }
        Fate::Wait
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
        plain: &mut *turn.plain,
        outbox,
    }
}

/// Writes until everything is gone or the socket has no more room. How much was written.
fn write(stream: &mut TcpStream, outbox: &mut Outbox, writable: &mut bool) -> io::Result<usize> {
    let mut total = 0;
    while *writable && !outbox.is_empty() {
        match stream.write(outbox.bytes()) {
            Ok(count) => {
                // A part only: the socket is full, and the kernel has noted that we want to know when it is not.
                *writable = count == outbox.len();
                outbox.consume(count);
                total += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => *writable = false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}
