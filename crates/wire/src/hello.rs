//! The ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), read before a TLS stack is chosen for it.

use thiserror::Error;

use crate::reader::Reader;
use crate::record::Assembly;
use crate::speaks::{self, Heard, Speaks};
use crate::{names, record};

/// What the first bytes of a stream are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Too few to say.
    NeedMore,
    /// A whole ClientHello.
    ClientHello(ClientHello<'a>),
    /// Another protocol.
    NotTls(Speaks),
    /// TLS, but no ClientHello that can be read.
    Malformed(Malformed),
}

/// Why bytes that look like TLS are no ClientHello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A record of another type came first.
    #[error("begins with a record of type {0}, not handshake")]
    ContentType(u8),
    /// A record's version is none of TLS.
    #[error("has a record of version 0x{0:04x}")]
    RecordVersion(u16),
    /// A record announces more than RFC 8446 section 5.2 allows.
    #[error("has a record of {0} bytes")]
    RecordLength(usize),
    /// A handshake record without content, which RFC 8446 section 5.1 forbids.
    #[error("has an empty handshake record")]
    EmptyRecord,
    /// Another handshake message came first.
    #[error("begins with handshake message {name}", name = names::handshake_type(*.0).unwrap_or("of an unknown type"))]
    MessageType(u8),
    /// The message announces more than [`record::MAX_MESSAGE`].
    #[error("has a ClientHello of {0} bytes")]
    TooLong(usize),
    /// A field ends early, has bytes behind it, or holds what it must not.
    #[error("has a ClientHello with a bad {0}")]
    Field(&'static str),
    /// An extension stands there twice.
    #[error("has a ClientHello with extension {0} twice")]
    Duplicate(u16),
}

/// A ClientHello, borrowed from the bytes it came in.
///
/// Its lists are as the client sent them: in its order, and with values that no registry knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// `legacy_version`: 0x0303 for TLS 1.2 and later.
    pub legacy_version: u16,
    /// The random value.
    pub random: &'a [u8],
    /// The session id; in TLS 1.3 a relic, mostly of 32 bytes.
    pub session_id: &'a [u8],
    /// Cipher suites.
    pub suites: U16s<'a>,
    /// Compression methods.
    pub compression: &'a [u8],
    /// The name asked for (RFC 6066 section 3), as sent.
    pub server_name: Option<&'a str>,
    /// Versions of the extension `supported_versions`; empty before TLS 1.3.
    pub versions: U16s<'a>,
    /// Groups for the key exchange.
    pub groups: U16s<'a>,
    /// Signature schemes for the handshake.
    pub signature_schemes: U16s<'a>,
    alpn: &'a [u8],
    key_shares: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> ClientHello<'a> {
    /// Application protocols (RFC 7301), most wanted first.
    pub fn alpn(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::new(self.alpn);
        std::iter::from_fn(move || reader.short())
    }

    /// Key shares: the group of each, and the public value.
    pub fn key_shares(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        pairs(self.key_shares)
    }

    /// Extensions in the order they were sent: type and content.
    pub fn extensions(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        pairs(self.extensions)
    }

    /// Reads the body of a ClientHello message.
    ///
    /// # Errors
    /// It is not well formed.
    pub fn decode(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let mut hello = Self {
            legacy_version: reader.u16().ok_or(Malformed::Field("version"))?,
            random: reader.take(32).ok_or(Malformed::Field("random"))?,
            session_id: reader.short().filter(|id| id.len() <= 32).ok_or(Malformed::Field("session id"))?,
            suites: reader.long().and_then(U16s::new).ok_or(Malformed::Field("list of cipher suites"))?,
            compression: reader.short().ok_or(Malformed::Field("list of compression methods"))?,
            server_name: None,
            versions: U16s(&[]),
            groups: U16s(&[]),
            signature_schemes: U16s(&[]),
            alpn: &[],
            key_shares: &[],
            extensions: &[],
        };
        if reader.is_empty() {
            return Ok(hello); // extensions are optional before TLS 1.3
        }
        hello.extensions = reader.long().ok_or(Malformed::Field("list of extensions"))?;
        if !reader.is_empty() {
            return Err(Malformed::Field("end: bytes after the extensions"));
        }
        hello.read_extensions()?;
        Ok(hello)
    }

    fn read_extensions(&mut self) -> Result<(), Malformed> {
        let mut seen = 0_u64;
        let mut reader = Reader::new(self.extensions);
        while !reader.is_empty() {
            let (Some(kind), Some(content)) = (reader.u16(), reader.long()) else {
                return Err(Malformed::Field("list of extensions"));
            };
            if kind < 64 {
                // All that are read here; rustls looks at the others.
                if seen & (1 << kind) != 0 {
                    return Err(Malformed::Duplicate(kind));
                }
                seen |= 1 << kind;
            }
            match kind {
                extension::SERVER_NAME => self.server_name = Some(server_name(content)?),
                extension::GROUPS => self.groups = u16s(content, "list of groups")?,
                extension::SIGNATURE_SCHEMES => self.signature_schemes = u16s(content, "list of signature schemes")?,
                extension::ALPN => self.alpn = alpn(content)?,
                extension::VERSIONS => self.versions = versions(content)?,
                extension::KEY_SHARES => self.key_shares = key_shares(content)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Decodes what a stream begins with: `bytes`, from its first byte on, at every call with the same `assembly`.
///
/// Depends on the bytes so far and nothing else: whatever way they were split, [`Decoded::NeedMore`] is followed by
/// the same answer.
pub fn decode<'a>(bytes: &'a [u8], assembly: &'a mut Assembly) -> Decoded<'a> {
    match bytes.first() {
        None => return Decoded::NeedMore,
        Some(record::content::CHANGE_CIPHER_SPEC..=record::content::APPLICATION_DATA) => {}
        Some(_) => {
            return match speaks::hear(bytes) {
                Heard::NeedMore => Decoded::NeedMore,
                Heard::Speaks(speaks) => Decoded::NotTls(speaks),
            };
        }
    }
    match assembly.first_message(bytes) {
        Ok(None) => Decoded::NeedMore,
        Ok(Some(message)) if message.kind != CLIENT_HELLO => Decoded::Malformed(Malformed::MessageType(message.kind)),
        Ok(Some(message)) => match ClientHello::decode(message.body) {
            Ok(hello) => Decoded::ClientHello(hello),
            Err(malformed) => Decoded::Malformed(malformed),
        },
        Err(malformed) => Decoded::Malformed(malformed),
    }
}

/// The handshake type of a ClientHello.
const CLIENT_HELLO: u8 = 1;

/// The extensions that are read (IANA registry "TLS ExtensionType Values").
pub(crate) mod extension {
    pub(crate) const SERVER_NAME: u16 = 0;
    pub(crate) const GROUPS: u16 = 10;
    pub(crate) const SIGNATURE_SCHEMES: u16 = 13;
    pub(crate) const ALPN: u16 = 16;
    pub(crate) const VERSIONS: u16 = 43;
    pub(crate) const KEY_SHARES: u16 = 51;
}

/// A list of 16-bit values, as it stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct U16s<'a>(&'a [[u8; 2]]);

impl<'a> U16s<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let (values, []) = bytes.as_chunks() else { return None };
        Some(Self(values))
    }

    /// The values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.0.iter().map(|&value| u16::from_be_bytes(value))
    }

    /// Whether `value` is in the list.
    pub fn contains(&self, value: u16) -> bool {
        self.0.contains(&value.to_be_bytes())
    }

    /// Whether the list is empty, or was not sent.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || Some((reader.u16()?, reader.long()?)))
}

