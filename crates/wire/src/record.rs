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

/// Finds the first handshake message in the records at the front of `bytes`.
///
/// `None` asks for more bytes. A message in one record, as nearly all are, is borrowed from `bytes`; one that is
/// spread over several is put together in `scratch`.
///
/// # Errors
/// The stream does not begin with handshake records, or the message is too long.
pub fn first_message<'a>(bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Option<Message<'a>>, Malformed> {
    let Some((fragment, mut rest)) = handshake_fragment(bytes)? else {
        return Ok(None);
    };
    if message_length(fragment)?.is_some_and(|length| fragment.len() >= length) {
        return Ok(message(fragment));
    }
    scratch.clear();
    scratch.extend_from_slice(fragment);
    loop {
        if message_length(scratch)?.is_some_and(|length| scratch.len() >= length) {
            return Ok(message(scratch));
        }
        let Some((fragment, after)) = handshake_fragment(rest)? else {
            return Ok(None);
        };
        scratch.extend_from_slice(fragment);
        rest = after;
    }
}

/// The payload of a record, and what follows it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// Splits off the handshake record in front of `bytes`.
fn handshake_fragment(bytes: &[u8]) -> Result<Option<Split<'_>>, Malformed> {
    let Some(header) = Header::decode(bytes)? else {
        return Ok(None);
    };
    if header.content_type != content::HANDSHAKE {
        return Err(Malformed::ContentType(header.content_type));
    }
    if header.length == 0 {
        return Err(Malformed::EmptyRecord);
    }
    Ok(bytes.get(HEADER..).and_then(|payload| payload.split_at_checked(header.length)))
}

/// The length, with its header, of the message that begins with `bytes`.
fn message_length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut reader = Reader::new(bytes);
    let (Some(_kind), Some(length)) = (reader.u8(), reader.u24()) else {
        return Ok(None);
    };
    if length > MAX_MESSAGE { Err(Malformed::TooLong(length)) } else { Ok(Some(4 + length)) }
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
            let mut scratch = Vec::new();
            let found = first_message(&stream, &mut scratch).unwrap().unwrap();
            assert_eq!((found.kind, found.body), (1, &b"hello"[..]), "records of {size}");
            let mut scratch = Vec::new();
            assert_eq!(first_message(&stream[..stream.len() - 1], &mut scratch), Ok(None));
        }
    }

    #[test]
    fn what_no_message_can_be_is_refused_early() {
        let refuse = |bytes: &[u8]| first_message(bytes, &mut Vec::new()).unwrap_err();
        assert_eq!(refuse(&[21, 3, 1, 0, 2]), Malformed::ContentType(21));
        assert_eq!(refuse(&[22, 3, 1, 0, 0]), Malformed::EmptyRecord);
        assert_eq!(refuse(&[22, 3, 1, 0xff, 0xff]), Malformed::RecordLength(0xffff));
        assert_eq!(refuse(&[22, 2, 0, 0, 9]), Malformed::RecordVersion(0x0200));
        assert_eq!(refuse(&record(&[1, 0xff, 0, 0])), Malformed::TooLong(0xff_0000));
    }
}
