//! Signed certificate timestamps (RFC 6962 section 3.3): the promises of logs to publish a certificate.

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};
use jiff::Timestamp;

pub(super) fn timestamps(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let list = Element::only(bytes)?.octets()?;
    let mut list = Bytes(list);
    let mut entries = Bytes(list.vector()?);
    list.end()?;
    let mut read = Vec::new();
    while !entries.0.is_empty() {
        read.push(timestamp(entries.vector()?)?);
    }
    Ok(Detail::List(read))
}

fn timestamp(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut bytes = Bytes(bytes);
    let version = bytes.number::<1>()?;
    if version != 0 {
        return Err(Unreadable::new(format!("a timestamp is of version {}, and only 1 is known", version + 1)));
    }
    let log = bytes.take(32)?.to_vec();
    let milliseconds = bytes.number::<8>()?;
    let time = i64::try_from(milliseconds).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    let extensions = bytes.vector()?.to_vec();
    let algorithm = scheme(bytes.take(2)?);
    let signature = bytes.vector()?.to_vec();
    bytes.end()?;
    let mut fields = vec![
        ("version", Detail::Number(1)),
        ("log_id", Detail::Bytes(log)),
        ("timestamp", Detail::Time(time.unwrap_or(Timestamp::MAX))),
        ("signature_algorithm", Detail::Text(algorithm)),
        ("signature", Detail::Bytes(signature)),
    ];
    if !extensions.is_empty() {
        fields.push(("extensions", Detail::Bytes(extensions)));
    }
    Ok(Detail::Fields(fields))
}

/// `SignatureAndHashAlgorithm` of RFC 5246 section 7.4.1.4.1.
fn scheme(pair: &[u8]) -> String {
    let hash = ["none", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"];
    let signature = ["anonymous", "RSA", "DSA", "ECDSA"];
    match pair {
        [first, second] => match (hash.get(usize::from(*first)), signature.get(usize::from(*second))) {
            (Some(hash), Some(signature)) => format!("{signature} with {hash}"),
            _ => format!("{first:02x}{second:02x}"),
        },
        _ => String::new(),
    }
}

/// Fields of TLS's presentation language (RFC 8446 section 3), one behind the other.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| Unreadable::new("a timestamp is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<u64, Unreadable> {
        Ok(self.take(N)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// What a length of two bytes is in front of.
    fn vector(&mut self) -> Result<&'a [u8], Unreadable> {
        let length = self.number::<2>()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn end(&self) -> Result<(), Unreadable> {
        if self.0.is_empty() { Ok(()) } else { Err(Unreadable::new("more bytes follow a timestamp")) }
    }
}