/// The content of `content`'s one field, which must fill it.
fn whole<'a>(content: &'a [u8], field: impl FnOnce(&mut Reader<'a>) -> Option<&'a [u8]>) -> Option<&'a [u8]> {
    let mut reader = Reader::new(content);
    field(&mut reader).filter(|_| reader.is_empty())
}

fn u16s<'a>(content: &'a [u8], what: &'static str) -> Result<U16s<'a>, Malformed> {
    whole(content, Reader::long).and_then(U16s::new).ok_or(Malformed::Field(what))
}

fn versions(content: &[u8]) -> Result<U16s<'_>, Malformed> {
    whole(content, Reader::short).and_then(U16s::new).ok_or(Malformed::Field("list of versions"))
}

/// RFC 6066 section 3: one name of type host_name, in ASCII. Nothing unprintable may get into a log from here.
fn server_name(content: &[u8]) -> Result<&str, Malformed> {
    let list = whole(content, Reader::long);
    let name = list.and_then(|list| {
        whole(list, |reader| match reader.u8() {
            Some(0) => reader.long(),
            _ => None,
        })
    });
    name.filter(|name| !name.is_empty() && name.len() <= 255 && name.iter().all(u8::is_ascii_graphic))
        .and_then(|name| str::from_utf8(name).ok())
        .ok_or(Malformed::Field("server name"))
}

fn alpn(content: &[u8]) -> Result<&[u8], Malformed> {
    let list = whole(content, Reader::long).filter(|list| !list.is_empty());
    list.filter(|list| {
        let mut reader = Reader::new(list);
        while !reader.is_empty() {
            if reader.short().is_none_or(<[u8]>::is_empty) {
                return false;
            }
        }
        true
    })
    .ok_or(Malformed::Field("list of application protocols"))
}

fn key_shares(content: &[u8]) -> Result<&[u8], Malformed> {
    let list = whole(content, Reader::long);
    list.filter(|list| {
        let mut reader = Reader::new(list);
        while !reader.is_empty() {
            if reader.u16().is_none() || reader.long().is_none() {
                return false;
            }
        }
        true
    })
    .ok_or(Malformed::Field("list of key shares"))
}

#[cfg(test)]
mod tests;
