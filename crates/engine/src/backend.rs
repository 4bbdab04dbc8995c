//! The plain side of a connection: what a service may open, and what it is told of it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Where a plain side is opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(Arc<Path>),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A wish to open the plain side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Where.
    pub to: Target,
    /// How long that may take.
    pub deadline: Duration,
}

/// What happened on the plain side.
#[derive(Debug)]
pub enum BackendEvent<'a> {
    /// It is open.
    Connected,
    /// It could not be opened. Another may be [dialled](crate::Out::dial); what was written for it has not left, and
    /// goes to that one.
    Failed(DialFault),
    /// It sent this; never empty.
    Data(&'a [u8]),
    /// It sends no more; it may still be written to.
    End,
    /// It broke; nothing more can be sent or received.
    Broken(io::ErrorKind),
}

/// Why a plain side could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialFault {
    /// The system said so.
    Io(io::ErrorKind),
    /// There was no answer in time.
    Deadline,
}

impl fmt::Display for DialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(kind) => kind.fmt(f),
            Self::Deadline => f.write_str("no answer in time"),
        }
    }
}

/// What there is to tell of a connection's plain side at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backed {
    /// The last that was dialled.
    pub target: Target,
    /// How long it took to connect, where it did.
    pub connected: Option<Duration>,
    /// Why it was not reached, where it was not.
    pub fault: Option<DialFault>,
    /// How many were dialled.
    pub tries: u32,
}
