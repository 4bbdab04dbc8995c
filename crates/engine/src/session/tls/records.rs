//! The records of TLS 1.3 after the handshake (RFC 8446 section 5): opened where they lie and sealed where they are
//! sent from, without a copy and without an allocation. rustls keeps the key schedule, for KeyUpdate.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{
    AlertDescription, CipherSuite, ConnectionTrafficSecrets, ContentType, Error, ExtractedSecrets, HandshakeType,
    InvalidMessage, PeerMisbehaved, SupportedCipherSuite,
};

use super::{Input, Progress, RECORD_CONTENT, Status, description};
use crate::out::Lent;
use crate::session::outbox::Outbox;

/// A record's type, version and length.
const HEADER: usize = 5;
/// What all these suites add to authenticate a record.
const TAG: usize = 16;
/// What a record has beside its content: header, the content's type, tag.
const OVERHEAD: usize = HEADER + 1 + TAG;
/// The longest protected record (RFC 8446 section 5.2).
const LONGEST: usize = RECORD_CONTENT + 256;
/// A KeyUpdate: type, three bytes of length, and whether one is asked for in return (RFC 8446 section 4.6.3).
const KEY_UPDATE: usize = 5;

/// Records in a row that bring no data, and warnings in all, that a peer may send: as many as rustls allows.
const FRUITLESS: u8 = 32;
const WARNINGS: u8 = 4;

/// Both directions of an established connection.
pub(in crate::session) struct Records {
    schedule: KernelConnection<ServerConnectionData>,
    ours: Protection,
    theirs: Protection,
    /// The beginning of a handshake message, of which the rest is in the next record.
    begun: Begun,
    /// How many more records without data it may send.
    fruitless: u8,
    warnings: u8,
    peer_closed: bool,
    /// Our close_notify is out, and nothing may follow it.
    closed: bool,
}

/// The keys of one direction.
pub(in crate::session) struct Protection {
    key: LessSafeKey,
    iv: [u8; 12],
    sequence: u64,
    /// How many records a key may protect (RFC 8446 section 5.5).
    limit: u64,
}

#[derive(Default)]
struct Begun {
    bytes: [u8; KEY_UPDATE],
    length: usize,
}

/// What one record brought.
enum Brought {
    Data,
    Nothing,
    Close,
}

impl Records {
    /// Whether records of this suite can be protected here.
    pub(super) fn can_protect(suite: SupportedCipherSuite) -> bool {
        matches!(
            suite.suite(),
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS13_AES_256_GCM_SHA384
                | CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
        )
    }

