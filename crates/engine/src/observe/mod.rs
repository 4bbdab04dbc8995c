//! What can be seen of the engine: events for whoever writes the log, and counters.

pub(crate) mod counters;
pub mod lines;
pub(crate) mod listeners;
pub mod names;
mod reason;
pub mod sets;
mod totals;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use common::facts::Facts;
use rustls::AlertDescription;
use wire::Speaks;

use self::counters::Counters;
pub use self::listeners::ListenerTotals;
pub use self::reason::{AtFault, Reason};
use self::sets::Bound;
pub use self::totals::{Distribution, Handshakes, Tally, Totals};
use crate::backend::Backed;
use crate::inforce::Detail;
use crate::service::Peer;
use crate::session::proxy_header::Malformed;

/// Told what happens to connections, by the worker that owns them. Must not block: lines go through
/// [`lines::Lines`].
///
/// Each connection that is accepted ends with exactly one of [`failed`](Self::failed) and [`ended`](Self::ended).
pub trait Observer {
    /// A handshake is done.
    fn opened(&mut self, peer: &Peer, facts: &Facts) {
        let _ = (peer, facts);
    }

    /// A connection ended before its handshake was done.
    fn failed(&mut self, failed: &Failed<'_>) {
        let _ = failed;
    }

    /// A connection that was open has ended.
    fn ended(&mut self, ended: &Ended<'_>) {
        let _ = ended;
    }

    /// Something went wrong on our side.
    fn trouble(&mut self, trouble: &Trouble) {
        let _ = trouble;
    }

    /// The worker has done what there was to do: the moment to hand lines on.
    fn turn_ended(&mut self) {}
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// A connection that ended before its handshake was done.
#[derive(Debug)]
pub struct Failed<'a> {
    /// Who it was.
    pub peer: Peer,
    /// The name that was asked for, if that was reached.
    pub server_name: Option<&'a str>,
    /// How far it came.
    pub stage: Stage,
    /// Why.
    pub cause: &'a Cause,
    /// What else there is to know, from [`Configs::detail`](crate::Configs::detail) or
    /// [`Configs::admit`](crate::Configs::admit).
    pub detail: Option<&'a Detail>,
    /// Bytes received; none is what a port scan or a health check leaves.
    pub received: u64,
    /// From the accept to the first byte, if one came.
    pub greeted: Option<Duration>,
    /// From the accept to the end.
    pub lasted: Duration,
}

/// How far a failed handshake came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The ClientHello was not there, or not readable.
    Hello,
    /// After the ClientHello.
    Handshake,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello => "hello",
            Self::Handshake => "handshake",
        })
    }
}

/// Why a handshake failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Cause {
    /// rustls refused it, or the peer sent an alert (`rustls::Error::AlertReceived`).
    Tls(rustls::Error),
    /// The peer speaks something else.
    NotTls(Speaks),
    /// There is no configuration for what the client asked for, and it was sent this alert.
    Refused(AlertDescription),
    /// The handshake was done, and the client is not let in.
    Denied,
    /// More had to be held for it than the listener may hold.
    Memory,
    /// A PROXY header had to come first, and what came is none; where it began as one, what is wrong with it.
    ProxyHeader(Option<Malformed>),
    /// The deadline passed.
    Deadline,
    /// The peer closed the TCP connection.
    Closed,
    /// The TCP connection broke.
    Broken(io::ErrorKind),
    /// The server is stopping.
    Stopped,
    /// A fault of ours: the code panicked.
    Panicked,
}

/// A connection that was open.
#[derive(Debug)]
pub struct Ended<'a> {
    /// Who it was.
    pub peer: Peer,
    /// What was agreed on.
    pub facts: &'a Facts,
    /// How it ended.
    pub how: &'a How,
    /// Whether everything that was written went out.
    pub flushed: bool,
    /// Bytes of plaintext from the peer.
    pub received: u64,
    /// Bytes of plaintext to the peer.
    pub sent: u64,
    /// From the accept to the first byte.
    pub greeted: Option<Duration>,
    /// From the accept to the end.
    pub lasted: Duration,
    /// Its plain side, where it had one.
    pub backend: Option<&'a Backed>,
}

/// How an open connection ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum How {
    /// The peer sent close_notify.
    PeerClosed,
    /// The service closed it.
    ServiceClosed,
    /// The TCP stream ended without close_notify.
    CutOff,
    /// Nothing came or went until the deadline.
    Idle,
    /// rustls found a fault in what the peer sent, or the peer sent an alert (`rustls::Error::AlertReceived`).
    Tls(rustls::Error),
    /// The TCP connection broke.
    Broken(io::ErrorKind),
    /// The service ended it by a reset.
    Aborted,
    /// More had to be held for it than the listener may hold.
    Memory,
    /// The server is stopping.
    Stopped,
    /// A fault of ours: the service panicked.
    Panicked,
}

impl How {
    /// Who ended it.
    pub const fn by(&self) -> Side {
        match self {
            Self::PeerClosed | Self::CutOff | Self::Broken(_) | Self::Tls(_) => Side::Peer,
            Self::ServiceClosed | Self::Idle | Self::Aborted | Self::Memory | Self::Stopped | Self::Panicked => {
                Side::Us
            }
        }
    }
}

/// A side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The other one; a breach of the protocol counts as theirs.
    Peer,
    /// Ours.
    Us,
}

/// A fault on our side that is no connection's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The system would give no more connections (a full file table, no memory); accepting rests for a moment.
    Accept(io::ErrorKind, i32),
    /// The limit of connections is reached; newcomers wait in the kernel's queue.
    Full,
    /// A newcomer was closed at once, or a connection was ended, to stay within a bound.
    Shed(Shed),
}

/// Which bound made us end a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shed {
    /// [`Bounds::per_address`](crate::Bounds::per_address).
    PerAddress(IpAddr),
    /// [`Limits::memory`](crate::Limits::memory).
    Memory,
}

/// A worker's observer, with the counting done on the way.
pub(crate) struct Counted {
    counters: Arc<Counters>,
    observer: Box<dyn Observer>,
}

impl Counted {
    pub(crate) fn new(counters: Arc<Counters>, observer: Box<dyn Observer>) -> Self {
        Self { counters, observer }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Observer for Counted {
    fn opened(&mut self, peer: &Peer, facts: &Facts) {
        self.counters.opened(facts);
        self.observer.opened(peer, facts);
    }

    fn failed(&mut self, failed: &Failed<'_>) {
        self.counters.failed(failed);
        self.observer.failed(failed);
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        self.counters.ended(ended);
        self.observer.ended(ended);
    }

    fn trouble(&mut self, trouble: &Trouble) {
        match trouble {
            Trouble::Accept(..) => self.counters.accept_error(),
            Trouble::Full => self.counters.bounded(Bound::Connections),
            Trouble::Shed(Shed::PerAddress(_)) => self.counters.bounded(Bound::PerAddress),
            Trouble::Shed(Shed::Memory) => self.counters.bounded(Bound::Memory),
        }
        self.observer.trouble(trouble);
    }

    fn turn_ended(&mut self) {
        self.observer.turn_ended();
    }
}
