//! Every bound, in one place.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// The bounds of the server as a whole that are a matter of policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Connections held at once, all workers together; each worker has an equal share. Beyond it no listening socket
    /// is read, and newcomers wait in the kernel's queue. Default: 20,000.
    pub connections: usize,
    /// Connections held at once by one address (of IPv6: one /64), all workers together. One more is closed as soon
    /// as it is accepted. Default: no bound of its own.
    pub per_address: Option<NonZeroUsize>,
    /// Connections accepted in a second, all workers together, with a burst of as many; each worker has an equal
    /// share. Beyond it newcomers wait in the kernel's queue. Default: no bound.
    pub handshake_rate: Option<NonZeroU32>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: 20_000, per_address: None, handshake_rate: None }
    }
}

/// The bounds of a listener and its connections that are a matter of policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections held at once by this listener, all workers together; each worker has an equal share. Beyond it
    /// the listening socket is not read, and newcomers wait in the kernel's queue. Default: no bound but the
    /// server's.
    pub connections: Option<NonZeroUsize>,
    /// Bytes held for all connections of this listener because a peer or a plain side does not take them or has sent
    /// half a message, all workers together; each worker has an equal share. A connection that would hold more is
    /// ended. Default: 1 GiB.
    pub memory: usize,
    /// From the connection's start to the end of its handshake. Default: 10 s.
    pub handshake: Duration,
    /// Without a byte in either direction. Default: 5 min.
    pub idle: Duration,
    /// For lingering at the end, and, where that is no orderly one, for what is left to be sent. Default: 3 s.
    pub close: Duration,
    /// Records of data that rustls protects of a TLS 1.3 connection, in both directions, before the engine does it
    /// itself where the configuration lets it: to take over costs something, and few connections have many. Default: 16.
    pub rustls_records: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            memory: 1 << 30,
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(300),
            close: Duration::from_secs(3),
            rustls_records: 16,
        }
    }
}

/// A worker's buffer, which is lent to each connection as it is read: the most that one read takes. Reads of 16 KiB
/// cost a fifth more per byte.
pub(crate) const READ_BUFFER: usize = 256 * 1024;

/// Read from one connection in a turn before the others have theirs.
pub(crate) const READ_BUDGET: usize = 1024 * 1024;

/// Accepted from one listener in a turn.
pub(crate) const ACCEPT_BUDGET: usize = 64;

/// Events taken from the poll at once.
pub(crate) const EVENTS: usize = 1024;

/// The listening sockets' queue.
pub(crate) const BACKLOG: i32 = 4096;

/// Letters of other threads that a worker holds.
pub(crate) const INBOX: usize = 4096;

/// How long a listener rests after the system ran out of something.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Unsent bytes above which a connection is not read. What one read brings may be answered on top of it, so that the
/// most a connection holds is this, [`READ_BUFFER`] and the records' overhead.
pub(crate) const HIGH_WATER: usize = 64 * 1024;

/// The same where the peer's data goes to a plain side and what is sent comes from there: neither direction stops the
/// other, up to this. Only what TLS itself has to answer (a KeyUpdate for each of the peer's) can reach it.
pub(crate) const HIGHEST_WATER: usize = 512 * 1024;

/// Unsent bytes at or below which it is read again.
pub(crate) const LOW_WATER: usize = 16 * 1024;

/// Received bytes kept while a message is incomplete: a handshake message of the greatest length that rustls takes
/// and a record. After the handshake rustls leaves less than a record.
pub(crate) const KEPT: usize = 64 * 1024 + 18 * 1024;

/// Read and thrown away after our side is closed, so that no reset overtakes the last bytes.
pub(crate) const LINGER_BYTES: usize = 256 * 1024;

/// The grain of deadlines.
pub(crate) const TICK: Duration = Duration::from_millis(32);
