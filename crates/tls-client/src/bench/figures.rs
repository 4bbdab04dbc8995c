//! What a run showed: `latchkey.bench/1`.

use std::collections::BTreeMap;

use common::terminal::Exit;
use serde::Serialize;

use super::histogram::Histogram;
use super::plan::Mode;

/// All of it. Counts, rates and processor times are of the measured span, without the warm-up.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// `latchkey.bench/1`.
    pub schema: &'static str,
    /// Whom.
    pub target: String,
    /// What.
    pub mode: Mode,
    /// Whether the figures are to be believed.
    pub valid: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_invalid: Option<String>,
    /// How long the measured span was.
    pub seconds: f64,
    /// Operations that came to their end, and transfers that were under way at the end.
    pub operations: u64,
    /// Those that did not, by what was wrong.
    pub failed: BTreeMap<String, u64>,
    /// Operations in a second.
    pub rate: f64,
    /// Of content, in transfers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The same in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<f64>,
    /// What was agreed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshakes>,
    /// How long operations and their parts took, in microseconds.
    pub latency_us: Latencies,
    /// Newcomers without and beside what was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newcomers: Option<Newcomers>,
    /// Half-open connections that the server ended, and when the last of them, in seconds from when the first was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by_server: Option<(u64, f64)>,
    /// What the load took itself.
    pub client: ClientSide,
    /// What the server took, where its process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerSide>,
    /// The load as it was.
    pub parameters: Parameters,
    /// How the process ends.
    pub exit_code: Exit,
    /// Times of whole operations, for a plot.
    #[serde(skip)]
    pub histogram: Histogram,
}

/// What the first handshake agreed on, and how many there were of each kind.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Handshakes {
    /// The version.
    pub version: Option<String>,
    /// The suite.
    pub suite: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// The kind of the first that was measured.
    pub kind: Option<String>,
    /// How many of each kind.
    pub kinds: BTreeMap<String, u64>,
}

/// Microseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Latencies {
    /// A whole operation; in an open loop from when it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Latency>,
    /// Connecting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Latency>,
    /// From connected to the end of the handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Latency>,
}

/// Microseconds.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "they are what they are called")]
pub struct Latency {
    pub count: u64,
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// Visits one after the other, in microseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Newcomers {
    /// Without anything held.
    pub alone: Option<Latency>,
    /// Beside what was held.
    pub beside: Option<Latency>,
    /// How many were answered beside it, and how many there were.
    pub answered: (u64, u64),
}

/// The load's own processor time.
#[derive(Debug, Clone, Serialize)]
pub struct ClientSide {
    /// All threads together.
    pub cpu_seconds: f64,
    /// For each operation.
    pub cpu_us_per_operation: Option<f64>,
    /// Threads.
    pub threads: usize,
    /// The part of a core that the busiest thread used.
    pub busiest_thread_share: f64,
}

/// The server's processor time and memory, its children included.
#[derive(Debug, Clone, Serialize)]
pub struct ServerSide {
    /// User and system.
    pub cpu_seconds: f64,
    /// For each operation.
    pub cpu_us_per_operation: Option<f64>,
    /// For each byte of content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ns_per_byte: Option<f64>,
    /// Bytes (PSS) before the first connection.
    pub pss_before: u64,
    /// While the connections were there.
    pub pss_held: u64,
    /// After they were gone.
    pub pss_after: u64,
    /// What each connection added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pss_per_connection: Option<f64>,
}

/// The load.
#[derive(Debug, Clone, Serialize)]
pub struct Parameters {
    pub connections: usize,
    pub threads: usize,
    pub rate: Option<f64>,
    pub warmup: u64,
    pub duration_seconds: Option<f64>,
    pub count: Option<u64>,
    pub size: u64,
    pub http: Option<String>,
}
