//! A connection without its socket: bytes and the time in, bytes and events out.
//!
//! A session goes through its phases forward only: *hello* (bytes are kept until the ClientHello is whole),
//! *handshake*, *open* (plaintext to the service and back), *draining* (nothing of the peer is processed any more;
//! the last bytes go out). Each phase has a deadline. It reads no clock and owns no buffer while nothing is pending:
//! the caller lends what a [`Turn`] holds.

mod ending;
mod outbox;
mod tls;

use std::time::Instant;

use common::facts::Facts;
use wire::hello::Decoded;
use wire::record::Assembly;
use wire::{ClientHello, Speaks};

pub use self::ending::After;
use self::ending::Outcome;
pub use self::outbox::Outbox;
use self::tls::{Status, Tls};
use crate::inforce::Configs;
use crate::limits::{KEPT, Limits};
use crate::observe::{Cause, How, Observer};
use crate::service::{End, Opened, Out, Peer, Service, Services};

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting for the ClientHello.
    Hello,
    /// Between the ClientHello and the peer's Finished.
    Handshake,
    /// Data goes both ways, or, after the peer's close_notify, one way.
    Open,
    /// It is over, and what is in the outbox is the last.
    Draining,
}

/// What a caller lends to a session for one call.
pub struct Turn<'a> {
    /// The time.
    pub now: Instant,
    /// The bounds in force.
    pub limits: &'a Limits,
    /// Where configurations come from.
    pub configs: &'a dyn Configs,
    /// Where services come from.
    pub services: &'a mut dyn Services,
    /// Who is told.
    pub observer: &'a mut dyn Observer,
    /// Scratch space for plaintext; empty between calls.
    pub plain: &'a mut Vec<u8>,
    /// Where the bytes for the peer go.
    pub outbox: &'a mut Outbox,
}

/// Free space that [`Session::receive`] needs in front of the bytes that are read.
pub const HEADROOM: usize = KEPT;

/// The server's side of one connection.
pub struct Session {
    peer: Peer,
    phase: Phase,
    /// The peer sends no more that matters: close_notify, the end of its stream, a fatal alert.
    peer_done: bool,
    /// What the peer's first bytes were, when they were not TLS.
    speaks: Option<Speaks>,
    /// When it was accepted.
    started: Instant,
    /// When its first byte came.
    greeted: Option<Instant>,
    /// When the last byte came or went, or a hurried draining began.
    active: Instant,
    /// What is left to be sent at the end has no longer than closing may take, as the end was no orderly one. After
    /// an orderly one it has what it had before: the time that an open connection may be silent.
    hurried: bool,
    /// An incomplete ClientHello, record or handshake message.
    kept: Vec<u8>,
    /// How far the kept bytes have been searched for the ClientHello.
    assembly: Assembly,
    tls: Option<Box<Tls>>,
    service: Option<Box<dyn Service>>,
    server_name: Option<Box<str>>,
    facts: Option<Box<Facts>>,
    /// What there is to tell of its end; taken when it is told.
    outcome: Option<Box<Outcome>>,
    /// Of the peer's bytes: of TLS until it is open, then of plaintext.
    received: u64,
    /// Of plaintext.
    sent: u64,
}

impl Session {
    /// A connection that was just accepted.
    pub fn server(peer: Peer, now: Instant) -> Self {
        Self {
            peer,
            phase: Phase::Hello,
            peer_done: false,
            speaks: None,
            started: now,
            greeted: None,
            active: now,
            hurried: false,
            kept: Vec::new(),
            assembly: Assembly::default(),
            tls: None,
            service: None,
            server_name: None,
            facts: None,
            outcome: None,
            received: 0,
            sent: 0,
        }
    }

    /// Where it is in its life.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether bytes of the peer are of any use.
    pub const fn wants_bytes(&self) -> bool {
        !self.peer_done && !matches!(self.phase, Phase::Draining)
    }

    /// When [`deadline_passed`](Self::deadline_passed) is due.
    pub fn deadline(&self, limits: &Limits) -> Instant {
        match self.phase {
            Phase::Hello | Phase::Handshake => self.started + limits.handshake,
            Phase::Draining if self.hurried => self.active + limits.close,
            Phase::Open | Phase::Draining => self.active + limits.idle,
        }
    }

    /// Takes bytes of the peer, which were read into `buffer` behind its first [`HEADROOM`] bytes: as many as `fresh`
    /// says. What was kept of earlier ones is put in front of them there; or, when it is more than they are, they are
    /// put behind it where it is, so that a peer that sends single bytes has none of them moved more than once or
    /// twice.
    pub fn receive(&mut self, buffer: &mut [u8], fresh: usize, turn: &mut Turn<'_>) {
        let kept = self.kept.len();
        if fresh < kept {
            let mut bytes = std::mem::take(&mut self.kept);
            bytes.extend_from_slice(&buffer[HEADROOM..HEADROOM + fresh]);
            let used = self.take(&mut bytes, fresh, turn);
            bytes.drain(..used);
            self.keep(bytes, turn);
        } else {
            let bytes = &mut buffer[HEADROOM - kept..HEADROOM + fresh];
            bytes[..kept].copy_from_slice(&self.kept);
            self.kept = Vec::new();
            let used = self.take(bytes, fresh, turn);
            self.keep(bytes[used..].to_vec(), turn);
        }
    }

