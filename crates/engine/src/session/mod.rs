//! A connection without its socket: bytes and the time in, bytes and events out.
//!
//! A session goes through its phases forward only: *hello* (bytes are kept until the ClientHello is whole and its
//! configuration is there), *handshake*, *open* (plaintext to the service and back), *draining* (nothing of the peer
//! is processed any more; the last bytes go out). Each phase has a deadline. It reads no clock and owns no buffer
//! while nothing is pending: the caller lends what a [`Turn`] holds.

mod ending;
mod meeting;
mod outbox;
mod postgres;
pub mod proxy_header;
mod serving;
mod tls;

use std::time::Instant;

use common::context::take_chosen_scheme;
use common::facts::Facts;
use rustls::SignatureScheme;
use wire::Speaks;
use wire::record::Assembly;

pub use self::ending::After;
use self::ending::{FirstEnd, Outcome};
pub use self::outbox::Outbox;
use self::tls::{Status, Tls};
pub use crate::inbox::Address;
use crate::inforce::Configs;
use crate::limits::{KEPT, Limits};
use crate::observe::{Cause, How, Observer};
pub use crate::out::Lent;
use crate::out::{Given, Out, Waiting};
use crate::service::{End, Peer, Service, Services};

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting for the ClientHello, or for the configuration that it asks for.
    Hello,
    /// Between the ClientHello and the peer's Finished.
    Handshake,
    /// Data goes both ways, or, after a close_notify, one way.
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
    /// Scratch space for what a service writes; empty between calls, but for what it wishes of its plain side.
    pub lent: &'a mut Lent,
    /// Where the bytes for the peer go.
    pub outbox: &'a mut Outbox,
    /// How many bytes wait for the plain side.
    pub backend_waiting: usize,
    /// Whether [`Facts::ja4`] is wanted.
    pub fingerprint: bool,
    /// Where other threads reach this session.
    pub address: &'a Address,
}

impl Turn<'_> {
    fn waiting(&self) -> Waiting {
        Waiting { peer: self.outbox.len(), backend: self.backend_waiting }
    }
}

/// Free space that [`Session::receive`] needs in front of the bytes that are read.
pub const HEADROOM: usize = KEPT;

