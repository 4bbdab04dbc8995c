//! Why a connection ended, and how much that matters. The words are `pki::explain`'s.

use common::facts::Facts;
use common::terminal::Exit;
use engine::session::proxy_header::Malformed;
use engine::{Backed, Cause, Detail, DialFault, Ended, Failed, How, Limits, Stage as Reached};
use pki::explain::{self, Circumstances, Explanation, Fault, Interruption, Stage};
use pki::verify::Refusal;
use rustls::{AlertDescription, Error, ProtocolVersion};

use super::model::{Level, Reason};

/// Why a handshake failed.
pub(super) fn of_failure(failed: &Failed<'_>, limits: &Limits, around: &Circumstances) -> Reason {
    let stage = match failed.stage {
        Reached::Hello => Stage::Hello,
        Reached::Handshake => Stage::Handshake,
    };
    let explanation = match failed.cause {
        Cause::Tls(error) => match failed.detail.and_then(|detail| refused_by_rule(detail, around)) {
            Some(explanation) => explanation,
            None => explain::handshake(error, around),
        },
        Cause::Denied => failed
            .detail
            .and_then(|detail| refused_by_rule(detail, around))
            .unwrap_or_else(|| of(Exit::Identity, Fault::Peer, format!("the client {} is not let in", around.peer))),
        Cause::Refused(alert) => no_configuration(*alert, around),
        Cause::ProxyHeader(malformed) => no_proxy_header(malformed.as_ref(), around),
        Cause::Memory => of(Exit::Environment, Fault::Us, out_of_memory(&around.peer)),
        Cause::NotTls(speaks) => explain::not_tls(speaks.name(), around),
        Cause::Deadline => explain::interruption(&Interruption::TimedOut { stage, after: limits.handshake }, around),
        Cause::Closed => explain::interruption(&Interruption::Ended { stage }, around),
        Cause::Broken(_) => explain::interruption(&Interruption::Reset { stage }, around),
        Cause::Stopped => ours(format!("the server stopped before the handshake of {} was done", around.peer)),
        _ => ours(format!("a fault in this program ended the handshake of {}", around.peer)),
    };
    explanation.into()
}

/// Why an open connection ended, where that needs a word: a close by either side does not.
pub(super) fn of_end(
    ended: &Ended<'_>,
    limits: impl FnOnce() -> Limits,
    around: impl FnOnce() -> Circumstances,
) -> Option<Reason> {
    let stage = Stage::Data;
    let explanation = match ended.how {
        How::PeerClosed | How::ServiceClosed => return None,
        How::CutOff => explain::truncated(&around()),
        How::Idle => explain::interruption(&Interruption::TimedOut { stage, after: limits().idle }, &around()),
        How::Tls(Error::AlertReceived(alert)) if gives_up_renegotiation(*alert, ended.facts) => {
            explain::renegotiation_refused(*alert, &around())
        }
        How::Tls(error) => explain::handshake(error, &around()),
        How::Broken(_) => explain::interruption(&Interruption::Reset { stage }, &around()),
        How::Aborted => aborted(ended.backend, &around()),
        How::Memory => of(Exit::Environment, Fault::Us, out_of_memory(&around().peer)),
        How::Stopped => ours(format!("the server stopped while {} was connected", around().peer)),
        _ => ours(format!("a fault in this program ended the connection of {}", around().peer)),
    };
    Some(explanation.into())
}

/// Whether an alert in an open connection is about another handshake: in TLS 1.3 there is none, and in TLS 1.2 these
/// alerts are about nothing else.
fn gives_up_renegotiation(alert: AlertDescription, facts: &Facts) -> bool {
    let about_handshake = matches!(alert, AlertDescription::HandshakeFailure | AlertDescription::NoRenegotiation);
    about_handshake && facts.version == Some(ProtocolVersion::TLSv1_2)
}

/// The level of a failure where it follows from what happened; else it follows from the fault.
pub(super) fn level_of_failure(failed: &Failed<'_>) -> Option<Level> {
    match failed.cause {
        // A port scan or a health check, of which there is no end.
        Cause::Closed | Cause::Broken(_) if failed.received == 0 => Some(Level::Debug),
        Cause::Panicked => Some(Level::Error),
        _ => None,
    }
}

/// A failure by its fault. What a client does wrong is its own affair.
pub(super) fn level(reason: &Reason) -> Level {
    match reason.fault {
        Fault::Peer | Fault::Network => Level::Info,
        Fault::Us | Fault::Environment => Level::Warn,
    }
}

