//! The record layer (RFC 8446 section 5.1), as far as it is visible before keys exist.

use crate::hello::Malformed;
use crate::reader::Reader;

/// Bytes of a record's header: type, version, length.
pub const HEADER: usize = 5;

/// The most that may follow a header: 2^14 bytes and what TLS 1.2 allows for protection (RFC 5246 section 6.2.3).
pub const MAX_PAYLOAD: usize = (1 << 14) + 2048;

/// The longest ClientHello that is taken. RFC 8446 allows 2^24; nobody sends more than a few thousand bytes, and
/// rustls draws the line here too.
pub const MAX_MESSAGE: usize = 0xffff;

/// Content types (RFC 8446 appendix B.1).
pub mod content {
    /// change_cipher_spec
    pub const CHANGE_CIPHER_SPEC: u8 = 20;
    /// alert
    pub const ALERT: u8 = 21;
    /// handshake
    pub const HANDSHAKE: u8 = 22;
    /// application_data
    pub const APPLICATION_DATA: u8 = 23;
}

/// A record's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The content type; see [`content`].
    pub content_type: u8,
    /// The legacy version: 0x0301 or 0x0303, whatever is negotiated.
    pub version: u16,
    /// Bytes that follow.
    pub length: usize,
}

impl Header {
    /// The header in front of `bytes`, once all of it is there.
    ///
    /// # Errors
    /// It is not the header of a TLS record, or one that announces too much.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(bytes);
        let (Some(content_type), Some(version), Some(length)) = (reader.u8(), reader.u16(), reader.u16()) else {
            return Ok(None);
        };
        if !(content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA).contains(&content_type) {
            return Err(Malformed::ContentType(content_type));
        }
        if version >> 8 != 3 {
            return Err(Malformed::RecordVersion(version));
        }
        let length = usize::from(length);
        if length > MAX_PAYLOAD {
            return Err(Malformed::RecordLength(length));
        }
        Ok(Some(Self { content_type, version, length }))
    }
}

/// The first handshake message of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its type; see [`crate::names::handshake_type`].
    pub kind: u8,
    /// Its body, without the four bytes of header.
    pub body: &'a [u8],
}

/// Finds the first handshake message of a stream, whose records come piece by piece.
///
/// It remembers how far it has looked, so that a message in very many records, read a byte at a time, costs no more
/// than its length.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// Bytes of the stream whose payload is in `message`.
    scanned: usize,
    message: Vec<u8>,
}

impl Assembly {
    /// Looks at the stream so far: `bytes` begins with its first byte, at every call.
    ///
    /// `None` asks for more. A message in one record, as nearly all are, is borrowed from `bytes`.
    ///
    /// # Errors
    /// The stream does not begin with handshake records, or the message is too long.
    pub fn first_message<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Option<Message<'a>>, Malformed> {
        while !is_whole(&self.message)? {
            let Some(fragment) = handshake_fragment(bytes.get(self.scanned..).unwrap_or_default())? else {
                return Ok(None);
            };
            if self.message.is_empty() && is_whole(fragment)? {
                return Ok(message(fragment));
            }
            self.message.extend_from_slice(fragment);
            self.scanned += HEADER + fragment.len();
        }
        Ok(message(&self.message))
    }
}

/// The payload of the handshake record in front of `bytes`, once all of it is there.
fn handshake_fragment(bytes: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let Some(header) = Header::decode(bytes)? else {
        return Ok(None);
    };
    if header.content_type != content::HANDSHAKE {
        return Err(Malformed::ContentType(header.content_type));
    }
    if header.length == 0 {
        return Err(Malformed::EmptyRecord);
    }
    Ok(bytes.get(HEADER..HEADER + header.length))
}

/// Whether all of the message that begins with `bytes` is there.
fn is_whole(bytes: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(bytes);
    let (Some(_kind), Some(length)) = (reader.u8(), reader.u24()) else {
        return Ok(false);
    };
    if length > MAX_MESSAGE { Err(Malformed::TooLong(length)) } else { Ok(bytes.len() >= 4 + length) }
}

fn message(bytes: &[u8]) -> Option<Message<'_>> {
    let mut reader = Reader::new(bytes);
    let kind = reader.u8()?;
    let length = reader.u24()?;
    Some(Message { kind, body: reader.take(length)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![content::HANDSHAKE, 3, 1];
        bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_message_is_put_together_from_records_of_any_size() {
        let message = [&[1, 0, 0, 5][..], b"hello"].concat();
        for size in 1..=message.len() {
            let stream: Vec<u8> = message.chunks(size).flat_map(record).collect();
            let mut assembly = Assembly::default();
            for end in 0..stream.len() {
                assert_eq!(assembly.first_message(&stream[..end]), Ok(None), "records of {size}");
            }
            let found = assembly.first_message(&stream).unwrap().unwrap();
            assert_eq!((found.kind, found.body), (1, &b"hello"[..]), "records of {size}");
        }
    }

    #[test]
    fn what_no_message_can_be_is_refused_early() {
        let refuse = |bytes: &[u8]| Assembly::default().first_message(bytes).unwrap_err();
        assert_eq!(refuse(&[21, 3, 1, 0, 2]), Malformed::ContentType(21));
        assert_eq!(refuse(&[22, 3, 1, 0, 0]), Malformed::EmptyRecord);
        assert_eq!(refuse(&[22, 3, 1, 0xff, 0xff]), Malformed::RecordLength(0xffff));
        assert_eq!(refuse(&[22, 2, 0, 0, 9]), Malformed::RecordVersion(0x0200));
        assert_eq!(refuse(&record(&[1, 0xff, 0, 0])), Malformed::TooLong(0xff_0000));
    }
}
