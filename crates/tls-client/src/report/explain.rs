//! From what was seen to the rules of `pki::explain`, which say whose fault it is and what would mend it.

use std::io::{self, ErrorKind};
use std::time::Duration;

use common::context::Origin;
use common::facts::version_name;
use pki::certificate::Inspected;
use pki::explain::{self, Asked, Circumstances, Explanation, Interruption, Stage, Unready};
use pki::verify::Path;

use crate::dial::DialError;
use crate::observation::{Cause, Client, Failure, Observation};
use crate::preamble::{PreambleError, StartTls, With};

/// Everything that went wrong, the lowest layer first.
pub(super) fn findings(client: &Client, seen: &Observation) -> Vec<Explanation> {
    let around = circumstances(client, seen);
    let refusal = seen.handshake.as_ref().and_then(|handshake| handshake.recorded.verdict.as_ref()?.refusal());
    let mut findings: Vec<_> = refusal.map(|refusal| explain::refusal(refusal, &around)).unwrap_or_default();
    match &seen.failure {
        // The refusal says more than rustls's error, which stands for it.
        Some(Failure { cause: Cause::Tls(rustls::Error::InvalidCertificate(_)), .. }) if refusal.is_some() => {}
        Some(failure) => findings.push(failed(failure, client, seen, &around)),
        None => {}
    }
    findings.sort_by_key(|finding| finding.exit);
    findings
}

fn circumstances(client: &Client, seen: &Observation) -> Circumstances {
    let mut around = Circumstances::client(seen.target.to_string());
    around.name = Some(seen.target.server_name.to_str().into_owned());
    let versions: Vec<_> = client.policy.versions.supported().iter().rev().map(|it| version_name(it.version)).collect();
    around.versions = Some(versions.join(" and "));
    around.alpn = client.policy.alpn.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if let Some(request) = seen.handshake.as_ref().and_then(|handshake| handshake.recorded.request.as_ref()) {
        around.certificate_requested = true;
        let own = client.identity.as_ref().filter(|_| request.answered);
        around.own_certificate = own.map(|own| {
            let leaf = own.chain().first().and_then(|leaf| Inspected::from_der(leaf).ok());
            leaf.map_or_else(|| own.name().to_owned(), |leaf| leaf.label())
        });
    }
    around
}

fn failed(failure: &Failure, client: &Client, seen: &Observation, around: &Circumstances) -> Explanation {
    let interrupted = |interruption| explain::interruption(&interruption, around);
    let (stage, limit) = (failure.stage, client.limit);
    let explanation = match &failure.cause {
        Cause::Dial(error) => undialled(error, client, seen, around),
        Cause::Preamble(error) => unready(error, limit, around),
        Cause::NotTls(speaks) => explain::not_tls(speaks.name(), around),
        Cause::Deadline => interrupted(Interruption::TimedOut { stage, after: limit }),
        Cause::CutOff => interrupted(Interruption::Ended { stage }),
        Cause::Io(_) => interrupted(Interruption::Reset { stage }),
        Cause::Tls(error) => explain::handshake(error, around),
    };
    match to_be_asked(failure, client, seen) {
        Some(protocol) => {
            let mend = format!("ask for TLS in its own protocol first: --starttls {protocol}");
            Explanation { mend: Some(mend), ..explanation }
        }
        None => explanation,
    }
}

/// Why there is no connection to the peer, or to the proxy on the way.
fn undialled(error: &DialError, client: &Client, seen: &Observation, around: &Circumstances) -> Explanation {
    let mut around = around.clone();
    if let Some(proxy) = &client.preamble.proxy {
        around.peer = format!("the proxy {proxy}");
    }
    match error {
        DialError::Resolution { host, reason } => {
            around.name = Some(host.clone());
            explain::interruption(&Interruption::Unresolved { reason: reason.clone() }, &around)
        }
        DialError::Connect => explain::interruption(&unconnected(seen, client.limit), &around),
    }
}

fn unready(error: &PreambleError, limit: Duration, around: &Circumstances) -> Explanation {
    let (with, why) = match error {
        PreambleError::Refused { with, answer } => (with, Unready::Refused(answer.clone())),
        PreambleError::NotOffered { with, answer } => (with, Unready::NotOffered(answer.clone())),
        PreambleError::Misunderstood { with, answer } => (with, Unready::Misunderstood(answer.clone())),
        PreambleError::Injected { with, count } => (with, Unready::Injected(*count)),
        PreambleError::Deadline { with } => (with, Unready::Silent(limit)),
        PreambleError::Ended { with } => (with, Unready::Ended),
        PreambleError::Io { with, error } => (with, Unready::Broken(system_words(error))),
    };
    let asked = match with {
        With::Proxy(proxy) => Asked::Proxy(proxy.to_string()),
        With::Server(protocol) => Asked::Peer(protocol.title().to_owned()),
    };
    explain::unready(&asked, &why, around)
}

/// The protocol in which TLS has probably to be asked for, where it was not: by what the peer said, or by its port
/// where it said nothing that is TLS.
fn to_be_asked(failure: &Failure, client: &Client, seen: &Observation) -> Option<StartTls> {
    if client.preamble.starttls.is_some() {
        return None;
    }
    match &failure.cause {
        Cause::NotTls(speaks) => StartTls::of(*speaks),
        Cause::Deadline | Cause::CutOff | Cause::Io(_) if failure.stage == Stage::Hello => {
            StartTls::ALL.into_iter().find(|protocol| protocol.port() == seen.target.port)
        }
        _ => None,
    }
}

/// What to say of several attempts: the first that was worse than a closed port, else that the port is closed.
fn unconnected(seen: &Observation, limit: Duration) -> Interruption {
    let errors = seen.dialing.attempts.iter().filter_map(|attempt| attempt.error.as_ref());
    let Some(error) = errors.into_iter().find(|error| error.kind() != ErrorKind::ConnectionRefused) else {
        return Interruption::Refused;
    };
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Interruption::TimedOut { stage: Stage::Connect, after: limit },
        _ => Interruption::Unreachable { reason: system_words(error) },
    }
}

/// By whom a peer is trusted. What speaks against one is said by `pki::explain`.
pub(super) fn trusted_sentence(peer: &str, path: &Path) -> String {
    match (&path.anchor, path.certificates.as_slice()) {
        (origin @ Origin::Store(_), [_, .., _]) => format!("{peer} is trusted by {origin}"),
        (origin, [_, .., anchor]) => format!("{peer} is trusted by `{}`, which is in {origin}", anchor.label()),
        (origin, _) => format!("{peer} is trusted directly: its own certificate is in {origin}"),
    }
}

/// What the system said, without the number that nobody should have to look up.
pub(super) fn system_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
