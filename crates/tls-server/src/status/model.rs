//! The facts as one document.

use engine::observe::sets::{ClosedSet, Phase};
use engine::observe::{Tally, Totals};
use jiff::Timestamp;
use serde::Serialize;

use super::{Backend, Certificate, Listener, Process, Rate, Readiness, Reload, Source, Unusable};

/// Certificates that are told one by one.
const MOST_CERTIFICATES: usize = 1_000;

/// What a server is doing. Only what is not zero is listed where there is a list.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    schema: &'static str,
    time: Timestamp,
    version: String,
    instance: Option<String>,
    pid: u32,
    started: Timestamp,
    uptime_s: i64,
    state: &'static str,
    not_ready: Vec<String>,
    rates: [Rate; 3],
    connections: Connections,
    listeners: Vec<ListenerLine>,
    handshakes: HandshakeCounts,
    failures: Vec<FailureCount>,
    endings: Vec<Count>,
    limits_reached: Vec<Count>,
    accept_errors: u64,
    bytes_received: u64,
    bytes_sent: u64,
    certificates: CertificateLines,
    backends: Vec<Backend>,
    reload: Reload,
    limits: LimitLines,
    log: Option<LogLine>,
    process: ProcessLine,
}

#[derive(Debug, Clone, Serialize)]
struct Connections {
    accepted: u64,
    held: u64,
    hello: u64,
    handshake: u64,
    open: u64,
    draining: u64,
}

#[derive(Debug, Clone, Serialize)]
struct ListenerLine {
    name: String,
    addresses: Vec<String>,
    accepted: u64,
    held: u64,
    refused: u64,
    max_connections: Option<usize>,
    handshake_timeout_ms: u64,
    idle_timeout_ms: u64,
}

#[derive(Debug, Clone, Serialize)]
struct HandshakeCounts {
    by_kind: Vec<KindCount>,
    by_suite: Vec<Count>,
    by_group: Vec<Count>,
    by_signature: Vec<Count>,
}

#[derive(Debug, Clone, Serialize)]
struct KindCount {
    version: &'static str,
    kind: &'static str,
    count: u64,
}

#[derive(Debug, Clone, Serialize)]
struct FailureCount {
    reason: &'static str,
    fault: &'static str,
    count: u64,
}

#[derive(Debug, Clone, Serialize)]
struct Count {
    name: &'static str,
    count: u64,
}

#[derive(Debug, Clone, Serialize)]
struct CertificateLines {
    loaded: u64,
    waiting: u64,
    failed: u64,
    list: Vec<CertificateLine>,
    unusable: Vec<Unusable>,
}

#[derive(Debug, Clone, Serialize)]
struct CertificateLine {
    #[serde(flatten)]
    certificate: Certificate,
    days_left: i64,
    /// Of its whole life, between 0 and 1; unknown where its beginning is.
    life_left: Option<f64>,
    up_to_date: bool,
}

