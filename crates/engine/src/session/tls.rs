//! The only calls of rustls that move bytes: its unbuffered connection, which owns no buffers.

use std::sync::Arc;

use common::facts::Facts;
use rustls::pki_types::CertificateDer;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{AlertDescription, PeerMisbehaved, ServerConfig};

use super::meeting::plain_alert;
use super::outbox::Outbox;
use crate::out::Lent;

/// One side of a TLS connection.
pub(super) struct Tls {
    rustls: UnbufferedServerConnection,
    established: News,
    peer_closed: News,
    /// The peer has been sent something: keys may be in force.
    spoken: bool,
}

/// Something that happens once, and is reported once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    None,
    Due,
    Told,
}

/// Where processing stopped.
pub(super) enum Status {
    /// Everything there was has been processed and encrypted.
    Done,
    /// The handshake is done. Process again: there may be data behind it.
    Established,
    /// The peer sent close_notify. Process again, for what is to be sent; what it sent afterwards is ignored.
    PeerClosed,
    /// It is over. Call nothing but [`Tls::alert`].
    Failed(rustls::Error),
}

/// What [`Tls::process`] did.
pub(super) struct Progress {
    /// Bytes of the input that are used up; the others have to be there again, at the front.
    pub(super) used: usize,
    /// Bytes of plaintext that were encrypted.
    pub(super) encrypted: usize,
    pub(super) status: Status,
}

/// Room that a record needs beside its content: header, explicit nonce, content type and tag, rounded up.
const RECORD_OVERHEAD: usize = 64;

/// The most a record carries (RFC 8446 section 5.1).
const RECORD_CONTENT: usize = 1 << 14;

impl Tls {
    pub(super) fn server(config: Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        Ok(Self {
            rustls: UnbufferedServerConnection::new(config)?,
            established: News::None,
            peer_closed: News::None,
            spoken: false,
        })
    }