    pub(super) fn new(
        secrets: ExtractedSecrets,
        schedule: KernelConnection<ServerConnectionData>,
    ) -> Result<Self, Error> {
        Ok(Self {
            ours: Protection::new(secrets.tx)?,
            theirs: Protection::new(secrets.rx)?,
            schedule,
            begun: Begun::default(),
            fruitless: FRUITLESS,
            warnings: WARNINGS,
            peer_closed: false,
            closed: false,
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
        let mut used = 0;
        while !self.peer_closed {
            let start = used + HEADER;
            let brought = match find(&input[used..]) {
                Ok(None) => break,
                Ok(Some(length)) => {
                    used += length;
                    self.take(&mut input[start - HEADER..used], outbox)
                }
                Err(error) => Err(error),
            };
            match brought {
                Ok((Brought::Data, length)) if length > 0 => on_data(&input[start..start + length], Some(start), lent),
                Ok((Brought::Data | Brought::Nothing, _)) => {}
                Ok((Brought::Close, _)) => {
                    self.peer_closed = true;
                    return Progress { used, encrypted: 0, status: Status::PeerClosed };
                }
                Err(error) => return Progress { used, encrypted: 0, status: Status::Failed(error) },
            }
        }
        let encrypted = lent.plain.len() + passed.len();
        let sealed = self.send(&lent.plain, outbox).and_then(|()| self.send(std::mem::take(passed), outbox));
        lent.plain.clear();
        let status = sealed.map_or_else(Status::Failed, |()| Status::Done);
        Progress { used, encrypted, status }
    }

    #[cfg(test)]
    pub(in crate::session) const fn limit_ours(&mut self, records: u64) {
        self.ours.limit = self.ours.sequence + records;
    }

    pub(super) fn close_notify(&mut self, outbox: &mut Outbox) {
        const WARNING: u8 = 1;
        self.closed = true;
        // Nothing else can be done about a connection that cannot seal any more.
        let _ = self.seal(ContentType::Alert, &[WARNING, AlertDescription::CloseNotify.into()], outbox);
    }

    pub(super) fn alert(&mut self, error: &Error, outbox: &mut Outbox) {
        const FATAL: u8 = 2;
        if !matches!(error, Error::AlertReceived(_)) {
            let _ = self.seal(ContentType::Alert, &[FATAL, description(error).into()], outbox);
        }
    }

    /// Opens a record where it lies, and does what it says unless it brings data. How long its content is, which
    /// begins behind the header.
    fn take(&mut self, record: &mut [u8], outbox: &mut Outbox) -> Result<(Brought, usize), Error> {
        let (header, body) = record.split_at_mut(HEADER);
        let inner = self.theirs.open(header, body)?;
        // RFC 8446 section 5.4: the content, its type, and zeroes.
        let end = inner.iter().rposition(|&byte| byte != 0).ok_or(PeerMisbehaved::IllegalTlsInnerPlaintext)?;
        let (content, kind) = (&inner[..end], ContentType::from(inner[end]));
        if content.len() > RECORD_CONTENT {
            return Err(Error::PeerSentOversizedRecord);
        }
        if self.begun.length > 0 && kind != ContentType::Handshake {
            return Err(PeerMisbehaved::MessageInterleavedWithHandshakeMessage.into());
        }
        let length = content.len();
        let brought = match kind {
            ContentType::ApplicationData => {
                if length > 0 {
                    self.fruitless = FRUITLESS;
                } else {
                    self.fruitless = self.fruitless.checked_sub(1).ok_or(PeerMisbehaved::TooManyEmptyFragments)?;
                }
                Brought::Data
            }
            ContentType::Alert => self.hear(content.try_into().map_err(|_| wrong_length(content))?)?,
            ContentType::Handshake => {
                if let Some(asked) = self.begun.take(content)? {
                    self.update(asked, outbox)?;
                }
                Brought::Nothing
            }
            ContentType::ChangeCipherSpec => return Err(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec.into()),
            other => return Err(inappropriate(other)),
        };
        Ok((brought, length))
    }

    /// An alert. RFC 8446 section 6: every one but two is the end, whatever its level says.
    fn hear(&mut self, [_level, alert]: [u8; 2]) -> Result<Brought, Error> {
        match AlertDescription::from(alert) {
            AlertDescription::CloseNotify => Ok(Brought::Close),
            AlertDescription::UserCanceled => {
                self.warnings = self.warnings.checked_sub(1).ok_or(PeerMisbehaved::TooManyWarningAlertsReceived)?;
                Ok(Brought::Nothing)
            }
            other => Err(Error::AlertReceived(other)),
        }
    }

    /// The peer's key is a new one from here on, and ours is, too, where that was `asked` for.
    fn update(&mut self, asked: bool, outbox: &mut Outbox) -> Result<(), Error> {
        self.fruitless = self.fruitless.checked_sub(1).ok_or(PeerMisbehaved::TooManyKeyUpdateRequests)?;
        self.theirs = Protection::new(self.schedule.update_rx_secret()?)?;
        if asked && !self.closed { self.renew(outbox) } else { Ok(()) }
    }

    /// Tells the peer that our key changes, and changes it.
    fn renew(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        const NOT_REQUESTED: u8 = 0;
        let message = [HandshakeType::KeyUpdate.into(), 0, 0, 1, NOT_REQUESTED];
        self.ours.seal(ContentType::Handshake, &message, outbox)?;
        self.ours = Protection::new(self.schedule.update_tx_secret()?)?;
        Ok(())
    }

    /// Seals data, in as many records as it takes.
    fn send(&mut self, data: &[u8], outbox: &mut Outbox) -> Result<(), Error> {
        if !data.is_empty() {
            outbox.space(data.len() + data.len().div_ceil(RECORD_CONTENT) * OVERHEAD); // at once for all of them
        }
        data.chunks(RECORD_CONTENT).try_for_each(|content| self.seal(ContentType::ApplicationData, content, outbox))
    }

    fn seal(&mut self, kind: ContentType, content: &[u8], outbox: &mut Outbox) -> Result<(), Error> {
        if self.ours.sequence + 1 >= self.ours.limit {
            self.renew(outbox)?; // the last record of a key says that there is another
        }
        self.ours.seal(kind, content, outbox)
    }
}

/// How long the record at the front of `bytes` is, header included, once it is whole. What cannot be one of a
/// protected connection is known from its header.
fn find(bytes: &[u8]) -> Result<Option<usize>, Error> {
    let Some(&[kind, _, _, high, low]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    let kind = ContentType::from(kind);
    if kind != ContentType::ApplicationData {
        return Err(inappropriate(kind));
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST {
        return Err(Error::PeerSentOversizedRecord);
    }
    Ok((bytes.len() - HEADER >= length).then_some(HEADER + length))
}

/// An alert has two bytes, and a record one alert (RFC 8446 section 5.1).
fn wrong_length(alert: &[u8]) -> Error {
    let wrong = if alert.len() < 2 { InvalidMessage::MessageTooShort } else { InvalidMessage::TrailingData("Alert") };
    wrong.into()
}

fn inappropriate(kind: ContentType) -> Error {
    Error::InappropriateMessage { expect_types: vec![ContentType::ApplicationData], got_type: kind }
}

impl Protection {
    pub(in crate::session) fn new((sequence, secrets): (u64, ConnectionTrafficSecrets)) -> Result<Self, Error> {
        // RFC 8446 section 5.5: with ChaCha20 the numbers end before it is too much.
        const GCM_RECORDS: u64 = 1 << 24;
        match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => {
                Self::with(&AES_128_GCM, &key, &iv, sequence, GCM_RECORDS)
            }
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => {
                Self::with(&AES_256_GCM, &key, &iv, sequence, GCM_RECORDS)
            }
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                Self::with(&CHACHA20_POLY1305, &key, &iv, sequence, u64::MAX)
            }
            _ => Err(Error::General("the keys of an unknown cipher".to_owned())),
        }
    }

    fn with(algorithm: &'static Algorithm, key: &AeadKey, iv: &Iv, sequence: u64, limit: u64) -> Result<Self, Error> {
        let key = UnboundKey::new(algorithm, key.as_ref()).map_err(|_| Error::EncryptError)?;
        let iv = iv.as_ref().try_into().map_err(|_| Error::EncryptError)?;
        Ok(Self { key: LessSafeKey::new(key), iv, sequence, limit })
    }

    /// RFC 8446 section 5.3. No number is used twice: where they end, so does the connection.
    fn nonce(&mut self) -> Option<Nonce> {
        let mut nonce = self.iv;
        nonce.iter_mut().skip(4).zip(self.sequence.to_be_bytes()).for_each(|(byte, number)| *byte ^= number);
        self.sequence = self.sequence.checked_add(1)?;
        Some(Nonce::assume_unique_for_key(nonce))
    }

    /// The inside of a record, where it lies.
    pub(in crate::session) fn open<'a>(&mut self, header: &[u8], body: &'a mut [u8]) -> Result<&'a [u8], Error> {
        let nonce = self.nonce().ok_or(Error::DecryptError)?;
        self.key.open_in_place(nonce, Aad::from(header), body).map(|inner| &*inner).map_err(|_| Error::DecryptError)
    }

