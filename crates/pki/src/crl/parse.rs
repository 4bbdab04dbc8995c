//! A list taken apart, entry by entry: `CertificateList` of RFC 5280 section 5.1.

use std::ops::Range;

use der::asn1::{AnyRef, BitStringRef};
use der::{Reader, SliceReader, Tag, Tagged as _};
use jiff::Timestamp;
use x509_cert::time::Time;

use super::entry::{Revoked, timestamp};
use super::error::CrlFault;
use super::extensions::Extensions;

/// Where the parts of a list are in its bytes, and what its head says.
pub(super) struct Parts {
    /// `tbsCertList`, which is signed.
    pub(super) signed: Range<usize>,
    /// The content of `signatureAlgorithm`.
    pub(super) algorithm: Range<usize>,
    /// The content of `signatureValue`.
    pub(super) signature: Range<usize>,
    /// The issuer's name.
    pub(super) issuer: Range<usize>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Timestamp,
    pub(super) extensions: Extensions,
    /// Where each entry begins.
    pub(super) entries: Vec<u32>,
}

impl Parts {
    pub(super) fn of(bytes: &[u8]) -> Result<Self, CrlFault> {
        let mut reader = SliceReader::new(bytes)?;
        let parts = reader.sequence(|reader| list(bytes, reader))?;
        reader.finish()?;
        Ok(parts)
    }
}

fn list<'a>(bytes: &'a [u8], reader: &mut SliceReader<'a>) -> Result<Parts, CrlFault> {
    let begin = position(reader)?;
    let mut parts = reader.sequence(|reader| to_be_signed(bytes, reader))?;
    parts.signed = begin..position(reader)?;

    let inner = parts.algorithm.clone();
    parts.algorithm = content(reader, Tag::Sequence)?;
    // RFC 5280 section 5.1.1.2: what is signed names the algorithm, too, so that nobody can exchange it.
    if bytes.get(inner) != bytes.get(parts.algorithm.clone()) {
        return Err(CrlFault::malformed("the signature algorithm inside it is not the one outside"));
    }
    let signature: BitStringRef<'a> = reader.decode()?;
    let raw = signature.as_bytes().ok_or_else(|| CrlFault::malformed("its signature is no row of bytes"))?;
    let end = position(reader)?;
    parts.signature = end.saturating_sub(raw.len())..end;
    Ok(parts)
}

fn to_be_signed<'a>(bytes: &'a [u8], reader: &mut SliceReader<'a>) -> Result<Parts, CrlFault> {
    let version = version(reader)?;
    let algorithm = content(reader, Tag::Sequence)?;
    let begin = position(reader)?;
    let name = reader.tlv_bytes()?;
    if name.len() <= 2 {
        return Err(CrlFault::malformed("its issuer has no name"));
    }
    let issuer = begin..position(reader)?;
    let this_update = timestamp(reader.decode()?);
    let next_update = match next(reader) {
        Some(Tag::UtcTime | Tag::GeneralizedTime) => timestamp(reader.decode::<Time>()?),
        _ => return Err(CrlFault::NoNextUpdate),
    };
    let entries = match next(reader) {
        Some(Tag::Sequence) => entries(reader)?,
        _ => Vec::new(),
    };
    let extensions = match next(reader) {
        None => Extensions::default(),
        Some(_) if version == 1 => {
            return Err(CrlFault::malformed("it has extensions, and a CRL of version 1 has none"));
        }
        Some(_) => explicit(bytes, reader)?,
    };
    let (signed, signature) = (0..0, 0..0);
    Ok(Parts { signed, algorithm, signature, issuer, this_update, next_update, extensions, entries })
}

/// Absent is 1, and what is there must be 2, which is written 1.
fn version(reader: &mut SliceReader<'_>) -> Result<u8, CrlFault> {
    if next(reader) != Some(Tag::Integer) {
        return Ok(1);
    }
    match reader.decode::<u8>()? {
        1 => Ok(2),
        other => Err(CrlFault::Version { version: other.saturating_add(1) }),
    }
}

fn entries(reader: &mut SliceReader<'_>) -> Result<Vec<u32>, CrlFault> {
    reader.sequence(|reader| {
        let mut offsets = Vec::new();
        while !reader.is_finished() {
            let offset = u32::try_from(position(reader)?).map_err(|_| CrlFault::malformed("it is too long"))?;
            Revoked::read(reader)?;
            offsets.push(offset);
        }
        Ok(offsets)
    })
}

/// `[0] EXPLICIT Extensions`.
fn explicit(bytes: &[u8], reader: &mut SliceReader<'_>) -> Result<Extensions, CrlFault> {
    let tag = Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) };
    let inner = bytes.get(content(reader, tag)?).unwrap_or_default();
    let mut inner = SliceReader::new(inner)?;
    let extensions = Extensions::read(&mut inner)?;
    inner.finish()?;
    Ok(extensions)
}

/// Passes over an element of this tag: where its content is.
fn content(reader: &mut SliceReader<'_>, tag: Tag) -> Result<Range<usize>, CrlFault> {
    let element: AnyRef<'_> = reader.decode()?;
    element.tag().assert_eq(tag)?;
    let end = position(reader)?;
    Ok(end.saturating_sub(element.value().len())..end)
}

fn position(reader: &SliceReader<'_>) -> Result<usize, CrlFault> {
    Ok(usize::try_from(reader.position())?)
}

fn next(reader: &SliceReader<'_>) -> Option<Tag> {
    Tag::peek(reader).ok()
}