/// The server's side of one connection.
pub struct Session {
    peer: Peer,
    phase: Phase,
    /// The peer sends no more that matters: close_notify, the end of its stream, a fatal alert.
    peer_done: bool,
    /// Our close_notify has been sent, while the peer may go on.
    shut: bool,
    /// The ClientHello is whole, and its configuration is being fetched.
    waiting: bool,
    /// A PROXY header has to come first.
    preface: bool,
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
    /// It ends by a reset.
    reset: bool,
    /// Both directions were closed in order.
    clean: bool,
    /// An incomplete ClientHello, record or handshake message.
    kept: Vec<u8>,
    /// How far the kept bytes have been searched for the ClientHello.
    assembly: Assembly,
    tls: Option<Tls>,
    service: Option<Box<dyn Service>>,
    server_name: Option<Box<str>>,
    ja4: Option<Box<str>>,
    /// What we have signed with.
    signature: Option<SignatureScheme>,
    facts: Option<Box<Facts>>,
    /// What ended one of the directions of an open connection first.
    first_end: Option<FirstEnd>,
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
            shut: false,
            waiting: false,
            preface: false,
            speaks: None,
            started: now,
            greeted: None,
            active: now,
            hurried: false,
            reset: false,
            clean: false,
            kept: Vec::new(),
            assembly: Assembly::default(),
            tls: None,
            service: None,
            server_name: None,
            ja4: None,
            signature: None,
            facts: None,
            first_end: None,
            outcome: None,
            received: 0,
            sent: 0,
        }
    }

    /// The same, with a PROXY header that has to come first and says who the client is.
    #[must_use]
    pub const fn behind_proxy(mut self) -> Self {
        self.preface = true;
        self
    }

    /// Where it is in its life.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// How many bytes of plaintext came from the peer and went to it.
    pub const fn plaintext(&self) -> (u64, u64) {
        // Before it is open, what was received is TLS.
        if self.facts.is_some() { (self.received, self.sent) } else { (0, 0) }
    }

    /// Whether bytes of the peer are of any use now.
    pub const fn wants_bytes(&self) -> bool {
        !self.peer_done && !self.waiting && !matches!(self.phase, Phase::Draining)
    }

    /// Whether our direction is closed: what is in the outbox is the last, and the socket may be told so.
    pub const fn is_shut(&self) -> bool {
        self.shut
    }

    /// How many bytes it keeps between calls; none at a record boundary.
    pub const fn held(&self) -> usize {
        self.kept.capacity()
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
            let used = self.take(&mut bytes, fresh, None, turn);
            bytes.drain(..used);
            self.keep(bytes, turn);
        } else {
            let begins = HEADROOM - kept;
            let bytes = &mut buffer[begins..HEADROOM + fresh];
            bytes[..kept].copy_from_slice(&self.kept);
            self.kept = Vec::new();
            let used = self.take(bytes, fresh, Some(begins), turn);
            self.keep(bytes[used..].to_vec(), turn);
        }
    }

    /// The peer's stream has ended.
    pub fn receive_end(&mut self, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Hello | Phase::Handshake => self.fail(Cause::Closed, turn),
            Phase::Open if !self.peer_done => {
                self.peer_done = true;
                // Who has heard our close_notify may go without one of its own: nothing that we wait for is missing.
                self.first_end.get_or_insert(FirstEnd::CutOff);
                self.serve(turn, |service, out| service.on_end(End::CutOff, out));
                turn.lent.wishes.close = true;
                self.pump(turn);
            }
            Phase::Open | Phase::Draining => {}
        }
        self.peer_done = true;
    }

    /// Some of the outbox, or of what waited for the plain side, has gone out.
    pub const fn wrote(&mut self, now: Instant) {
        if !self.hurried {
            self.active = now;
        }
    }

    /// Does what the phase asks for. `begins` is where in the caller's buffer the bytes lie, if they stay there. How
    /// many bytes are used up.
    fn take(&mut self, bytes: &mut [u8], fresh: usize, begins: Option<usize>, turn: &mut Turn<'_>) -> usize {
        match self.phase {
            Phase::Hello => {
                self.received += fresh as u64;
                self.greet(bytes, turn)
            }
            Phase::Handshake => {
                self.received += fresh as u64;
                self.process(bytes, begins, &[], turn)
            }
            Phase::Open => {
                self.active = turn.now;
                self.process(bytes, begins, &[], turn)
            }
            Phase::Draining => bytes.len(),
        }
    }

    /// Keeps what is incomplete until more comes.
    fn keep(&mut self, rest: Vec<u8>, turn: &mut Turn<'_>) {
        if rest.is_empty() || self.peer_done || self.phase == Phase::Draining {
            return;
        }
        if rest.len() > KEPT {
            return self.refuse(rustls::InvalidMessage::HandshakePayloadTooLarge.into(), turn);
        }
        self.kept = rest;
    }

    /// Gives `bytes` to TLS, what comes of them to the service, and does what the service wishes; then sends what is
    /// `passed` on. `begins` is as in [`take`](Self::take). How many bytes are used up.
    fn process(&mut self, bytes: &mut [u8], begins: Option<usize>, mut passed: &[u8], turn: &mut Turn<'_>) -> usize {
        let mut used = 0;
        loop {
            let waiting = turn.waiting();
            let Self { tls: Some(tls), service, received, shut, .. } = self else { return used };
            let address = turn.address;
            let before = begins.map(|begins| begins + used);
            let mut on_data = |data: &[u8], at: Option<usize>, lent: &mut Lent| {
                if let (Some(service), false) = (service.as_mut(), lent.wishes.close || lent.wishes.abort) {
                    *received += data.len() as u64;
                    let begins = before.zip(at).map(|(before, at)| before + at);
                    let given = Given::ByPeer { data, begins };
                    service.on_data(data, &mut Out::new(lent, waiting, given, *shut, address));
                }
            };
            let input = &mut bytes[used..];
            let progress = tls.process(input, &mut passed, turn.lent, turn.outbox, &mut on_data);
            used += progress.used;
            self.sent += progress.encrypted as u64;
            if self.phase < Phase::Open
                && let Some(scheme) = take_chosen_scheme()
            {
                self.signature = Some(scheme);
            }
            match progress.status {
                Status::Done => break,
                Status::Established => {
                    if !self.open(turn) {
                        return used;
                    }
                }
                Status::PeerClosed => self.peer_closed(turn),
                Status::Failed(error) => {
                    self.refuse(error, turn);
                    return used;
                }
            }
        }
        if used == bytes.len() && self.phase == Phase::Open && !self.take_over(turn) {
            return used;
        }
        self.conclude(&mut bytes[used..], turn);
        used
    }

    /// Protects the records without rustls from here on, where that is due. Whether the session goes on.
    fn take_over(&mut self, turn: &mut Turn<'_>) -> bool {
        if self.shut || !matches!(self.tls, Some(Tls::Unbuffered(_))) {
            return true;
        }
        match self.tls.take().map(|tls| tls.take_over(turn.limits.rustls_records)).transpose() {
            Ok(tls) => {
                self.tls = tls;
                true
            }
            Err(error) => {
                self.reset = true; // without its keys nothing can be said
                turn.lent.clear();
                turn.outbox.clear();
                self.leave(Outcome::Ended(How::Tls(error)), turn.now);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
