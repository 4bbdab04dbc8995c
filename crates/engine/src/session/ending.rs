//! How a session ends: who found that it is over, what is still said to the peer, and what is told of it.

use std::io;
use std::time::Instant;

use super::meeting::plain_alert;
use super::tls::description;
use super::{Phase, Session, Turn};
use crate::backend::Backed;
use crate::inforce::Detail;
use crate::observe::{Cause, Ended, Failed, How, Observer, Stage};

/// What is to be done with the socket when the last bytes have gone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Close it.
    Close,
    /// Shut our side and read on for a while, throwing it away: a socket closed with unread bytes sends a reset,
    /// which can overtake the alert or the answer.
    Linger,
    /// Reset it: what the peer has is not all, and it is to know.
    Reset,
}

/// What there is to tell of an end.
pub(super) enum Outcome {
    Failed(Stage, Cause, Option<Detail>),
    Ended(How),
}

/// What ended one of the directions of an open connection first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstEnd {
    PeerClosed,
    ServiceClosed,
    CutOff,
}

impl From<FirstEnd> for How {
    fn from(end: FirstEnd) -> Self {
        match end {
            FirstEnd::PeerClosed => Self::PeerClosed,
            FirstEnd::ServiceClosed => Self::ServiceClosed,
            FirstEnd::CutOff => Self::CutOff,
        }
    }
}

impl Session {
    /// The socket failed; nothing more can be sent.
    pub fn broken(&mut self, error: io::ErrorKind, turn: &mut Turn<'_>) {
        self.peer_done = true;
        turn.outbox.clear();
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Broken(error), turn),
            Phase::Open => self.leave(Outcome::Ended(How::Broken(error)), turn.now),
            Phase::Draining => {}
        }
    }

    /// The deadline of its phase has passed. In the phase *draining* the caller closes the socket.
    pub fn deadline_passed(&mut self, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Deadline, turn),
            Phase::Open => {
                let mut kept = std::mem::take(&mut self.kept);
                self.finish(How::Idle, &mut kept, turn);
            }
            Phase::Draining => {}
        }
    }

    /// The server is stopping.
    pub fn stop(&mut self, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Stopped, turn),
            Phase::Open => {
                let mut kept = std::mem::take(&mut self.kept);
                self.finish(How::Stopped, &mut kept, turn);
            }
            Phase::Draining => {
                self.hurried = true;
                self.active = turn.now;
            }
        }
    }

    /// More would have to be held for it than there may be.
    pub fn shed(&mut self, turn: &mut Turn<'_>) {
        self.reset = true;
        self.peer_done = true;
        turn.outbox.clear();
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Memory, turn),
            Phase::Open => self.leave(Outcome::Ended(How::Memory), turn.now),
            Phase::Draining => {}
        }
    }

    /// The code panicked in a call of this session, whose state cannot be trusted.
    pub fn panicked(&mut self, now: Instant) {
        let outcome = match self.phase {
            Phase::Hello => Outcome::Failed(Stage::Hello, Cause::Panicked, None),
            Phase::Handshake => Outcome::Failed(Stage::Handshake, Cause::Panicked, None),
            Phase::Open => Outcome::Ended(How::Panicked),
            Phase::Draining => return,
        };
        self.leave(outcome, now);
    }

    /// What is to be done in the phase *draining* once the outbox is empty.
    pub const fn after(&self) -> After {
        if self.reset {
            After::Reset
        } else if self.peer_done {
            After::Close
        } else {
            After::Linger
        }
    }

    /// Whether nothing is missing of what went either way: both directions were closed in order.
    pub const fn is_clean(&self) -> bool {
        self.clean
    }

    /// Tells how it ended, once: when the last byte has gone out, or cannot.
    pub fn report(&mut self, flushed: bool, backend: Option<&Backed>, now: Instant, observer: &mut dyn Observer) {
        let Some(outcome) = self.outcome.take() else { return };
        let lasted = now.saturating_duration_since(self.started);
        let greeted = self.greeted.map(|greeted| greeted.saturating_duration_since(self.started));
        match (&*outcome, &self.facts) {
            (Outcome::Ended(how), Some(facts)) => observer.ended(&Ended {
                peer: self.peer,
                facts,
                how,
                flushed,
                received: self.received,
                sent: self.sent,
                greeted,
                lasted,
                backend,
            }),
            (Outcome::Failed(stage, cause, detail), _) => observer.failed(&Failed {
                peer: self.peer,
                server_name: self.server_name.as_deref(),
                stage: *stage,
                cause,
                detail: detail.as_ref(),
                received: self.received,
                greeted,
                lasted,
            }),
            (Outcome::Ended(_), None) => debug_assert!(false, "an open session has its facts"),
        }
    }

    /// TLS found a fault, or the peer's alert. Ours goes out, if there is one.
    pub(super) fn refuse(&mut self, error: rustls::Error, turn: &mut Turn<'_>) {
        turn.lent.clear();
        match &mut self.tls {
            Some(_) if self.shut => {} // after our close_notify there is none (RFC 8446 section 6.1)
            Some(tls) => tls.alert(&error, turn.outbox),
            None => turn.outbox.push(&plain_alert(description(&error))),
        }
        let detail = turn.configs.detail(&error);
        if matches!(error, rustls::Error::AlertReceived(_)) {
            self.peer_done = true; // RFC 8446 section 6.2: it sends no more
        }
        match (self.phase, self.speaks) {
            (Phase::Hello, Some(speaks)) => self.fail(Cause::NotTls(speaks), turn),
            (Phase::Open, _) => self.leave(Outcome::Ended(How::Tls(error)), turn.now),
            _ => self.fail_by(Cause::Tls(error), detail, turn),
        }
    }

    /// The handshake is done, and the client is not let in after all.
    pub(super) fn deny(&mut self, detail: Detail, turn: &mut Turn<'_>) {
        if let Some(tls) = &mut self.tls {
            tls.close_notify(&mut [], turn.outbox);
        }
        self.fail_by(Cause::Denied, Some(detail), turn);
    }

    pub(super) fn fail(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        self.fail_by(cause, None, turn);
    }

    fn fail_by(&mut self, cause: Cause, detail: Option<Detail>, turn: &mut Turn<'_>) {
        let stage = if self.phase == Phase::Hello { Stage::Hello } else { Stage::Handshake };
        if turn.outbox.is_empty() {
            self.peer_done = true; // nothing was said that a reset could overtake
        }
        self.leave(Outcome::Failed(stage, cause, detail), turn.now);
    }

    /// Ends an open session with close_notify; `rest` is what TLS has left of its input.
    pub(super) fn finish(&mut self, how: How, rest: &mut [u8], turn: &mut Turn<'_>) {
        if let (Some(tls), false) = (&mut self.tls, self.shut) {
            tls.close_notify(rest, turn.outbox);
        }
        self.leave(Outcome::Ended(how), turn.now);
    }

    /// Nothing of the peer is processed from here on; everything that is held for it is given back.
    pub(super) fn leave(&mut self, outcome: Outcome, now: Instant) {
        self.phase = Phase::Draining;
        self.waiting = false;
        self.clean = matches!(outcome, Outcome::Ended(How::PeerClosed | How::ServiceClosed));
        self.hurried = !matches!(outcome, Outcome::Ended(How::PeerClosed | How::ServiceClosed | How::CutOff));
        self.active = now;
        self.outcome = Some(Box::new(outcome));
        self.tls = None;
        self.service = None;
        self.kept = Vec::new();
    }
}
