//! The only calls of rustls that move bytes: its unbuffered connection, which owns no buffers. It makes the handshake,
//! and protects the records of TLS 1.2 and the first ones of TLS 1.3.

use std::sync::Arc;

use common::facts::Facts;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};

use super::owed::{Ahead, Owed};
use super::records::Records;
use super::{Input, Progress, RECORD_CONTENT, RECORD_OVERHEAD, Status, description};
use crate::out::Lent;
use crate::session::meeting::plain_alert;
use crate::session::outbox::Outbox;

/// One side of a TLS connection as rustls keeps it.
pub(in crate::session) struct Unbuffered {
    rustls: UnbufferedServerConnection,
    established: News,
    peer_closed: News,
    /// The peer has been sent something: keys may be in force.
    spoken: bool,
    /// Records of data that it has protected, in both directions.
    records: u32,
    /// The configuration lets the keys out.
    yields: bool,
    owed: Owed,
}

/// Something that happens once, and is reported once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    None,
    Due,
    Told,
}

impl Unbuffered {
    pub(super) fn new(config: Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        let yields = config.enable_secret_extraction;
        Ok(Self {
            rustls: UnbufferedServerConnection::new(config)?,
            established: News::None,
            peer_closed: News::None,
            spoken: false,
            records: 0,
            yields,
            owed: Owed::default(),
        })
    }

    /// Does what [`Tls::process`](super::Tls::process) says.
    pub(super) fn process(
        &mut self,
        input: &mut [u8],
        passed: &mut &[u8],
        lent: &mut Lent,
        outbox: &mut Outbox,
        on_data: &mut Input<'_>,
    ) -> Progress {
        let (mut used, mut encrypted) = (0, 0);
        loop {
            if let Some(status) = self.news() {
                return Progress { used, encrypted, status };
            }
            let ahead = Ahead::of(&input[used..]);
            let UnbufferedStatus { discard, state } = self.rustls.process_tls_records(&mut input[used..]);
            let is_data = matches!(state, Ok(ConnectionState::ReadTraffic(_)));
            used += discard;
            self.owed.note(&ahead, discard, is_data);
            let status = match state {
                Err(error) => Status::Failed(error),
                // Handshake and data came at once: first tell of the one. The state comes again.
                Ok(ConnectionState::ReadTraffic(_)) if self.established == News::None => continue,
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        used += record.discard;
                        self.records += 1;
                        on_data(record.payload, None, lent);
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
                Ok(ConnectionState::WriteTraffic(mut traffic)) if !(lent.plain.is_empty() && passed.is_empty()) => {
                    let plain = if lent.plain.is_empty() { std::mem::take(passed) } else { &lent.plain };
                    let result = encrypt(&mut traffic, plain, outbox);
                    self.owed.settle();
                    encrypted += plain.len();
                    self.records += 1;
                    lent.plain.clear();
                    match result {
                        Ok(()) if !passed.is_empty() => continue,
                        Ok(()) => Status::Done,
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

    /// Whether the records from here on may be [taken over](Self::hand_over): the handshake is done and told of,
    /// `patience` records have been protected, and nothing is under way in either direction.
    pub(super) fn may_hand_over(&self, patience: u32) -> bool {
        self.yields
            && !self.owed.may_be_something()
            && self.records >= patience
            && self.established == News::Told
            && self.peer_closed == News::None
            && !self.rustls.wants_write()
            && self.rustls.negotiated_cipher_suite().is_some_and(Records::can_protect)
    }

    /// Gives the keys to [`Records`]. To be called only where it [may](Self::may_hand_over), and with every byte of
    /// the peer used up: rustls would keep a part of a handshake message in the caller's buffer, decrypted.
    pub(super) fn hand_over(self) -> Result<Records, rustls::Error> {
        let (secrets, rest) = self.rustls.dangerous_into_kernel_connection()?;
        Records::new(secrets, rest)
    }

    /// What has happened and was not reported yet.
    fn news(&mut self) -> Option<Status> {
        if self.established == News::None && !self.rustls.is_handshaking() {
            self.owed.begin();
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
    pub(in crate::session) fn facts(&self) -> Facts {
        Facts {
            version: self.rustls.protocol_version(),
            suite: self.rustls.negotiated_cipher_suite().map(|suite| suite.suite()),
            group: self.rustls.negotiated_key_exchange_group().map(|group| group.name()),
            alpn: self.rustls.alpn_protocol().map(<[u8]>::to_vec),
            kind: self.rustls.handshake_kind().map(Into::into),
            ..Facts::default()
        }
    }

    /// The peer's chain, where it has shown one.
    pub(in crate::session) fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        self.rustls.peer_certificates().unwrap_or_default()
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
