//! An open session and its service: what the one is told, and what is done of what it wishes.

use super::ending::{FirstEnd, Outcome};
use super::{Phase, Session, Tls, Turn};
use crate::backend::BackendEvent;
use crate::inbox::Letter;
use crate::observe::{Cause, How};
use crate::out::{Given, Out, Wishes};
use crate::service::{End, Opened, Service};

impl Session {
    /// Something happened on the plain side.
    pub fn backend(&mut self, event: BackendEvent<'_>, turn: &mut Turn<'_>) {
        if self.phase == Phase::Open {
            self.active = turn.now;
            let data = if let BackendEvent::Data(data) = event { data } else { &[] };
            self.serve_given(turn, Given::ByBackend(data), |service, out| service.on_backend(event, out));
            let passed = if std::mem::take(&mut turn.lent.wishes.pass) { data } else { &[] };
            self.pump_with(passed, turn);
        }
    }

    /// There is room for more to the peer.
    pub fn room(&mut self, turn: &mut Turn<'_>) {
        if self.phase == Phase::Open {
            self.serve(turn, |service, out| service.on_room(out));
            self.pump(turn);
        }
    }

    /// Another thread has something for it.
    pub(crate) fn letter(&mut self, letter: Letter, turn: &mut Turn<'_>) {
        if let Letter::Ready = letter {
            return self.ready(turn);
        }
        if self.phase != Phase::Open {
            return;
        }
        match letter {
            Letter::Ready => {}
            Letter::Send(data) => {
                if !self.shut {
                    turn.lent.plain.extend_from_slice(&data);
                }
            }
            Letter::Tell(message) => self.serve(turn, |service, out| service.on_message(message, out)),
            Letter::Close => turn.lent.wishes.close = true,
        }
        self.pump(turn);
    }

    /// Lets the service do something, if there is one.
    pub(super) fn serve(&mut self, turn: &mut Turn<'_>, call: impl FnOnce(&mut dyn Service, &mut Out<'_>)) {
        self.serve_given(turn, Given::Nothing, call);
    }

    fn serve_given(
        &mut self,
        turn: &mut Turn<'_>,
        given: Given<'_>,
        call: impl FnOnce(&mut dyn Service, &mut Out<'_>),
    ) {
        let waiting = turn.waiting();
        if let Some(service) = &mut self.service {
            call(&mut **service, &mut Out::new(turn.lent, waiting, given, self.shut, turn.address));
        }
    }

    /// Sends what the service has written outside of [`process`](Self::process), and does what it wishes.
    pub(super) fn pump(&mut self, turn: &mut Turn<'_>) {
        self.pump_with(&[], turn);
    }

    /// The same, and behind it what is `passed` on.
    fn pump_with(&mut self, passed: &[u8], turn: &mut Turn<'_>) {
        let Wishes { close, shut, abort, .. } = turn.lent.wishes;
        if turn.lent.plain.is_empty() && passed.is_empty() && !(close || shut || abort) {
            return;
        }
        let mut kept = std::mem::take(&mut self.kept);
        let used = self.process(&mut kept, None, passed, turn);
        if self.phase != Phase::Draining {
            kept.drain(..used);
            self.kept = kept;
        }
    }

    /// The handshake is done: notes what was agreed on, and brings in the service. Whether the client is let in.
    pub(super) fn open(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(Tls::Unbuffered(tls)) = &self.tls else { return false };
        let mut facts = tls.facts();
        facts.server_name = self.server_name.as_deref().map(Into::into);
        facts.signature = self.signature.take();
        facts.ja4 = self.ja4.take().map(Into::into);
        facts.handshake = turn.now.saturating_duration_since(self.greeted.unwrap_or(self.started));
        match turn.configs.admit(&facts, tls.peer_certificates()) {
            Ok(client) => facts.client = client,
            Err(detail) => {
                self.deny(detail, turn);
                return false;
            }
        }
        turn.observer.opened(&self.peer, &facts);
        let opened = Opened { peer: self.peer, facts: &facts, certificates: tls.peer_certificates() };
        self.service = Some(turn.services.open(&opened));
        self.phase = Phase::Open;
        self.active = turn.now;
        self.received = 0;
        self.facts = Some(Box::new(facts));
        self.serve(turn, |service, out| service.on_open(out));
        true
    }

    /// The peer's close_notify has come.
    pub(super) fn peer_closed(&mut self, turn: &mut Turn<'_>) {
        self.peer_done = true;
        if self.phase != Phase::Open {
            return self.fail(Cause::Closed, turn);
        }
        if !(turn.lent.wishes.close || turn.lent.wishes.abort) {
            self.first_end.get_or_insert(FirstEnd::PeerClosed);
            self.serve(turn, |service, out| service.on_end(End::Closed, out));
        }
    }

    /// Everything that was written is in the outbox: does what else the service wishes of this side. `rest` is what
    /// TLS has left of its input.
    pub(super) fn conclude(&mut self, rest: &mut [u8], turn: &mut Turn<'_>) {
        turn.lent.plain.clear();
        let close = std::mem::take(&mut turn.lent.wishes.close);
        let shut = std::mem::take(&mut turn.lent.wishes.shut);
        if std::mem::take(&mut turn.lent.wishes.abort) {
            return self.cut(turn);
        }
        if !(close || shut) || self.phase != Phase::Open {
            return;
        }
        let how = (*self.first_end.get_or_insert(FirstEnd::ServiceClosed)).into();
        if close || self.peer_done {
            return self.finish(how, rest, turn);
        }
        if let (Some(tls), false) = (&mut self.tls, self.shut) {
            tls.close_notify(rest, turn.outbox);
            self.shut = true;
        }
    }

    /// Ends an open session by a reset.
    fn cut(&mut self, turn: &mut Turn<'_>) {
        self.reset = true;
        turn.outbox.clear();
        self.leave(Outcome::Ended(How::Aborted), turn.now);
    }
}
