//! The beginning of a session: who is it, what does it want, and which configuration is it to have.

use rustls::AlertDescription;
use wire::hello::Decoded;
use wire::record::Assembly;
use wire::{ClientHello, Speaks};

use super::tls::Tls;
use super::{Phase, Session, Turn, postgres, proxy_header};
use crate::inforce::Choice;
use crate::limits::KEPT;
use crate::observe::Cause;
use crate::reply::Wake;

impl Session {
    /// What the configuration of a waiting session waited for is there, or is known not to come.
    pub fn ready(&mut self, turn: &mut Turn<'_>) {
        if !std::mem::take(&mut self.waiting) || self.phase != Phase::Hello {
            return;
        }
        let mut bytes = std::mem::take(&mut self.kept);
        let used = self.greet(&mut bytes, turn);
        bytes.drain(..used);
        self.keep(bytes, turn);
    }

    /// Takes `bytes`, the first there were, as far as they go. How many are used up.
    pub(super) fn greet(&mut self, bytes: &mut [u8], turn: &mut Turn<'_>) -> usize {
        if self.waiting {
            return 0;
        }
        if self.greeted.is_none() {
            self.greeted = Some(turn.now);
        }
        let mut ahead = match self.introduce(bytes, turn) {
            Some(header) => header,
            None => return 0,
        };
        if let Some((answer, question)) = postgres::answer(&bytes[ahead..]) {
            turn.outbox.push(answer);
            self.assembly = Assembly::default();
            ahead += question;
        }
        let bytes = &mut bytes[ahead..];
        if !self.meet(bytes, turn) {
            return ahead;
        }
        let used = self.process(bytes, None, &[], turn);
        if self.phase == Phase::Hello {
            self.phase = Phase::Handshake; // rustls reads what we could not
        }
        ahead + used
    }

    /// Takes the PROXY header, where there has to be one. How long it is; `None` while it is not whole, or where it is
    /// none and the session has failed.
    fn introduce(&mut self, bytes: &[u8], turn: &mut Turn<'_>) -> Option<usize> {
        if !self.preface {
            return Some(0);
        }
        match proxy_header::decode(bytes) {
            proxy_header::Decoded::NeedMore => None,
            proxy_header::Decoded::Absent => {
                self.fail(Cause::ProxyHeader(None), turn);
                None
            }
            proxy_header::Decoded::Malformed(malformed) => {
                self.fail(Cause::ProxyHeader(Some(malformed)), turn);
                None
            }
            proxy_header::Decoded::Header(header) => {
                self.preface = false;
                if let Some(addresses) = header.addresses {
                    self.peer.via = Some(self.peer.address);
                    self.peer.address = addresses.source;
                    self.peer.local = addresses.destination;
                }
                Some(header.length)
            }
        }
    }

    /// Makes the TLS side as soon as the ClientHello says which configuration it is to have. Whether it is there.
    fn meet(&mut self, bytes: &[u8], turn: &mut Turn<'_>) -> bool {
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
            Decoded::ClientHello(hello) => Some(hello),
            Decoded::NeedMore | Decoded::Malformed(_) => None,
        };
        match turn.configs.choose(hello.as_ref(), &|| Wake::new(turn.address.clone())) {
            Choice::Later => self.waiting = true,
            Choice::Refuse(alert) => {
                self.note(hello.as_ref(), turn);
                turn.outbox.push(&plain_alert(alert));
                self.fail(Cause::Refused(alert), turn);
            }
            Choice::Config(config) => {
                self.note(hello.as_ref(), turn);
                match Tls::server(config) {
                    Ok(tls) => self.tls = Some(tls),
                    Err(error) => self.fail(Cause::Tls(error), turn),
                }
            }
        }
        if self.waiting {
            self.assembly = Assembly::default(); // it is looked at from its beginning again
        }
        self.tls.is_some()
    }

    /// Notes what the ClientHello says, for facts and log.
    fn note(&mut self, hello: Option<&ClientHello<'_>>, turn: &Turn<'_>) {
        let Some(hello) = hello else { return };
        self.phase = Phase::Handshake;
        self.server_name = hello.server_name.map(Into::into);
        if turn.fingerprint {
            self.ja4 = Some(wire::fingerprint::ja4(hello).into());
        }
    }
}

/// What a browser that was given `http://` is told.
const HTTP_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 54\r\n\
    Connection: close\r\n\r\nThis port speaks TLS: use https:// instead of http://\n";

/// A fatal alert as a record without protection (RFC 8446 sections 5.1 and 6), for a session that has no TLS yet.
pub(super) fn plain_alert(alert: AlertDescription) -> [u8; 7] {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    [ALERT, 3, 3, 0, 2, FATAL, alert.into()]
}
