//! Connections that end without an alert: not made, silent, cut off, or not TLS.

use std::time::Duration;

use common::terminal::Exit;

use super::{Circumstances, Explanation, Fault};

/// How far a connection had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The name is being resolved or the connection made.
    Connect,
    /// A client has sent its ClientHello and nothing has come back; a server waits for one.
    Hello,
    /// The handshake is under way.
    Handshake,
    /// The handshake is done.
    Data,
}

/// How a connection ended without a word of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interruption {
    /// The name has no address.
    Unresolved {
        /// What the resolver said.
        reason: String,
    },
    /// Nobody listens there.
    Refused,
    /// The address cannot be reached.
    Unreachable {
        /// What the system said.
        reason: String,
    },
    /// The deadline of a stage passed.
    TimedOut {
        /// Which stage.
        stage: Stage,
        /// How long it was given.
        after: Duration,
    },
    /// The peer closed its side without close_notify.
    Ended {
        /// In which stage.
        stage: Stage,
    },
    /// The connection was reset.
    Reset {
        /// In which stage.
        stage: Stage,
    },
}

/// Why there is no connection, or no longer one.
pub fn interruption(interruption: &Interruption, circumstances: &Circumstances) -> Explanation {
    let (peer, them) = (&circumstances.peer, circumstances.them());
    match interruption {
        Interruption::Unresolved { reason } => Explanation::new(
            Exit::Resolution,
            Fault::Environment,
            format!("the name `{}` has no address: {reason}", circumstances.name_or_peer()),
        )
        .mend(
            "check the spelling of the name, or give the address and the name apart: ADDRESS:PORT --server-name NAME",
        ),
        Interruption::Refused => Explanation::new(
            Exit::Connect,
            Fault::Peer,
            format!("nobody listens at {peer}: the connection was refused"),
        )
        .mend("start the server, or check the port"),
        Interruption::Unreachable { reason } => {
            Explanation::new(Exit::Connect, Fault::Network, format!("{peer} cannot be reached: {reason}"))
                .mend("check the address, the route and what filters between")
        }
        Interruption::TimedOut { stage, after } => timed_out(*stage, *after, circumstances),
        Interruption::Ended { stage: Stage::Data } => truncated(circumstances),
        Interruption::Ended { stage } => cut_off(*stage, "closed the connection", circumstances),
        Interruption::Reset { stage: Stage::Data } => Explanation::new(
            Exit::Truncated,
            Fault::Peer,
            format!("the {them} {peer} reset the connection after the handshake: what it sent may be incomplete"),
        )
        .mend(format!("look into the {them}'s log")),
        Interruption::Reset { stage } => cut_off(*stage, "reset the connection", circumstances),
    }
}

/// The peer answered with something else than TLS. `speaks` says what: `HTTP`, `SSH`.
pub fn not_tls(speaks: &str, circumstances: &Circumstances) -> Explanation {
    let peer = &circumstances.peer;
    if circumstances.is_client() {
        let sentence = format!("{peer} does not speak TLS on this port; it answered with {speaks}");
        return Explanation::new(Exit::NotTls, Fault::Peer, sentence)
            .mend("connect to the port that speaks TLS (HTTPS: 443, SMTPS: 465, IMAPS: 993, LDAPS: 636)");
    }
    let sentence = format!("the client {peer} does not speak TLS; it sent {speaks}");
    Explanation::new(Exit::NotTls, Fault::Peer, sentence)
        .mend("connect with TLS: https:// in place of http://, and the like")
}

/// The peer closed the connection after the handshake without close_notify (RFC 8446 section 6.1).
pub fn truncated(circumstances: &Circumstances) -> Explanation {
    let sentence = format!(
        "the {} {} ended the connection without close_notify: what it sent may have been cut off on the way",
        circumstances.them(),
        circumstances.peer
    );
    Explanation::new(Exit::Truncated, Fault::Peer, sentence)
        .mend("have it send close_notify before it closes, or rely on a length in the protocol above")
}

fn timed_out(stage: Stage, after: Duration, around: &Circumstances) -> Explanation {
    let (peer, them, after) = (&around.peer, around.them(), seconds(after));
    match stage {
        Stage::Connect => Explanation::new(
            Exit::Connect,
            Fault::Network,
            format!("{peer} did not answer the connection within {after}"),
        )
        .mend("check the address and the port; something between may drop the packets"),
        Stage::Hello if around.is_client() => Explanation::new(
            Exit::Deadline,
            Fault::Peer,
            format!("{peer} took the connection and then said nothing for {after}: it may not speak TLS, or wait for the client to speak its own protocol first"),
        )
        .mend("check that the port speaks TLS from the first byte"),
        Stage::Hello => Explanation::new(
            Exit::Deadline,
            Fault::Peer,
            format!("the client {peer} sent no whole ClientHello within {after}"),
        ),
        Stage::Handshake => Explanation::new(
            Exit::Deadline,
            Fault::Peer,
            format!("the {them} {peer} did not finish the handshake within {after}"),
        )
        .mend(format!("look into the {them}'s log, or give it longer: {}", longer(around))),
        Stage::Data => Explanation::new(
            Exit::Deadline,
            Fault::Peer,
            format!("the {them} {peer} said nothing for {after} after the handshake"),
        )
        .mend(if around.is_client() {
            "send what the server answers to (--send TEXT), or give it longer: --timeout 1m"
        } else {
            "have the client close what it no longer needs, or give it longer: --idle-timeout 1h"
        }),
    }
}

fn cut_off(stage: Stage, how: &str, around: &Circumstances) -> Explanation {
    let (peer, them) = (&around.peer, around.them());
    match stage {
        Stage::Connect => {
            Explanation::new(Exit::Connect, Fault::Network, format!("{peer} {how} while it was being made"))
        }
        Stage::Hello if around.is_client() => Explanation::new(
            Exit::NotTls,
            Fault::Peer,
            format!("{peer} {how} instead of answering the ClientHello: it may not speak TLS, or not to this client"),
        )
        .mend("check the port, and whether the server knows the name that is asked for: --server-name NAME"),
        Stage::Hello => Explanation::new(
            Exit::NotTls,
            Fault::Peer,
            format!("the client {peer} {how} before it had sent a ClientHello"),
        ),
        Stage::Handshake => Explanation::new(
            Exit::Truncated,
            Fault::Peer,
            format!("the {them} {peer} {how} in the middle of the handshake, without an alert"),
        )
        .mend(format!("look into the {them}'s log")),
        Stage::Data => {
            Explanation::new(Exit::Truncated, Fault::Peer, format!("the {them} {peer} {how} after the handshake"))
        }
    }
}

/// The flag that moves the deadline of a handshake.
fn longer(around: &Circumstances) -> &'static str {
    if around.is_client() { "--timeout 1m" } else { "--handshake-timeout 1m" }
}

/// `10 s`, `1.5 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
