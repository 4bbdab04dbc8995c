//! The report as a value. Its JSON is `latchkey.report/1`, and the text is rendered from the same value.

use std::time::Duration;

use common::facts::{Facts, Kind, group_name, is_post_quantum, signature_name, suite_name, version_name};
use common::terminal::Exit;
use jiff::Timestamp;
use pki::certificate::Name;
use pki::explain::{Explanation, Fault};
use rustls::ProtocolVersion;
use rustls::pki_types::ServerName;
use serde::Serialize;

use super::certificate::{Life, Shown};
use super::explain::{findings, system_words, trusted_sentence};
use crate::conversation::{End, Exchange};
use crate::observation::{Client, Handshake, Observation};
use crate::preamble::StartTls;
use crate::recorder::OnRefusal;

/// Everything about one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub(super) schema: &'static str,
    /// Whom it was meant for.
    pub peer: Peer,
    /// Whether all is well, and why not.
    pub verdict: Verdict,
    /// Everything that went wrong, the lowest layer first.
    pub findings: Vec<Finding>,
    /// What is worth knowing though nothing failed.
    pub warnings: Vec<String>,
    /// The way there.
    pub address: Address,
    /// What was agreed; none where there was no connection.
    pub handshake: Option<HandshakeReport>,
    /// The server's request for a certificate of ours; none where it did not ask.
    pub client_certificate: Option<CertificateRequested>,
    /// What took how long.
    pub times: Times,
    /// The chain as the server sent it, its own certificate first.
    pub chain: Vec<Shown>,
    /// The path as it was verified; none where there is none.
    pub path: Option<Path>,
    /// What the command ends with.
    pub exit_code: Exit,
}

/// The peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// The name or address that was given.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name that the certificate was checked against.
    pub server_name: String,
    /// The name that was sent as SNI; none for an address.
    pub sni: Option<String>,
    /// The protocol in which TLS was asked for; none where it began at once.
    pub starttls: Option<&'static str>,
    /// The proxy that was to make the connection; none where it was made directly.
    pub proxy: Option<String>,
}

/// Whether all is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the certificate is trusted; none where none was seen.
    pub trusted: Option<bool>,
    /// One sentence: by whom it is trusted, or what failed first.
    pub sentence: String,
    /// The line that would mend it.
    pub mend: Option<String>,
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The exit code of its layer.
    pub exit_code: Exit,
    /// Who can do something about it.
    pub fault: Fault,
    /// What it is.
    pub sentence: String,
    /// What would mend it.
    pub mend: Option<String>,
}

/// The way to the peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The address that is connected.
    pub connected: Option<String>,
    /// Each that was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// One address that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The address and port.
    pub address: String,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// Why it failed; none where it did not.
    pub error: Option<String>,
}

/// What a handshake agreed on, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandshakeReport {
    /// Whether it came to its end.
    pub complete: bool,
    /// `TLS 1.3`.
    pub version: Option<String>,
    /// The suite's IANA name.
    pub suite: Option<String>,
    /// The key exchange group's IANA name.
    pub group: Option<String>,
    /// Whether the traffic stays secret when the server's key becomes known later.
    pub forward_secret: Option<bool>,
    /// Whether the traffic stays secret when there is a quantum computer later.
    pub post_quantum: Option<bool>,
    /// The scheme of the server's signature.
    pub signature: Option<String>,
    /// The application protocol agreed on.
    pub alpn: Option<String>,
    /// Full, after a HelloRetryRequest, or resumed.
    pub kind: Option<Kind>,
    /// How many times a message went there and back before the client could send.
    pub round_trips: Option<u8>,
}

/// A server's request for a certificate of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateRequested {
    /// The CAs that it names; empty where it names none.
    pub authorities: Vec<String>,
    /// What we sent; none where we sent none.
    pub sent: Option<String>,
}

/// What took how long, in microseconds; none where it did not come to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Resolving the name.
    pub resolve_us: Option<u64>,
    /// All attempts to connect.
    pub connect_us: Option<u64>,
    /// What was said in the clear before TLS, to a proxy or the server.
    pub preamble_us: Option<u64>,
    /// From the first byte of the ClientHello to the end of the handshake.
    pub handshake_us: Option<u64>,
}

/// The path as verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Path {
    /// From the server's certificate to the anchor, both included.
    pub certificates: Vec<Shown>,
    /// Where the anchor came from.
    pub anchor: String,
}