#[derive(Debug, Clone, Serialize)]
struct LimitLines {
    workers: usize,
    max_connections: usize,
    max_per_ip: Option<usize>,
    max_handshake_rate: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
struct LogLine {
    waiting_batches: u64,
    lost_lines: u64,
}

#[derive(Debug, Clone, Serialize)]
struct ProcessLine {
    resident_bytes: Option<u64>,
    descriptors: Option<u64>,
    max_descriptors: Option<u64>,
}

impl Status {
    /// Asks for everything. `totals` are those that the rates were made with.
    pub fn now(source: &dyn Source, totals: &Totals, rates: [Rate; 3], process: Process, time: Timestamp) -> Self {
        let about = source.about();
        let (state, not_ready) = match source.readiness() {
            Readiness::Ready => ("serving", Vec::new()),
            Readiness::Draining => ("draining", Vec::new()),
            Readiness::NotReady(reasons) => ("not_ready", reasons),
        };
        let bounds = source.bounds();
        Self {
            schema: "latchkey.status/1",
            time,
            version: about.version.clone(),
            instance: about.instance.clone(),
            pid: std::process::id(),
            started: about.started,
            uptime_s: time.as_second() - about.started.as_second(),
            state,
            not_ready,
            rates,
            connections: connections(totals),
            listeners: source.listeners().into_iter().map(Into::into).collect(),
            handshakes: handshakes(totals),
            failures: failures(totals),
            endings: counts(&totals.endings),
            limits_reached: counts(&totals.bounded),
            accept_errors: totals.accept_errors,
            bytes_received: totals.received,
            bytes_sent: totals.sent,
            certificates: certificates(source, time),
            backends: source.backends(),
            reload: source.reload(),
            limits: LimitLines {
                workers: about.workers,
                max_connections: bounds.connections,
                max_per_ip: bounds.per_address.map(Into::into),
                max_handshake_rate: bounds.handshake_rate.map(Into::into),
            },
            log: source.log().map(|queue| LogLine { waiting_batches: queue.waiting(), lost_lines: queue.lost() }),
            process: ProcessLine {
                resident_bytes: process.resident_bytes,
                descriptors: process.descriptors,
                max_descriptors: process.most_descriptors,
            },
        }
    }
}

fn connections(totals: &Totals) -> Connections {
    let Totals { accepted, connections: held, phases, .. } = totals;
    Connections {
        accepted: *accepted,
        held: *held,
        hello: phases.of(Phase::Hello),
        handshake: phases.of(Phase::Handshake),
        open: phases.of(Phase::Open),
        draining: phases.of(Phase::Draining),
    }
}

fn handshakes(totals: &Totals) -> HandshakeCounts {
    let of_kind = totals.handshakes.kinds().into_iter().flat_map(|(kind, versions)| {
        let counted: Vec<_> = versions.iter().filter(|(_, count)| *count > 0).collect();
        counted.into_iter().map(move |(version, count)| KindCount { version: version.name(), kind: kind.name(), count })
    });
    HandshakeCounts {
        by_kind: of_kind.collect(),
        by_suite: counts(&totals.suites),
        by_group: counts(&totals.groups),
        by_signature: counts(&totals.signatures),
    }
}

fn failures(totals: &Totals) -> Vec<FailureCount> {
    let line = |(reason, count): (engine::observe::Reason, u64)| FailureCount {
        reason: reason.name(),
        fault: reason.at_fault().name(),
        count,
    };
    totals.failures.iter().filter(|(_, count)| *count > 0).map(line).collect()
}

/// What has been counted at all.
fn counts<S: ClosedSet, const N: usize>(tally: &Tally<S, N>) -> Vec<Count> {
    let counted = tally.iter().filter(|(_, count)| *count > 0);
    counted.map(|(member, count)| Count { name: member.name(), count }).collect()
}

fn certificates(source: &dyn Source, time: Timestamp) -> CertificateLines {
    let certificates = source.certificates(MOST_CERTIFICATES);
    CertificateLines {
        loaded: certificates.loaded,
        waiting: certificates.waiting,
        failed: certificates.failed,
        unusable: certificates.unusable,
        list: certificates.list.into_iter().map(|certificate| CertificateLine::new(certificate, time)).collect(),
    }
}

impl CertificateLine {
    fn new(certificate: Certificate, time: Timestamp) -> Self {
        const DAY: i64 = 24 * 60 * 60;
        let left = certificate.not_after.as_second() - time.as_second();
        let life_left = certificate.not_before.and_then(|not_before| {
            let whole = certificate.not_after.as_second() - not_before.as_second();
            let part = left as f64 / whole as f64;
            (whole > 0).then(|| (part.clamp(0.0, 1.0) * 1e3).round() / 1e3)
        });
        let up_to_date = certificate.on_disk.as_ref() == Some(&certificate.served);
        Self { days_left: left.div_euclid(DAY), life_left, up_to_date, certificate }
    }
}

impl From<Listener> for ListenerLine {
    fn from(listener: Listener) -> Self {
        let Listener { name, addresses, limits, totals } = listener;
        let milliseconds = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self {
            name: name.to_string(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            accepted: totals.as_ref().map_or(0, |totals| totals.accepted),
            held: totals.as_ref().map_or(0, |totals| totals.connections),
            refused: totals.as_ref().map_or(0, |totals| totals.refused),
            max_connections: limits.connections.map(Into::into),
            handshake_timeout_ms: milliseconds(limits.handshake),
            idle_timeout_ms: milliseconds(limits.idle),
        }
    }
}
