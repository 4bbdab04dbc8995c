//! What clients do, and what they offer: the same whoever does it.

use std::time::Duration;

use super::site::Certificate;

/// What clients do.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// Connecting, the handshake, a byte there and back, closing, one after the other.
    Visits { warmup: usize, count: usize },
    /// So many visits a second, each timed from when it was due.
    VisitsAt { rate: u32, warmup: usize, count: usize },
    /// Visits that ask something and read until the server closes.
    Requests { request: &'static str, warmup: usize, count: usize },
    /// 64 bytes there and back on kept connections.
    Exchanges { connections: usize, warmup: usize, count: usize },
    /// `GET` of so many bytes again and again.
    Download { bytes: usize, time: Duration },
    /// `POST` of so many bytes again and again.
    Upload { bytes: usize, time: Duration },
    /// Connections that have exchanged a byte and are silent.
    Idle { connections: usize },
}

/// What they offer and trust.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) suites: &'static str,
    pub(super) groups: &'static str,
    /// Whether sessions are resumed.
    pub(super) resumed: bool,
    /// The file of what is trusted.
    pub(super) anchor: String,
    /// The name that is asked for.
    pub(super) name: String,
}

impl Offer {
    /// For `localhost`, full handshakes.
    pub(super) fn new(suites: &'static str, groups: &'static str, certificate: Certificate) -> Self {
        Self { suites, groups, resumed: false, anchor: certificate.chain(), name: "localhost".to_owned() }
    }

    /// As arguments of `tls-client bench`.
    pub(super) fn arguments(&self) -> Vec<String> {
        let Self { suites, groups, anchor, name, .. } = self;
        ["--ciphers", suites, "--groups", groups, "--ca", anchor, "--server-name", name].map(str::to_owned).to_vec()
    }
}

impl Errand {
    /// As arguments of `tls-client bench`.
    pub(super) fn arguments(&self, resumed: bool) -> Vec<String> {
        let visits = if resumed { "--mode resumed" } else { "--mode handshakes" };
        let line = match self {
            Self::Visits { warmup, count } => {
                format!("{visits} --warmup {warmup} --count {count} --send x --expect 1")
            }
            Self::VisitsAt { rate, warmup, count } => {
                format!("{visits} --warmup {warmup} --count {count} --rate {rate} --send x --expect 1")
            }
            Self::Requests { warmup, count, .. } => {
                format!("{visits} --warmup {warmup} --count {count} --expect close")
            }
            Self::Exchanges { connections, warmup, count } => {
                format!("--mode latency --connections {connections} --size 64 --warmup {warmup} --count {count}")
            }
            Self::Download { bytes, time } => {
                format!("--mode download --http /bytes/{bytes} --duration {}ms", time.as_millis())
            }
            Self::Upload { bytes, time } => {
                format!("--mode upload --http / --size {bytes} --duration {}ms", time.as_millis())
            }
            Self::Idle { connections } => {
                format!("--mode idle --connections {connections} --send x --expect 1 --hold 1s")
            }
        };
        let mut arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if let Self::Requests { request, .. } = self {
            arguments.extend(["--send".to_owned(), (*request).to_owned()]);
        }
        arguments
    }
}