/// What `connect` did. Its JSON is `latchkey.connect/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    pub(super) schema: &'static str,
    /// What was sent, as text; none where nothing was.
    pub sent: Option<String>,
    /// What came back, as text.
    pub received: Option<String>,
    /// What came back, byte for byte in hexadecimal, where it is no text.
    pub received_hex: Option<String>,
    /// How the answer ended.
    pub end: Option<End>,
    /// The connection.
    pub report: Report,
    /// What the command ends with.
    pub exit_code: Exit,
}

impl Report {
    /// The report of what `client` saw, at this time. A bad certificate is a failure even where the client was told
    /// to go on past it.
    pub fn new(client: &Client, seen: &Observation, at: Timestamp) -> Self {
        let findings = findings(client, seen).into_iter().map(Finding::from).collect();
        Self::of(client, seen, at, findings)
    }

    /// The same, where a client that was told to go on past a bad certificate has done what it was told: the
    /// certificate's faults are warnings.
    pub fn forgiving(client: &Client, seen: &Observation, at: Timestamp) -> Self {
        if client.on_refusal == OnRefusal::Stop {
            return Self::new(client, seen, at);
        }
        let of_certificate = |finding: &Finding| (Exit::UnknownIssuer..=Exit::Identity).contains(&finding.exit_code);
        let findings = findings(client, seen).into_iter().map(Finding::from);
        let (forgiven, findings): (Vec<_>, Vec<_>) = findings.partition(of_certificate);
        let mut report = Self::of(client, seen, at, findings);
        report.warnings.extend(forgiven.into_iter().map(|finding| finding.sentence));
        report
    }

    fn of(client: &Client, seen: &Observation, at: Timestamp, findings: Vec<Finding>) -> Self {
        let handshake = seen.handshake.as_ref();
        let chain: Vec<_> = handshake
            .map(|handshake| handshake.recorded.chain.iter().map(|der| Shown::from_der(der, at)).collect())
            .unwrap_or_default();
        Self {
            schema: "latchkey.report/1",
            peer: Peer::of(client, seen),
            verdict: Verdict::of(seen, &findings),
            warnings: warnings(client, &chain),
            address: Address::of(seen),
            handshake: handshake.map(HandshakeReport::of),
            client_certificate: handshake.and_then(|handshake| CertificateRequested::of(client, handshake)),
            times: Times::of(seen),
            path: handshake.and_then(|handshake| Path::of(handshake, at)),
            chain,
            exit_code: findings.first().map_or(Exit::Success, |finding| finding.exit_code),
            findings,
        }
    }
}

impl Conversation {
    /// What was said, and the report of the connection.
    pub fn new(exchange: Option<&Exchange>, report: Report) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let binary = exchange.filter(|exchange| std::str::from_utf8(&exchange.received).is_err());
        Self {
            schema: "latchkey.connect/1",
            sent: exchange.map(|exchange| text(&exchange.sent)),
            received: exchange.map(|exchange| text(&exchange.received)),
            received_hex: binary.map(|exchange| exchange.received.iter().map(|byte| format!("{byte:02x}")).collect()),
            end: exchange.map(|exchange| exchange.end),
            exit_code: report.exit_code,
            report,
        }
    }
}

impl From<Explanation> for Finding {
    fn from(explanation: Explanation) -> Self {
        let Explanation { exit, fault, sentence, mend } = explanation;
        Self { exit_code: exit, fault, sentence, mend }
    }
}

impl Peer {
    fn of(client: &Client, seen: &Observation) -> Self {
        let target = &seen.target;
        let server_name = target.server_name.to_str().into_owned();
        let sni = matches!(target.server_name, ServerName::DnsName(_)).then(|| server_name.clone());
        Self {
            host: target.host.clone(),
            port: target.port,
            server_name,
            sni,
            starttls: client.preamble.starttls.map(StartTls::name),
            proxy: client.preamble.proxy.as_ref().map(ToString::to_string),
        }
    }
}

