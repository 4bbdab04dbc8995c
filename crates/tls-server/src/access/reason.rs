//! Why a connection ended, and how much that matters. The words are `pki::explain`'s.

use common::facts::Facts;
use common::terminal::Exit;
use engine::{Cause, Ended, Failed, How, Limits, Stage as Reached};
use pki::explain::{self, Circumstances, Explanation, Fault, Interruption, Stage};
use rustls::{AlertDescription, Error, ProtocolVersion};

use super::model::{Level, Reason};

/// Why a handshake failed.
pub(super) fn of_failure(failed: &Failed<'_>, limits: &Limits, around: &Circumstances) -> Reason {
    let stage = match failed.stage {
        Reached::Hello => Stage::Hello,
        Reached::Handshake => Stage::Handshake,
    };
    let explanation = match failed.cause {
        Cause::Tls(error) => explain::handshake(error, around),
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
pub(super) fn of_end(ended: &Ended<'_>, limits: &Limits, around: impl FnOnce() -> Circumstances) -> Option<Reason> {
    let stage = Stage::Data;
    let explanation = match ended.how {
        How::PeerClosed | How::ServiceClosed => return None,
        How::CutOff => explain::truncated(&around()),
        How::Idle => explain::interruption(&Interruption::TimedOut { stage, after: limits.idle }, &around()),
        How::Tls(Error::AlertReceived(alert)) if gives_up_renegotiation(*alert, ended.facts) => {
            explain::renegotiation_refused(*alert, &around())
        }
        How::Tls(error) => explain::handshake(error, &around()),
        How::Broken(_) => explain::interruption(&Interruption::Reset { stage }, &around()),
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
        _ => Level::Info,
    }
}

fn ours(sentence: String) -> Explanation {
    Explanation { exit: Exit::Environment, fault: Fault::Us, sentence, mend: None }
}
