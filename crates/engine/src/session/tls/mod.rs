//! TLS of one connection: rustls makes the handshake, and where the configuration lets the keys out of it, the records
//! of TLS 1.3 that follow are protected here.

mod owed;
mod records;
mod unbuffered;

use std::sync::Arc;

use rustls::{AlertDescription, InvalidMessage, PeerMisbehaved, ServerConfig};

#[cfg(test)]
pub(super) use self::records::Protection;
use self::records::Records;
use self::unbuffered::Unbuffered;
use super::outbox::Outbox;
use crate::out::Lent;

/// One side of a TLS connection.
pub(super) enum Tls {
    /// rustls has it.
    Unbuffered(Box<Unbuffered>),
    /// The handshake is long done, and only records are left to be protected.
    Records(Box<Records>),
}

/// Who takes plaintext: the data of one record, and where in the input it begins, where it stays there.
pub(super) type Input<'a> = dyn FnMut(&[u8], Option<usize>, &mut Lent) + 'a;

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
        Unbuffered::new(config).map(|rustls| Self::Unbuffered(Box::new(rustls)))
    }

    /// Processes the records in `input`, gives plaintext to `on_data` record by record, and puts what the handshake
    /// has to say, and after it what `on_data` or the caller has written into `lent`, and then `passed`, into `outbox`.
    /// What of `passed` has gone is taken from it.
    pub(super) fn process(
        &mut self,
        input: &mut [u8],
        passed: &mut &[u8],
        lent: &mut Lent,
        outbox: &mut Outbox,
        on_data: &mut Input<'_>,
    ) -> Progress {
        match self {
            Self::Unbuffered(rustls) => rustls.process(input, passed, lent, outbox, on_data),
            Self::Records(records) => records.process(input, passed, lent, outbox, on_data),
        }
    }

    /// Takes the records over from rustls, where that is due and can be done. To be called with no byte of the peer
    /// left over.
    pub(super) fn take_over(self, patience: u32) -> Result<Self, rustls::Error> {
        match self {
            Self::Unbuffered(rustls) if rustls.may_hand_over(patience) => {
                rustls.hand_over().map(|records| Self::Records(Box::new(records)))
            }
            other => Ok(other),
        }
    }

    /// Puts close_notify into `outbox`, behind what the handshake still has to say. `kept` is what
    /// [`process`](Self::process) left of its input.
    pub(super) fn close_notify(&mut self, kept: &mut [u8], outbox: &mut Outbox) {
        match self {
            Self::Unbuffered(rustls) => rustls.close_notify(kept, outbox),
            Self::Records(records) => records.close_notify(outbox),
        }
    }

    /// After an error: puts the alert for the peer, if there is one, into `outbox`.
    pub(super) fn alert(&mut self, error: &rustls::Error, outbox: &mut Outbox) {
        match self {
            Self::Unbuffered(rustls) => rustls.alert(error, outbox),
            Self::Records(records) => records.alert(error, outbox),
        }
    }
}

/// The alert of RFC 8446 section 6.2 for a fault of the peer's.
pub(super) fn description(error: &rustls::Error) -> AlertDescription {
    match error {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidKeyUpdate) => AlertDescription::IllegalParameter,
        rustls::Error::InvalidMessage(InvalidMessage::InvalidEmptyPayload) => AlertDescription::UnexpectedMessage,
        rustls::Error::InvalidMessage(_) => AlertDescription::DecodeError,
        rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::PeerMisbehaved(
            PeerMisbehaved::MessageInterleavedWithHandshakeMessage
            | PeerMisbehaved::KeyEpochWithPendingFragment
            | PeerMisbehaved::TooManyKeyUpdateRequests
            | PeerMisbehaved::TooManyEmptyFragments
            | PeerMisbehaved::IllegalMiddleboxChangeCipherSpec
            | PeerMisbehaved::IllegalTlsInnerPlaintext,
        ) => AlertDescription::UnexpectedMessage,
        rustls::Error::PeerMisbehaved(PeerMisbehaved::TooManyWarningAlertsReceived) => AlertDescription::DecodeError,
        rustls::Error::PeerMisbehaved(_) => AlertDescription::IllegalParameter,
        rustls::Error::PeerIncompatible(_) => AlertDescription::HandshakeFailure,
        rustls::Error::DecryptError => AlertDescription::BadRecordMac,
        rustls::Error::PeerSentOversizedRecord => AlertDescription::RecordOverflow,
        _ => AlertDescription::InternalError,
    }
}
