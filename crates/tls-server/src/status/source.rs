//! What there is to know of a server, as plain values, and who is asked for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::observe::lines::Queue;
use engine::observe::{ListenerTotals, Totals};
use engine::{Bounds, Limits};
use jiff::Timestamp;
use serde::Serialize;

/// Whoever knows the server. Asked by the threads of the admin listener, never by a worker, so that an answer may
/// take a moment; but it must come, whatever the server is doing.
pub trait Source: Send + Sync {
    /// What does not change while the process lives.
    fn about(&self) -> &About;

    /// The counters.
    fn totals(&self) -> Totals;

    /// Every listener, in the order of the configuration.
    fn listeners(&self) -> Vec<Listener>;

    /// The bounds of the process.
    fn bounds(&self) -> Bounds;

    /// Whether every worker comes to the end of a turn within that time.
    fn answers(&self, within: Duration) -> bool;

    /// Whether newcomers are to be sent here.
    fn readiness(&self) -> Readiness;

    /// The certificates that are served, at most `most` of them; those that end first are told first.
    fn certificates(&self, most: usize) -> Certificates {
        let _ = most;
        Certificates::default()
    }

    /// The plain services behind `forward`.
    fn backends(&self) -> Vec<Backend> {
        Vec::new()
    }

    /// Which configuration is in force, and how the last attempt to change it went.
    fn reload(&self) -> Reload {
        Reload { generation: 1, last: None }
    }

    /// The queue of the log.
    fn log(&self) -> Option<Queue> {
        None
    }
}

/// What does not change while the process lives.
#[derive(Debug, Clone)]
pub struct About {
    /// The version of the program.
    pub version: String,
    /// The name that tells it from others on this machine.
    pub instance: Option<String>,
    /// When it started.
    pub started: Timestamp,
    /// How many workers serve.
    pub workers: usize,
}

/// A listener.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// Its bounds.
    pub limits: Limits,
    /// Its counters, where it has been counted.
    pub totals: Option<ListenerTotals>,
}

/// Whether newcomers are to be sent here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It serves.
    Ready,
    /// It goes on with what it has, and takes nothing new.
    Draining,
    /// It does not serve, for these reasons.
    NotReady(Vec<String>),
}

/// The identities that can be served.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    /// How many are loaded.
    pub loaded: u64,
    /// How many will be, when they are asked for.
    pub waiting: u64,
    /// How many could not be.
    pub failed: u64,
    /// Those that are loaded, or as many of them as were asked for.
    pub list: Vec<Certificate>,
    /// Those that could not be, likewise.
    pub unusable: Vec<Unusable>,
}

/// An identity that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unusable {
    /// The file or the name in the store.
    pub source: String,
    /// What is wrong.
    pub problem: String,
}

/// A certificate that is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The names that it is for.
    pub names: Vec<String>,
    /// Who issued it.
    pub issuer: String,
    /// In hexadecimal.
    pub serial: String,
    /// The key's algorithm.
    pub key: String,
    /// Its first second.
    pub not_before: Option<Timestamp>,
    /// Its last second.
    pub not_after: Timestamp,
    /// The file or the name in the store that it came from.
    pub source: String,
    /// SHA-256 of the certificate that is served, in hexadecimal.
    pub served: String,
    /// SHA-256 of the one that is there now; `None` where it cannot be read.
    pub on_disk: Option<String>,
    /// What is not as good as it could be.
    pub warnings: Vec<String>,
}

/// A plain service behind `forward`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backend {
    /// The listener whose connections go there.
    pub listener: String,
    /// As it is written in the configuration.
    pub target: String,
    /// Whether new connections go there; it rests after failures.
    pub up: bool,
    /// Connections that are open now.
    pub connections: u64,
    /// Connections opened since the start.
    pub connects: u64,
    /// Tries that failed since the start.
    pub failures: u64,
    /// What the last failure was.
    pub last_error: Option<String>,
}

/// Which configuration is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reload {
    /// Its number, from 1.
    pub generation: u64,
    /// The last attempt to change it.
    pub last: Option<LastReload>,
}

/// An attempt to change the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastReload {
    /// When.
    pub at: Timestamp,
    /// What asked for it.
    pub trigger: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What became different.
    pub difference: Vec<String>,
    /// Why the old one stays.
    pub problems: Vec<String>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A new configuration is in force.
    Changed,
    /// Nothing was different.
    Unchanged,
    /// The old one stays.
    Refused,
}
