//! The plain side of a connection: its socket, and what waits for it.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::ops::Range;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use socket2::SockRef;

use crate::backend::{Backed, Dial, DialFault, Target};
use crate::limits::{HIGH_WATER, LOW_WATER};
use crate::session::Outbox;

/// A plain side that is being opened, is open, or could not be opened and may be tried elsewhere.
pub(super) struct Backend {
    socket: Option<Socket>,
    /// Until when it has to be open; none once it is.
    connecting: Option<Instant>,
    dialled: Instant,
    /// What it has not taken yet.
    queue: Outbox,
    /// What is to be told of it.
    news: Option<News>,
    readable: bool,
    writable: bool,
    /// The end of its stream is behind what can be read now.
    ending: bool,
    /// It sends no more.
    ended: bool,
    /// Our direction is to be closed when the queue is empty.
    shutting: Shutting,
    /// The peer is not read until less than low water waits here.
    choked: bool,
    /// A write found no room, once.
    blocked: bool,
    /// The poll told of a fault, and the socket has not been asked which.
    doubtful: bool,
    armed: Option<Interest>,
    told: Backed,
}

/// What happened, and has not been told to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Connected,
    Failed(DialFault),
    Ended,
    Broken(io::ErrorKind),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shutting {
    No,
    Wanted,
    Done,
}

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Backend {
    pub(super) fn dial(dial: Dial, now: Instant) -> Self {
        let mut backend = Self {
            socket: None,
            connecting: None,
            dialled: now,
            queue: Outbox::default(),
            news: None,
            readable: false,
            writable: false,
            ending: false,
            ended: false,
            shutting: Shutting::No,
            choked: false,
            blocked: false,
            doubtful: false,
            armed: None,
            told: Backed { target: dial.to.clone(), connected: None, fault: None, tries: 0 },
        };
        backend.dial_again(dial, now);
        backend
    }

    /// Tries `dial`; what waits goes to it.
    pub(super) fn dial_again(&mut self, dial: Dial, now: Instant) {
        self.dialled = now;
        self.told.tries += 1;
        self.armed = None;
        self.doubtful = false;
        match Socket::connect(&dial.to) {
            Ok(socket) => {
                self.socket = Some(socket);
                self.connecting = Some(now + dial.deadline);
                // A Unix socket is connected at once or not at all, and no event may tell of it.
                self.writable = matches!(dial.to, Target::Unix(_));
            }
            Err(error) => self.fail(DialFault::Io(error.kind())),
        }
        self.told.target = dial.to;
    }

    /// How many dials have succeeded and failed.
    pub(super) fn dials(&self) -> (u32, u32) {
        let connected = u32::from(self.told.connected.is_some());
        (connected, self.told.tries.saturating_sub(connected + u32::from(self.connecting.is_some())))
    }

    /// What there is to tell of it.
    pub(super) const fn told(&self) -> &Backed {
        &self.told
    }

    /// How much waits for it.
    pub(super) const fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How much memory that takes.
    pub(super) const fn held(&self) -> usize {
        self.queue.capacity()
    }

    /// Until when it has to be open.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.connecting
    }

    /// It was not open in time.
    pub(super) fn deadline_passed(&mut self) {
        self.fail(DialFault::Deadline);
    }

    /// Whether there is something that the service has not been told.
    pub(super) const fn has_news(&self) -> bool {
        self.news.is_some()
    }

    /// What the service has not been told.
    pub(super) const fn take_news(&mut self) -> Option<News> {
        self.news.take()
    }

    /// Notes what the poll says.
    pub(super) fn event(&mut self, event: &mio::event::Event) {
        let broken = event.is_error();
        self.ending |= event.is_read_closed() || broken;
        self.readable |= event.is_readable() || self.ending;
        self.writable |= event.is_writable() || broken;
        self.doubtful |= broken;
    }

    /// Tells the poller what is wanted, if that changed.
    pub(super) fn arm(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let connecting = self.connecting.is_some();
        let Some(socket) = &mut self.socket else { return Ok(()) };
        let wanted =
            if self.blocked || connecting { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        match self.armed {
            // What is no longer of use costs nothing, and to take it back would cost a system call.
            Some(armed) if armed == wanted || armed.is_writable() => return Ok(()),
            Some(_) => registry.reregister(socket.source(), token, wanted)?,
            None => registry.register(socket.source(), token, wanted)?,
        }
        self.armed = Some(wanted);
        Ok(())
    }

    /// Sends what lies in the `spans` of `buffer`, and `data` behind it, or as much as is taken at once; the rest waits.
    /// How much was sent.
    pub(super) fn write(&mut self, buffer: &[u8], spans: &[Range<usize>], data: &[u8]) -> usize {
        let mut sent = 0;
        let pieces = spans.iter().filter_map(|span| buffer.get(span.clone())).chain([data]);
        if let (Some(socket), true, None) = (&mut self.socket, self.queue.is_empty(), self.connecting) {
            match super::write::pieces(socket, pieces.clone(), &mut self.writable) {
                Ok(count) => sent = count,
                Err(error) => {
                    self.break_off(error.kind());
                    return 0;
                }
            }
        }
        if matches!(self.news, Some(News::Broken(_))) {
            return sent;
        }
        let mut skip = sent;
        for piece in pieces {
            let rest = &piece[skip.min(piece.len())..];
            skip -= piece.len() - rest.len();
            if !rest.is_empty() {
                self.queue.push_exactly(rest);
                self.blocked |= self.connecting.is_none();
            }
        }
        sent
    }

    /// Closes our direction once everything has been sent.
    pub(super) fn shut(&mut self, now: Instant) {
        if self.shutting == Shutting::No {
            self.shutting = Shutting::Wanted;
            self.send(now);
        }
    }

    /// Ends it now, by a reset. Nothing more is told of it.
    pub(super) fn abort(&mut self) {
        if let Some(socket) = self.socket.take() {
            let _ = socket.reset_on_close(); // without it the end would look like a clean one, which is all that is lost
        }
        self.connecting = None;
        self.news = None;
        self.ended = true;
        self.readable = false;
        self.writable = false;
        self.queue = Outbox::default();
    }

    /// Whether the peer must not be read, as too much waits here.
    pub(super) fn chokes(&mut self) -> bool {
        match self.queue.len() {
            HIGH_WATER.. => self.choked = true,
            ..=LOW_WATER => self.choked = false,
            _ => {}
        }
        self.choked
    }

    /// Finds out whether it is open, and sends what waits. How much was sent.
    pub(super) fn send(&mut self, now: Instant) -> usize {
        if !self.writable {
            return 0;
        }
        if self.connecting.is_some() && !self.connected(now) {
            return 0;
        }
        let Some(socket) = &mut self.socket else { return 0 };
        let result = super::write::all(socket, &mut self.queue, &mut self.writable);
        self.blocked |= !self.queue.is_empty();
        match result {
            Ok(sent) => {
                if self.queue.is_empty() {
                    if sent > 0 {
                        self.queue = Outbox::default();
                    }
                    if self.shutting == Shutting::Wanted {
                        self.shutting = Shutting::Done;
                        let _ = socket.shutdown(Shutdown::Write); // it may be gone: reading will tell
                    }
                }
                sent
            }
            Err(error) => {
                self.break_off(error.kind());
                0
            }
        }
    }

    /// Whether the connection that was begun stands.
    fn connected(&mut self, now: Instant) -> bool {
        let Some(socket) = &self.socket else { return false };
        // A socket that can be written to and has no fault is connected; only one with a fault is asked.
        let state = if std::mem::take(&mut self.doubtful) { socket.state() } else { Ok(true) };
        match state {
            Ok(true) => {
                self.connecting = None;
                self.told.fault = None;
                self.told.connected = Some(now.saturating_duration_since(self.dialled));
                self.news = Some(News::Connected);
                true
            }
            Ok(false) => {
                self.writable = false;
                false
            }
            Err(error) => {
                self.fail(DialFault::Io(error.kind()));
                false
            }
        }
    }

    fn fail(&mut self, fault: DialFault) {
        self.socket = None;
        self.connecting = None;
        self.writable = false;
        self.readable = false;
        self.told.fault = Some(fault);
        self.news = Some(News::Failed(fault));
    }

    pub(super) const fn may_be_read(&self) -> bool {
        self.readable && self.connecting.is_none() && !self.ended
    }

    /// Reads once into `buffer`. How much was read; at the end and on a fault there is news.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let Some(socket) = &mut self.socket else {
            self.readable = false;
            return 0;
        };
        match socket.read(buffer) {
            Ok(0) => {
                self.readable = false;
                self.ended = true;
                self.news = Some(News::Ended);
                0
            }
            Ok(count) => {
                self.readable = count == buffer.len() || self.ending;
                count
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                0
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => {
                self.break_off(error.kind());
                0
            }
        }
    }

    pub(super) fn break_off(&mut self, error: io::ErrorKind) {
        if self.connecting.is_some() {
            return self.fail(DialFault::Io(error));
        }
        self.socket = None;
        self.readable = false;
        self.writable = false;
        self.ended = true;
        self.queue = Outbox::default();
        self.news = Some(News::Broken(error));
    }
}

impl Socket {
    fn connect(target: &Target) -> io::Result<Self> {
        match target {
            Target::Tcp(address) => {
                let stream = TcpStream::connect(*address)?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            Target::Unix(path) => Ok(Self::Unix(UnixStream::connect(path)?)),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
        }
    }

    /// Whether a connection that was begun stands, is still under way, or failed.
    fn state(&self) -> io::Result<bool> {
        let (error, peer) = match self {
            Self::Tcp(stream) => (stream.take_error()?, stream.peer_addr().map(|_: SocketAddr| ())),
            Self::Unix(stream) => (stream.take_error()?, stream.peer_addr().map(|_| ())),
        };
        match (error, peer) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(true),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            (None, Err(error)) => Err(error),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        }
    }

    /// A Unix socket has no reset: one that is closed with unread bytes is as near as it comes.
    fn reset_on_close(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => SockRef::from(&stream.as_fd()).set_linger(Some(Duration::ZERO)),
            Self::Unix(_) => Ok(()),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write_vectored(pieces),
            Self::Unix(stream) => stream.write_vectored(pieces),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
