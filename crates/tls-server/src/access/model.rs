//! What the lines say.

use std::net::SocketAddr;
use std::time::Duration;

use common::facts::{ClientIdentity, Facts, Kind, group_name, signature_name, suite_name, version_name};
use common::terminal::Exit;
use engine::observe::sets::{ClosedSet, Ending};
use engine::observe::{self, Side};
use engine::{Backed, Ended, Failed, Stage};
use pki::explain::{Explanation, Fault};
use serde::Serialize;

/// Names of one kind that a line has room for.
const MOST_NAMES: usize = 10;

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
    /// The proxy that it came through, where a PROXY header spoke for it.
    pub via: Option<SocketAddr>,
    /// The address that it connected to, as it was bound.
    pub listener: SocketAddr,
    /// The name that it asked for (SNI).
    pub server_name: Option<String>,
    /// Who it is, by the certificate that it showed.
    pub client: Option<Client>,
    /// The fingerprint of its ClientHello, where that is taken.
    pub ja4: Option<String>,
    /// `TLS 1.3`
    pub version: Option<String>,
    /// The cipher suite, as IANA spells it.
    pub suite: Option<String>,
    /// The key exchange group.
    pub group: Option<String>,
    /// The scheme of our signature; none in a resumed session.
    pub signature: Option<String>,
    /// Full or resumed.
    pub kind: Option<Kind>,
    /// The application protocol.
    pub alpn: Option<String>,
    /// Of plaintext.
    pub bytes_received: u64,
    /// Of plaintext.
    pub bytes_sent: u64,
    /// From the accept to the first byte of the ClientHello.
    pub hello_ms: f64,
    /// From the first byte of the ClientHello to the end of the handshake.
    pub handshake_ms: f64,
    /// From the end of the handshake to the end.
    pub open_ms: f64,
    /// From the accept to the end.
    pub duration_ms: f64,
    /// The plain side, where there was one.
    pub backend: Option<Backend>,
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

/// Who a client is.
#[derive(Debug, Clone, Serialize)]
pub struct Client {
    /// The subject of its certificate (RFC 4514).
    pub subject: String,
    /// Who issued that.
    pub issuer: String,
    /// DNS names, the first ten; so with the other names.
    pub dns: Vec<String>,
    /// URIs, SPIFFE's among them.
    pub uris: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// In hexadecimal.
    pub serial: String,
    /// SHA-256, in hexadecimal.
    pub fingerprint: String,
}

/// The plain side of a connection.
#[derive(Debug, Clone, Serialize)]
pub struct Backend {
    /// The last that was tried.
    pub target: String,
    /// How long it took to connect, where it did.
    pub connect_ms: Option<f64>,
    /// How many were tried.
    pub tries: u32,
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
    /// The proxy that it came through, where a PROXY header spoke for it.
    pub via: Option<SocketAddr>,
    /// The address that it connected to, as it was bound.
    pub listener: SocketAddr,
    /// The name that it asked for (SNI), if that was reached.
    pub server_name: Option<String>,
    /// How far it came.
    pub stage: &'static str,
    /// The word by which it is counted.
    pub cause: &'static str,
    /// Of TLS.
    pub bytes_received: u64,
    /// From the accept to the first byte, if one came.
    pub hello_ms: Option<f64>,
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
        let Facts { version, suite, group, signature, alpn, kind, server_name, handshake, ja4, client } = ended.facts;
        let waited = ended.greeted.unwrap_or_default();
        Self {
            schema: "latchkey.connection/1",
            time,
            level,
            connection: ended.peer.id,
            peer: ended.peer.address,
            via: ended.peer.via,
            listener: ended.peer.listener,
            server_name: server_name.clone(),
            client: client.as_deref().map(Into::into),
            ja4: ja4.clone(),
            version: version.map(version_name),
            suite: suite.map(suite_name),
            group: group.map(group_name),
            signature: signature.map(signature_name),
            kind: *kind,
            alpn: alpn.as_ref().map(|name| name.escape_ascii().to_string()),
            bytes_received: ended.received,
            bytes_sent: ended.sent,
            hello_ms: milliseconds(waited),
            handshake_ms: milliseconds(*handshake),
            open_ms: milliseconds(ended.lasted.saturating_sub(waited + *handshake)),
            duration_ms: milliseconds(ended.lasted),
            backend: ended.backend.map(Into::into),
            ended: Ending::from(ended.how).name(),
            closed_by: match ended.how.by() {
                Side::Peer => "peer",
                Side::Us => "us",
            },
            flushed: ended.flushed,
            reason,
        }
    }
}

impl From<&ClientIdentity> for Client {
    fn from(client: &ClientIdentity) -> Self {
        let some = |names: &[String]| names.iter().take(MOST_NAMES).cloned().collect();
        Self {
            subject: client.subject.clone(),
            issuer: client.issuer.clone(),
            dns: some(&client.dns),
            uris: some(&client.uris),
            emails: some(&client.emails),
            serial: client.serial.clone(),
            fingerprint: client.fingerprint.clone(),
        }
    }
}

impl From<&Backed> for Backend {
    fn from(backed: &Backed) -> Self {
        let connect_ms = backed.connected.map(milliseconds);
        Self { target: backed.target.to_string(), connect_ms, tries: backed.tries }
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
            via: failed.peer.via,
            listener: failed.peer.listener,
            server_name: failed.server_name.map(str::to_owned),
            stage: match failed.stage {
                Stage::Hello => "hello",
                Stage::Handshake => "handshake",
            },
            cause: observe::Reason::of(failed).name(),
            bytes_received: failed.received,
            hello_ms: failed.greeted.map(milliseconds),
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

/// With three digits behind the point: a microsecond is the finest that means anything here.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
