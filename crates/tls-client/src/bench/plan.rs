//! What a load does.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use serde::Serialize;

/// What an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A visit: connect, a full handshake, perhaps some words, close.
    Handshakes,
    /// The same with a session that is resumed.
    Resumed,
    /// A transfer from the server, over HTTP/1.1.
    Download,
    /// A transfer to the server, over HTTP/1.1.
    Upload,
    /// A request and its response on a connection that is kept.
    Latency,
    /// A connection that is held and says nothing.
    Idle,
    /// A connection that sends the beginning of a ClientHello and nothing more.
    HalfOpen,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// As much as there is in this time.
    For(Duration),
    /// So many operations.
    Count(u64),
}

/// What a visit waits for before it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// So many bytes of the server.
    Bytes(u64),
    /// The server's end.
    Close,
}

/// A load.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server.
    pub address: SocketAddr,
    /// Its name, for SNI and its certificate.
    pub server_name: ServerName<'static>,
    /// What an HTTP request says in `Host`.
    pub host: String,
    /// What an operation is.
    pub mode: Mode,
    /// How much of it.
    pub amount: Amount,
    /// Operations before those that are measured, all threads together.
    pub warmup: u64,
    /// Connections at once, all threads together.
    pub connections: usize,
    /// Threads; never more than connections.
    pub threads: usize,
    /// Operations that are due in a second, all threads together: an open loop, in which the time of an operation
    /// begins when it is due, whether or not there is a connection for it. None is a closed loop.
    pub rate: Option<f64>,
    /// What a visit says.
    pub send: Vec<u8>,
    /// What it waits for.
    pub expect: Expect,
    /// Bytes of a request and of its response, or of a transfer to the server.
    pub size: u64,
    /// The path of HTTP requests; for [`Mode::Latency`] none is an echo.
    pub http: Option<String>,
    /// How long [`Mode::Idle`] and [`Mode::HalfOpen`] hold.
    pub hold: Duration,
    /// Visits one after the other, before and beside what [`Mode::Idle`] and [`Mode::HalfOpen`] hold.
    pub newcomers: usize,
    /// The server's process, whose processor time and memory are looked at, with its children's.
    pub pid: Option<u32>,
    /// How long connecting, and a handshake, and an answer may take.
    pub limit: Duration,
}

impl Mode {
    /// Whether an operation leaves its connection to the next.
    pub const fn keeps_connections(self) -> bool {
        matches!(self, Self::Latency | Self::Download | Self::Upload)
    }

    /// Whether it is the bytes that count.
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::Download | Self::Upload)
    }
}

impl Plan {
    pub(super) fn expects_the_end(&self) -> bool {
        self.expect == Expect::Close && !self.mode.keeps_connections()
    }
}