/// Every connection is told of, whatever ended it.
pub(super) fn level_of_end(ended: &Ended<'_>) -> Level {
    match ended.how {
        How::Panicked => Level::Error,
        How::Aborted | How::Memory => Level::Warn,
        _ => Level::Info,
    }
}

/// What the verifier has noted of a refusal, where that is what the detail is: more than rustls's error says.
fn refused_by_rule(detail: &Detail, around: &Circumstances) -> Option<Explanation> {
    let refusal = detail.downcast_ref::<Refusal>()?;
    explain::refusal(refusal, around).into_iter().next()
}

/// There is no configuration for what the client asked for.
fn no_configuration(alert: AlertDescription, around: &Circumstances) -> Explanation {
    let (peer, name) = (&around.peer, around.name.as_deref());
    match (alert, name) {
        (AlertDescription::UnrecognisedName, Some(name)) => Explanation {
            mend: Some(format!("serve a certificate for it: `pki cert new {name}`; or leave --strict-sni away")),
            ..of(
                Exit::NameMismatch,
                Fault::Peer,
                format!("the client {peer} asked for `{name}`, which is not served here"),
            )
        },
        (AlertDescription::UnrecognisedName | AlertDescription::MissingExtension, None) => Explanation {
            mend: Some("leave --strict-sni away, and who names nobody is served by default".to_owned()),
            ..of(
                Exit::NameMismatch,
                Fault::Peer,
                format!("the client {peer} asked for no name, and one is required here"),
            )
        },
        (AlertDescription::HandshakeFailure, _) => Explanation {
            mend: Some(
                "serve a second certificate for the name, with a key that every client can verify: `--alg rsa-2048`"
                    .to_owned(),
            ),
            ..of(
                Exit::NothingInCommon,
                Fault::Peer,
                format!("the client {peer} can verify no signature of the keys that there are for its name"),
            )
        },
        _ => {
            let name = name.unwrap_or("no name");
            let alert = explain::alert_name(alert);
            let sentence = format!("the client {peer}, which asked for `{name}`, could not be served (alert {alert})");
            Explanation {
                mend: Some(
                    "see the lines of the log before this one, or `/status`, for what could not be loaded".to_owned(),
                ),
                ..of(Exit::Environment, Fault::Us, sentence)
            }
        }
    }
}

/// A PROXY header is required from there, and did not come.
fn no_proxy_header(malformed: Option<&Malformed>, around: &Circumstances) -> Explanation {
    let peer = &around.peer;
    let sentence = match malformed {
        None => format!("{peer} has to send a PROXY header first, and sent something else"),
        Some(malformed) => format!("the PROXY header of {peer} is not good: {malformed}"),
    };
    Explanation {
        mend: Some("have the proxy send a PROXY header, or leave its address out of --accept-proxy".to_owned()),
        ..of(Exit::NotTls, Fault::Peer, sentence)
    }
}

/// The service ended the connection by a reset: mostly because of its plain side.
fn aborted(backend: Option<&Backed>, around: &Circumstances) -> Explanation {
    let peer = &around.peer;
    match backend {
        Some(Backed { target, connected: None, fault, tries: 1 }) => Explanation {
            mend: Some(format!("start what listens at {target}, or check the address")),
            ..of(
                Exit::Connect,
                Fault::Us,
                format!("the backend {target} for {peer} could not be reached{}", because(*fault)),
            )
        },
        Some(Backed { target, connected: None, fault, tries }) => Explanation {
            mend: Some("start what listens there, or check the addresses".to_owned()),
            ..of(
                Exit::Connect,
                Fault::Us,
                format!("none of {tries} backends for {peer} could be reached, {target} the last{}", because(*fault)),
            )
        },
        Some(Backed { target, .. }) => Explanation {
            mend: Some("look into the backend's log".to_owned()),
            ..of(Exit::Truncated, Fault::Us, format!("the connection of {peer} to the backend {target} broke off"))
        },
        None => of(Exit::Truncated, Fault::Us, format!("the service broke the connection of {peer} off")),
    }
}

fn because(fault: Option<DialFault>) -> String {
    fault.map(|fault| format!(": {fault}")).unwrap_or_default()
}

fn out_of_memory(peer: &str) -> String {
    format!("more would have to be held for connections than may be, and {peer} was the one that asked for more")
}

fn ours(sentence: String) -> Explanation {
    of(Exit::Environment, Fault::Us, sentence)
}

fn of(exit: Exit, fault: Fault, sentence: String) -> Explanation {
    Explanation { exit, fault, sentence, mend: None }
}