    /// The peer's stream has ended.
    pub fn receive_end(&mut self, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Closed, turn),
            Phase::Open if !self.peer_done => {
                self.peer_done = true;
                let mut closing = false;
                if let Some(service) = &mut self.service {
                    service.on_end(End::CutOff, &mut Out::new(turn.plain, &mut closing));
                }
                let mut kept = std::mem::take(&mut self.kept);
                let _ = self.process(&mut kept, Some(How::CutOff), turn);
            }
            Phase::Open | Phase::Draining => {}
        }
        self.peer_done = true;
    }

    /// Some of the outbox has gone out.
    pub const fn wrote(&mut self, now: Instant) {
        if !self.hurried {
            self.active = now;
        }
    }

    /// Does what the phase asks for. How many bytes are used up.
    fn take(&mut self, bytes: &mut [u8], fresh: usize, turn: &mut Turn<'_>) -> usize {
        match self.phase {
            Phase::Hello => {
                self.received += fresh as u64;
                if !self.meet(bytes, turn) {
                    return 0;
                }
                let used = self.process(bytes, None, turn);
                if self.phase == Phase::Hello {
                    self.phase = Phase::Handshake; // rustls reads what we could not
                }
                used
            }
            Phase::Handshake => {
                self.received += fresh as u64;
                self.process(bytes, None, turn)
            }
            Phase::Open => {
                self.active = turn.now;
                self.process(bytes, None, turn)
            }
            Phase::Draining => bytes.len(),
        }
    }

    /// Keeps what is incomplete until more comes.
    fn keep(&mut self, rest: Vec<u8>, turn: &mut Turn<'_>) {
        if rest.is_empty() || !self.wants_bytes() {
            return;
        }
        if rest.len() > KEPT {
            return self.refuse(rustls::InvalidMessage::HandshakePayloadTooLarge.into(), turn);
        }
        self.kept = rest;
    }

    /// Makes the TLS side as soon as the ClientHello says which configuration it is to have. Whether it is there.
    fn meet(&mut self, bytes: &[u8], turn: &mut Turn<'_>) -> bool {
        if self.greeted.is_none() {
            self.greeted = Some(turn.now);
        }
        let mut assembly = std::mem::take(&mut self.assembly);
        let hello: Option<ClientHello<'_>> = match wire::hello::decode(bytes, &mut assembly) {
            Decoded::NeedMore if bytes.len() < KEPT => {
                self.assembly = assembly;
                return false;
            }
            Decoded::NotTls(Speaks::HttpRequest) => {
                turn.outbox.push(HTTP_ANSWER);
                self.fail(Cause::NotTls(Speaks::HttpRequest), turn);
                return false;
            }
            Decoded::NotTls(speaks) => {
                self.speaks = Some(speaks);
                None
            }
            Decoded::ClientHello(hello) => {
                self.phase = Phase::Handshake;
                self.server_name = hello.server_name.map(Into::into);
                Some(hello)
            }
            Decoded::NeedMore | Decoded::Malformed(_) => None,
        };
        match Tls::server(turn.configs.choose(hello.as_ref())) {
            Ok(tls) => self.tls = Some(Box::new(tls)),
            Err(error) => self.fail(Cause::Tls(error), turn),
        }
        self.tls.is_some()
    }

    /// Gives `bytes` to TLS and what comes of them to the service. With an `ending` nothing more goes to the service:
    /// what it has written goes out, and the session ends. How many bytes are used up.
    fn process(&mut self, bytes: &mut [u8], mut ending: Option<How>, turn: &mut Turn<'_>) -> usize {
        let mut used = 0;
        let mut closing = ending.is_some();
        loop {
            let Self { tls: Some(tls), service, received, .. } = self else { return used };
            let progress = tls.process(&mut bytes[used..], turn.plain, turn.outbox, |data, plain| {
                if let (Some(service), false) = (service.as_mut(), closing) {
                    *received += data.len() as u64;
                    service.on_data(data, &mut Out::new(plain, &mut closing));
                }
            });
            used += progress.used;
            self.sent += progress.encrypted as u64;
            if closing {
                ending.get_or_insert(How::ServiceClosed);
            }
            match progress.status {
                Status::Done => break,
                Status::Established => self.open(&mut closing, turn),
                Status::PeerClosed => {
                    self.peer_done = true;
                    if let (Some(service), false) = (self.service.as_mut(), closing) {
                        service.on_end(End::Closed, &mut Out::new(turn.plain, &mut closing));
                        ending = closing.then_some(How::PeerClosed);
                    }
                }
                Status::Failed(error) => {
                    self.refuse(error, turn);
                    return used;
                }
            }
        }
        turn.plain.clear();
        if let Some(how) = ending {
            self.finish(how, &mut bytes[used..], turn);
        }
        used
    }

    /// The handshake is done: notes what was agreed on, and brings in the service.
    fn open(&mut self, closing: &mut bool, turn: &mut Turn<'_>) {
        let Some(tls) = &self.tls else { return };
        let mut facts = tls.facts();
        facts.server_name = self.server_name.take().map(Into::into);
        facts.handshake = turn.now.saturating_duration_since(self.greeted.unwrap_or(self.started));
        turn.observer.opened(&self.peer, &facts);
        let opened = Opened { peer: self.peer, facts: &facts, certificates: tls.peer_certificates() };
        let service = self.service.insert(turn.services.open(&opened));
        self.phase = Phase::Open;
        self.active = turn.now;
        self.received = 0;
        self.facts = Some(Box::new(facts));
        service.on_open(&mut Out::new(turn.plain, closing));
    }
}

/// What a browser that was given `http://` is told.
const HTTP_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 54\r\n\
    Connection: close\r\n\r\nThis port speaks TLS: use https:// instead of http://\n";

#[cfg(test)]
mod tests;
