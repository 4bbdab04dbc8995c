//! One line of a list: a serial number, since when, and why (RFC 5280 section 5.3).

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_CE_CERTIFICATE_ISSUER, ID_CE_CRL_REASONS};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode as _, Reader, Sequence, SliceReader, Tag, Tagged as _};
use jiff::Timestamp;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::time::Time;

use super::error::CrlFault;
use super::reason::RevocationReason;

/// That a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub date: Timestamp,
    /// Why, where the list says so.
    pub reason: Option<RevocationReason>,
}

impl Revoked {
    /// Reads one line, whose serial number is read where it is looked for.
    pub(super) fn read(reader: &mut SliceReader<'_>) -> Result<Self, CrlFault> {
        reader.sequence(|reader| {
            let serial: AnyRef<'_> = reader.decode()?;
            serial.tag().assert_eq(Tag::Integer)?;
            let date = timestamp(reader.decode()?);
            let reason = if reader.is_finished() { None } else { reason(reader)? };
            Ok(Self { date, reason })
        })
    }
}

/// A serial number without the zeros in front that DER does not want: certificates have them now and then.
pub(crate) fn shortest(serial: &[u8]) -> &[u8] {
    let mut rest = serial;
    while let [0, next, ..] = rest
        && next & 0x80 == 0
    {
        rest = &rest[1..];
    }
    rest
}

/// `99991231235959Z` lies past the last second of jiff.
pub(super) fn timestamp(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// `Extension` (RFC 5280 section 4.1), without a copy of what is in it: there may be millions.
#[derive(Sequence)]
struct Borrowed<'a> {
    oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: &'a OctetStringRef,
}

/// The reason among the extensions of an entry, none of which may be critical and unknown.
fn reason(reader: &mut SliceReader<'_>) -> Result<Option<RevocationReason>, CrlFault> {
    reader.sequence(|reader| {
        let mut reason = None;
        while !reader.is_finished() {
            let extension: Borrowed<'_> = reader.decode()?;
            match extension.oid {
                ID_CE_CRL_REASONS => {
                    let code = CrlReason::from_der(extension.value.as_bytes());
                    let unreadable = |_| CrlFault::UnreadableExtension { extension: ID_CE_CRL_REASONS.to_string() };
                    reason = Some(code.map_err(unreadable)?.into());
                }
                ID_CE_CERTIFICATE_ISSUER => return Err(CrlFault::Indirect),
                other if extension.critical => {
                    return Err(CrlFault::UnknownCritical { extension: other.to_string() });
                }
                _ => {}
            }
        }
        Ok(reason)
    })
}