impl Verdict {
    fn of(seen: &Observation, findings: &[Finding]) -> Self {
        let verdict = seen.handshake.as_ref().and_then(|handshake| handshake.recorded.verdict.as_ref());
        let trusted = verdict.map(pki::verify::Verdict::is_trusted);
        if let Some(first) = findings.first() {
            return Self { trusted, sentence: first.sentence.clone(), mend: first.mend.clone() };
        }
        let peer = &seen.target;
        let sentence = match verdict.and_then(pki::verify::Verdict::path) {
            Some(path) => trusted_sentence(&peer.to_string(), path),
            None => format!("{peer} is not trusted, and the connection was made all the same (--insecure)"),
        };
        Self { trusted, sentence, mend: None }
    }
}

impl Address {
    fn of(seen: &Observation) -> Self {
        let attempts = seen.dialing.attempts.iter().map(|attempt| Attempt {
            address: attempt.address.to_string(),
            took_us: microseconds(attempt.took),
            error: attempt.error.as_ref().map(system_words),
        });
        let attempts: Vec<Attempt> = attempts.collect();
        let connected = attempts.last().filter(|attempt| attempt.error.is_none());
        Self { connected: connected.map(|attempt| attempt.address.clone()), attempts }
    }
}

impl HandshakeReport {
    fn of(handshake: &Handshake) -> Self {
        let Facts { version, suite, group, signature, alpn, kind, .. } = &handshake.facts;
        Self {
            complete: handshake.complete,
            version: version.map(version_name),
            suite: suite.map(suite_name),
            group: group.map(group_name),
            // Every suite that rustls has exchanges keys with (EC)DHE or ML-KEM, and none with RSA.
            forward_secret: suite.map(|_| true),
            post_quantum: group.map(is_post_quantum),
            signature: signature.map(signature_name),
            alpn: alpn.as_ref().map(|name| String::from_utf8_lossy(name).escape_debug().to_string()),
            kind: *kind,
            round_trips: round_trips(*version, *kind),
        }
    }
}

/// Round trips from the ClientHello until the client may send (RFC 8446 section 2, RFC 5246 section 7.3).
fn round_trips(version: Option<ProtocolVersion>, kind: Option<Kind>) -> Option<u8> {
    Some(match (version?, kind?) {
        (ProtocolVersion::TLSv1_3, Kind::FullWithHelloRetryRequest) => 2,
        (ProtocolVersion::TLSv1_3, _) | (_, Kind::Resumed) => 1,
        _ => 2,
    })
}

impl CertificateRequested {
    fn of(client: &Client, handshake: &Handshake) -> Option<Self> {
        let request = handshake.recorded.request.as_ref()?;
        let name =
            |der: &Vec<u8>| Name::from_der(der).map_or_else(|| "(unreadable)".to_owned(), |name| name.to_string());
        let sent = client.identity.as_ref().filter(|_| request.answered);
        Some(Self {
            authorities: request.authorities.iter().map(name).collect(),
            sent: sent.map(|identity| identity.name().to_owned()),
        })
    }
}

impl Times {
    fn of(seen: &Observation) -> Self {
        Self {
            resolve_us: seen.dialing.resolve.map(microseconds),
            connect_us: seen.dialing.connect().map(microseconds),
            preamble_us: seen.preamble.map(microseconds),
            handshake_us: seen.handshake.as_ref().map(|handshake| microseconds(handshake.facts.handshake)),
        }
    }
}

impl Path {
    fn of(handshake: &Handshake, at: Timestamp) -> Option<Self> {
        let path = handshake.recorded.verdict.as_ref()?.path()?;
        let certificates = path.certificates.iter().map(|each| Shown::of(each.clone(), at)).collect();
        Some(Self { certificates, anchor: path.anchor.to_string() })
    }
}

fn warnings(client: &Client, chain: &[Shown]) -> Vec<String> {
    let mut warnings = Vec::new();
    if client.on_refusal == OnRefusal::DangerouslyGoOn {
        warnings.push("a bad certificate would not have stopped the connection (--insecure)".to_owned());
    }
    for shown in chain {
        if let Shown::Read { life: life @ Life::Due, days_left, certificate } = shown {
            let (label, left) = (certificate.label(), life.words(*days_left));
            warnings.push(format!("`{label}` is past two thirds of its life: {left}"));
        }
    }
    let pairs = chain.iter().zip(chain.iter().skip(1));
    for (below, above) in pairs.filter_map(|(below, above)| Some((below.certificate()?, above.certificate()?))) {
        if below.issuer.text != above.subject.text {
            warnings.push(format!(
                "the chain is out of order: `{}` comes after `{}`, which it did not issue",
                above.label(),
                below.label()
            ));
        }
    }
    warnings
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
