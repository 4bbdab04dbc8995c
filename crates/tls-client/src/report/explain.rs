//! From what was seen to the rules of `pki::explain`, which say whose fault it is and what would mend it.

use std::io::{self, ErrorKind};
use std::time::Duration;

use common::context::Origin;
use common::facts::version_name;
use pki::certificate::Inspected;
use pki::explain::{self, Circumstances, Explanation, Interruption, Stage};
use pki::verify::Path;

use crate::dial::DialError;
use crate::observation::{Cause, Client, Failure, Observation};

/// Everything that went wrong, the lowest layer first.
pub(super) fn findings(client: &Client, seen: &Observation) -> Vec<Explanation> {
    let around = circumstances(client, seen);
    let refusal = seen.handshake.as_ref().and_then(|handshake| handshake.recorded.verdict.as_ref()?.refusal());
    let mut findings: Vec<_> = refusal.map(|refusal| explain::refusal(refusal, &around)).unwrap_or_default();
    match &seen.failure {
        // The refusal says more than rustls's error, which stands for it.
        Some(Failure { cause: Cause::Tls(rustls::Error::InvalidCertificate(_)), .. }) if refusal.is_some() => {}
        Some(failure) => findings.push(failed(failure, client.limit, seen, &around)),
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

fn failed(failure: &Failure, limit: Duration, seen: &Observation, around: &Circumstances) -> Explanation {
    let interrupted = |interruption| explain::interruption(&interruption, around);
    let stage = failure.stage;
    match &failure.cause {
        Cause::Dial(DialError::Resolution { host, reason }) => {
            let around = Circumstances { name: Some(host.clone()), ..around.clone() };
            explain::interruption(&Interruption::Unresolved { reason: reason.clone() }, &around)
        }
        Cause::Dial(DialError::Connect) => interrupted(unconnected(seen, limit)),
        Cause::NotTls(speaks) => explain::not_tls(speaks.name(), around),
        Cause::Deadline => interrupted(Interruption::TimedOut { stage, after: limit }),
        Cause::CutOff => interrupted(Interruption::Ended { stage }),
        Cause::Io(_) => interrupted(Interruption::Reset { stage }),
        Cause::Tls(error) => explain::handshake(error, around),
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