    /// A record, from where its content lies into `outbox`.
    pub(in crate::session) fn seal(
        &mut self,
        kind: ContentType,
        content: &[u8],
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let nonce = self.nonce().ok_or(Error::EncryptError)?;
        let Some(record) = outbox.space(content.len() + OVERHEAD).get_mut(..content.len() + OVERHEAD) else {
            return Err(Error::EncryptError);
        };
        let (header, body) = record.split_at_mut(HEADER);
        let length = u16::try_from(body.len()).map_err(|_| Error::EncryptError)?.to_be_bytes();
        header.copy_from_slice(&[ContentType::ApplicationData.into(), 3, 3, length[0], length[1]]);
        let (sealed, rest) = body.split_at_mut(content.len());
        self.key
            .seal_out_of_place_scatter(nonce, Aad::from(&*header), content, sealed, &[kind.into()], rest)
            .map_err(|_| Error::EncryptError)?;
        outbox.commit(content.len() + OVERHEAD);
        Ok(())
    }
}

impl Begun {
    /// Takes a part of a handshake message, of which KeyUpdate is the only one that may come. When it is whole: whether
    /// an update of ours was asked for.
    fn take(&mut self, part: &[u8]) -> Result<Option<bool>, Error> {
        if part.is_empty() {
            return Err(InvalidMessage::InvalidEmptyPayload.into());
        }
        let before = self.length;
        let taken = part.len().min(KEY_UPDATE - before);
        self.bytes[before..before + taken].copy_from_slice(&part[..taken]);
        self.length += taken;
        let kind = HandshakeType::from(self.bytes[0]);
        if kind != HandshakeType::KeyUpdate {
            return Err(Error::InappropriateHandshakeMessage {
                expect_types: vec![HandshakeType::KeyUpdate],
                got_type: kind,
            });
        }
        if self.length >= 4 && self.bytes[1..4] != [0, 0, 1] {
            return Err(InvalidMessage::InvalidKeyUpdate.into());
        }
        if self.length < KEY_UPDATE {
            return Ok(None);
        }
        if taken < part.len() {
            return Err(PeerMisbehaved::KeyEpochWithPendingFragment.into()); // RFC 8446 section 5.1
        }
        self.length = 0;
        match self.bytes[4] {
            0 => Ok(Some(false)),
            1 => Ok(Some(true)),
            _ => Err(InvalidMessage::InvalidKeyUpdate.into()),
        }
    }
}
