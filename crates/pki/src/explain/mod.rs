//! One set of rules that turns a verdict, a rustls error, an alert or a broken connection into who is at fault, one
//! sentence, and the line that would mend it.
//!
//! The client's report, the server's log line and `pki cert verify` all speak from here, so they cannot disagree.
//! Each sentence names the certificate, name, date or value of that very run, and no two failures share one.

mod alert;
mod connection;
mod handshake;
#[cfg(test)]
mod tests;
mod unready;
mod verdict;

use std::fmt;

use common::terminal::Exit;
use serde::Serialize;

pub use alert::{alert, alert_name, renegotiation_refused};
pub use connection::{Interruption, Stage, interruption, not_tls, truncated};
pub use handshake::handshake;
pub use unready::{Asked, Unready, unready};
pub use verdict::{reason, refusal, verdict};

use crate::verify::Side;

/// What went wrong, in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The exit code of the layer that failed.
    pub exit: Exit,
    /// Who can do something about it.
    pub fault: Fault,
    /// The fact: one sentence, without the full stop.
    pub sentence: String,
    /// A command or a setting that would mend it.
    pub mend: Option<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Who can do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The other side of the connection.
    Peer,
    /// This side: its settings, its trust, its certificate.
    Us,
    /// What lies between.
    Network,
    /// This machine: its clock, its random numbers, its name resolution.
    Environment,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "peer",
            Self::Us => "us",
            Self::Network => "network",
            Self::Environment => "environment",
        })
    }
}

/// What is known of the connection that failed.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// Which side we are.
    pub side: Side,
    /// What a person calls the peer: `localhost:8888`, `192.0.2.1:51234`.
    pub peer: String,
    /// The server's name that the client asked for (SNI, or what the certificate was checked against).
    pub name: Option<String>,
    /// The protocol versions that we allow: `TLS 1.2 and TLS 1.3`.
    pub versions: Option<String>,
    /// The application protocols that we offered.
    pub alpn: Vec<String>,
    /// Whether the peer asked for our certificate (as a client), or we for its (as a server).
    pub certificate_requested: bool,
    /// What our own certificate is called, where we showed one.
    pub own_certificate: Option<String>,
}

impl Circumstances {
    /// We are the client of `peer`, and nothing more is known.
    pub fn client(peer: impl Into<String>) -> Self {
        Self::of(Side::Client, peer.into())
    }

    /// We are the server of `peer`, and nothing more is known.
    pub fn server(peer: impl Into<String>) -> Self {
        Self::of(Side::Server, peer.into())
    }

    /// We are connected to nobody, and look at the certificate in `file`.
    pub fn offline(file: impl Into<String>) -> Self {
        Self::of(Side::Any, file.into())
    }

    fn of(side: Side, peer: String) -> Self {
        Self {
            side,
            peer,
            name: None,
            versions: None,
            alpn: Vec::new(),
            certificate_requested: false,
            own_certificate: None,
        }
    }

    /// What the other side is.
    fn them(&self) -> Side {
        match self.side {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
            Side::Any => Side::Any,
        }
    }

    fn is_client(&self) -> bool {
        self.side == Side::Client
    }

    fn versions(&self) -> &str {
        self.versions.as_deref().unwrap_or("TLS 1.2 and TLS 1.3")
    }

    /// What lets the versions of both sides meet.
    fn allow_versions(&self) -> String {
        match self.versions() {
            "TLS 1.2" => "allow TLS 1.3, too: leave --max-version away".to_owned(),
            "TLS 1.3" => "allow TLS 1.2, too: leave --min-version and --profile away".to_owned(),
            _ => format!("upgrade the {} to TLS 1.2 or later; nothing older is spoken here", self.them()),
        }
    }

    fn name_or_peer(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.peer)
    }
}

impl Explanation {
    fn new(exit: Exit, fault: Fault, sentence: impl Into<String>) -> Self {
        Self { exit, fault, sentence: sentence.into(), mend: None }
    }

    fn mend(mut self, line: impl Into<String>) -> Self {
        self.mend = Some(line.into());
        self
    }
}