    /// Processes the records in `input`, gives plaintext to `on_data` record by record, and puts what the handshake
    /// has to say, and after it what `on_data` or the caller has written into `lent`, into `outbox`.
    pub(super) fn process(
        &mut self,
        input: &mut [u8],
        lent: &mut Lent,
        outbox: &mut Outbox,
        mut on_data: impl FnMut(&[u8], &mut Lent),
    ) -> Progress {
        let (mut used, mut encrypted) = (0, 0);
        loop {
            if let Some(status) = self.news() {
                return Progress { used, encrypted, status };
            }
            let UnbufferedStatus { discard, state } = self.rustls.process_tls_records(&mut input[used..]);
            used += discard;
            let status = match state {
                Err(error) => Status::Failed(error),
                // Handshake and data came at once: first tell of the one. The state comes again.
                Ok(ConnectionState::ReadTraffic(_)) if self.established == News::None => continue,
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        used += record.discard;
                        on_data(record.payload, lent);
                    }
                    continue;
                }
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    let result = fill(outbox, 0, |space| message.encode(space));
                    debug_assert!(result.is_ok(), "a message is encoded once");
                    self.spoken = true;
                    continue;
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done(); // it is in the outbox
                    continue;
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.peer_closed = News::Due;
                    continue;
                }
                Ok(ConnectionState::WriteTraffic(mut traffic)) if !lent.plain.is_empty() => {
                    match encrypt(&mut traffic, &lent.plain, outbox) {
                        Ok(()) => {
                            encrypted += lent.plain.len();
                            lent.plain.clear();
                            Status::Done
                        }
                        Err(_) => Status::Failed(rustls::Error::EncryptError),
                    }
                }
                // `ReadEarlyData` does not come, as no configuration allows it.
                Ok(_) => Status::Done,
            };
            let status = match status {
                Status::Done => self.news().unwrap_or(Status::Done),
                other => other,
            };
            return Progress { used, encrypted, status };
        }
    }

    /// What has happened and was not reported yet.
    fn news(&mut self) -> Option<Status> {
        if self.established == News::None && !self.rustls.is_handshaking() {
            self.established = News::Told;
            return Some(Status::Established);
        }
        if self.peer_closed == News::Due {
            self.peer_closed = News::Told;
            return Some(Status::PeerClosed);
        }
        None
    }

    /// Puts close_notify into `outbox`, behind what the handshake still has to say. `kept` is what
    /// [`process`](Self::process) left of its input.
    pub(super) fn close_notify(&mut self, kept: &mut [u8], outbox: &mut Outbox) {
        loop {
            match self.rustls.process_tls_records(kept).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    // Nothing else can be done about a connection that has run out of sequence numbers.
                    let _ = fill(outbox, RECORD_OVERHEAD, |space| traffic.queue_close_notify(space));
                    return;
                }
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    let result = fill(outbox, 0, |space| message.encode(space));
                    debug_assert!(result.is_ok(), "a message is encoded once");
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(), // it is in the outbox
                _ => return,
            }
        }
    }

    /// After an error: puts the alert that rustls has for the peer, if any, into `outbox`. Where it has none and no
    /// key is in force yet, the peer is told in the clear.
    ///
    /// rustls must not see another byte, and with a part of a handshake message pending it must not be made to look
    /// for any either: it would look behind the end of an empty slice. So this goes on only while a message waits,
    /// which is handed out before anything else is done.
    pub(super) fn alert(&mut self, error: &rustls::Error, outbox: &mut Outbox) {
        if !self.spoken && !self.rustls.wants_write() && !matches!(error, rustls::Error::AlertReceived(_)) {
            outbox.push(&plain_alert(description(error)));
        }
        while self.rustls.wants_write() {
            match self.rustls.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    let result = fill(outbox, 0, |space| message.encode(space));
                    debug_assert!(result.is_ok(), "a message is encoded once");
                }
                _ => return,
            }
        }
    }

    /// What was agreed on; times and names are the caller's.
    pub(super) fn facts(&self) -> Facts {
        Facts {
            version: self.rustls.protocol_version(),
            suite: self.rustls.negotiated_cipher_suite().map(|suite| suite.suite()),
            group: self.rustls.negotiated_key_exchange_group().map(|group| group.name()),
            alpn: self.rustls.alpn_protocol().map(<[u8]>::to_vec),
            kind: self.rustls.handshake_kind().map(Into::into),
            ..Facts::default()
        }
    }

    pub(super) fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        self.rustls.peer_certificates().unwrap_or_default()
    }
}

/// The alert of RFC 8446 section 6.2 for a fault of the peer's first messages.
pub(super) fn description(error: &rustls::Error) -> AlertDescription {
    match error {
        rustls::Error::InvalidMessage(_) => AlertDescription::DecodeError,
        rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::PeerMisbehaved(PeerMisbehaved::MessageInterleavedWithHandshakeMessage) => {
            AlertDescription::UnexpectedMessage
        }
        rustls::Error::PeerMisbehaved(_) => AlertDescription::IllegalParameter,
        rustls::Error::PeerIncompatible(_) => AlertDescription::HandshakeFailure,
        _ => AlertDescription::InternalError,
    }
}

fn encrypt<Data>(traffic: &mut WriteTraffic<'_, Data>, plain: &[u8], outbox: &mut Outbox) -> Result<(), EncryptError> {
    let records = plain.len().div_ceil(RECORD_CONTENT);
    fill(outbox, plain.len() + records * RECORD_OVERHEAD, |space| traffic.encrypt(plain, space))
}

/// Lets `write` fill space in `outbox`, once more with the space it asks for if `guess` is too little.
fn fill<E: TooSmall>(
    outbox: &mut Outbox,
    guess: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<(), E> {
    let written = match write(outbox.space(guess)) {
        Ok(written) => written,
        Err(error) => match error.required() {
            Some(required) => write(outbox.space(required))?,
            None => return Err(error),
        },
    };
    outbox.commit(written);
    Ok(())
}

/// rustls's errors that may ask for more space.
trait TooSmall {
    fn required(&self) -> Option<usize>;
}

impl TooSmall for EncodeError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::AlreadyEncoded => None,
        }
    }
}

impl TooSmall for EncryptError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::EncryptExhausted => None,
        }
    }
}
