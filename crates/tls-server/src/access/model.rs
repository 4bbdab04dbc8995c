//! What the lines say.

use std::net::SocketAddr;
use std::time::Duration;

use common::facts::{Facts, Kind, group_name, suite_name, version_name};
use common::terminal::Exit;
use engine::observe::Side;
use engine::{Ended, Failed, How, Stage};
use pki::explain::{Explanation, Fault};
use serde::Serialize;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Noise, such as a port scan.
    Debug,
    /// What the server is for, and failures that are the client's own.
    Info,
    /// Something that somebody should look at.
    Warn,
    /// A fault of this server.
    Error,
}

impl Level {
    /// In capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// Why something ended that should have gone on, from the rules that the client's report speaks by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Who can do something about it.
    pub fault: Fault,
    /// The fact.
    pub reason: String,
    /// What would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// The exit code that a command would end with for the same reason.
    pub code: Exit,
}

impl From<Explanation> for Reason {
    fn from(explanation: Explanation) -> Self {
        let Explanation { exit, fault, sentence, mend } = explanation;
        Self { fault, reason: sentence, mend, code: exit }
    }
}

/// A connection that was open and has ended.
#[derive(Debug, Clone, Serialize)]
pub struct Connection {
    schema: &'static str,
    /// When it ended.
    pub time: String,
    /// How much it matters.
    pub level: Level,
    /// Its number, never used twice by one process.
    pub connection: u64,
    /// The client's address.
    pub peer: SocketAddr,
    /// The address that it connected to, as it was bound.
    pub listener: SocketAddr,
    /// The name that it asked for (SNI).
    pub server_name: Option<String>,
    /// `TLS 1.3`
    pub version: Option<String>,
    /// The cipher suite, as IANA spells it.
    pub suite: Option<String>,
    /// The key exchange group.
    pub group: Option<String>,
    /// Full or resumed.
    pub kind: Option<Kind>,
    /// The application protocol.
    pub alpn: Option<String>,
    /// Of plaintext.
    pub bytes_received: u64,
    /// Of plaintext.
    pub bytes_sent: u64,
    /// From the first byte of the ClientHello to the end of the handshake.
    pub handshake_ms: f64,
    /// From the accept to the end.
    pub duration_ms: f64,
    /// How it ended.
    pub ended: &'static str,
    /// Who closed it.
    pub closed_by: &'static str,
    /// Whether everything that was written went out.
    pub flushed: bool,
    /// Why, where it should have gone on.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// A connection that ended before its handshake was done.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    schema: &'static str,
    /// When it ended.
    pub time: String,
    /// How much it matters.
    pub level: Level,
    /// Its number, never used twice by one process.
    pub connection: u64,
    /// The client's address.
    pub peer: SocketAddr,
    /// The address that it connected to, as it was bound.
    pub listener: SocketAddr,
    /// The name that it asked for (SNI), if that was reached.
    pub server_name: Option<String>,
    /// How far it came.
    pub stage: &'static str,
    /// Of TLS.
    pub bytes_received: u64,
    /// From the accept to the end.
    pub duration_ms: f64,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
}

/// Something about the server as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    schema: &'static str,
    /// When.
    pub time: String,
    /// How much it matters.
    pub level: Level,
    /// What happened, in one word.
    pub event: &'static str,
    /// What happened, in a sentence.
    pub message: String,
}

impl Connection {
    pub(super) fn new(time: String, level: Level, ended: &Ended<'_>, reason: Option<Reason>) -> Self {
        let Facts { version, suite, group, alpn, kind, server_name, handshake, .. } = ended.facts;
        Self {
            schema: "latchkey.connection/1",
            time,
            level,
            connection: ended.peer.id,
            peer: ended.peer.address,
            listener: ended.peer.listener,
            server_name: server_name.clone(),
            version: version.map(version_name),
            suite: suite.map(suite_name),
            group: group.map(group_name),
            kind: *kind,
            alpn: alpn.as_ref().map(|name| name.escape_ascii().to_string()),
            bytes_received: ended.received,
            bytes_sent: ended.sent,
            handshake_ms: milliseconds(*handshake),
            duration_ms: milliseconds(ended.lasted),
            ended: how(ended.how),
            closed_by: match ended.how.by() {
                Side::Peer => "peer",
                Side::Us => "us",
            },
            flushed: ended.flushed,
            reason,
        }
    }
}

impl Failure {
    pub(super) fn new(time: String, level: Level, failed: &Failed<'_>, reason: Reason) -> Self {
        Self {
            schema: "latchkey.failed_handshake/1",
            time,
            level,
            connection: failed.peer.id,
            peer: failed.peer.address,
            listener: failed.peer.listener,
            server_name: failed.server_name.map(str::to_owned),
            stage: match failed.stage {
                Stage::Hello => "hello",
                Stage::Handshake => "handshake",
            },
            bytes_received: failed.received,
            duration_ms: milliseconds(failed.lasted),
            reason,
        }
    }
}

impl Notice {
    pub(super) fn new(time: String, level: Level, event: &'static str, message: String) -> Self {
        Self { schema: "latchkey.notice/1", time, level, event, message }
    }
}

/// The word of the log for how an open connection ended.
fn how(how: &How) -> &'static str {
    match how {
        How::PeerClosed => "peer_closed",
        How::ServiceClosed => "service_closed",
        How::CutOff => "cut_off",
        How::Idle => "idle",
        How::Tls(rustls::Error::AlertReceived(_)) => "alert",
        How::Tls(_) => "tls_error",
        How::Broken(_) => "broken",
        How::Stopped => "stopped",
        How::Panicked => "panicked",
        _ => "other",
    }
}

/// With three digits behind the point: a microsecond is the finest that means anything here.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
