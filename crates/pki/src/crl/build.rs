//! A list that a CA of ours signs (RFC 5280 section 5.1): version 2, with its number and the identifier of its key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use const_oid::db::rfc5280::{ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS};
use der::asn1::{BitString, GeneralizedTime, OctetString, UtcTime};
use der::{DateTime, Encode};
use jiff::Timestamp;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use crate::authority::{Issuer, IssuerError};
use crate::key::KeyError;

/// What a new list says.
#[derive(Debug, Clone)]
pub struct NewList<'a> {
    /// Higher than that of every list before it.
    pub number: u64,
    /// When it is made.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Timestamp,
    /// What is revoked.
    pub entries: &'a [NewEntry],
}

/// One certificate that is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its serial number, most significant byte first.
    pub serial: Vec<u8>,
    /// Since when.
    pub since: Timestamp,
    /// The number of the reason; that of `unspecified` is not written (RFC 5280 section 5.3.1).
    pub reason: u8,
}

/// A list could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The CA may not sign lists.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// Something in it cannot be encoded.
    #[error("encoding the revocation list failed")]
    Encode(#[from] der::Error),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It would be stale before it is made.
    #[error("the next list would be due at {next_update}, which is not after this one is made at {this_update}")]
    Dates {
        /// When it is made.
        this_update: Timestamp,
        /// When the next one would be due.
        next_update: Timestamp,
    },
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

impl NewList<'_> {
    /// Signs the list, in DER. Entries are written as they come, straight into the bytes: there may be a million.
    ///
    /// # Errors
    /// The CA may not sign lists, the dates cannot be, something cannot be encoded, or the key did not sign.
    pub fn sign(&self, issuer: &Issuer) -> Result<Vec<u8>, ListError> {
        if !issuer.may_sign_lists() {
            return Err(IssuerError::MayNotSignLists.into());
        }
        if self.next_update <= self.this_update {
            return Err(ListError::Dates { this_update: self.this_update, next_update: self.next_update });
        }
        let algorithm = issuer.key().algorithm().signature_identifier().to_der()?;
        let entries = self.entries()?;
        let mut content = Vec::with_capacity(entries.len() + 512);
        element(&mut content, INTEGER, &[1]); // version 2
        content.extend_from_slice(&algorithm);
        content.extend_from_slice(issuer.subject().as_der());
        content.extend_from_slice(&time(self.this_update)?);
        content.extend_from_slice(&time(self.next_update)?);
        // An empty list of entries is none at all (RFC 5280 section 5.1.2.6).
        if !entries.is_empty() {
            element(&mut content, SEQUENCE, &entries);
        }
        content.extend_from_slice(&self.extensions(issuer)?);
        let mut to_be_signed = Vec::with_capacity(content.len() + 8);
        element(&mut to_be_signed, SEQUENCE, &content);
        let signature = BitString::from_bytes(&issuer.key().sign(&to_be_signed)?)?.to_der()?;
        let parts = [to_be_signed, algorithm, signature];
        let length = parts.iter().map(Vec::len).sum();
        let mut list = Vec::with_capacity(length + 8);
        header(&mut list, SEQUENCE, length);
        parts.iter().for_each(|part| list.extend_from_slice(part));
        Ok(list)
    }

    fn entries(&self) -> Result<Vec<u8>, ListError> {
        let mut all = Vec::with_capacity(self.entries.len() * 56);
        // Thousands are revoked in the same second.
        let mut last: Option<(Timestamp, Vec<u8>)> = None;
        let mut reasons: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        let mut one = Vec::new();
        for entry in self.entries {
            let since = match last.take() {
                Some((at, encoded)) if at == entry.since => encoded,
                _ => time(entry.since)?,
            };
            one.clear();
            element(&mut one, INTEGER, &number(&entry.serial));
            one.extend_from_slice(&since);
            if entry.reason != 0 {
                let encoded = match reasons.entry(entry.reason) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(reason(entry.reason)?),
                };
                one.extend_from_slice(encoded);
            }
            element(&mut all, SEQUENCE, &one);
            last = Some((entry.since, since));
        }
        Ok(all)
    }

    fn extensions(&self, issuer: &Issuer) -> Result<Vec<u8>, ListError> {
        let key_identifier = Some(OctetString::new(issuer.key_id())?);
        let authority = AuthorityKeyIdentifier { key_identifier, ..Default::default() }.to_der()?;
        let mut list = extension(ID_CE_AUTHORITY_KEY_IDENTIFIER, &authority)?;
        let mut value = Vec::new();
        element(&mut value, INTEGER, &number(&self.number.to_be_bytes()));
        list.extend(extension(ID_CE_CRL_NUMBER, &value)?);
        let (mut sequence, mut tagged) = (Vec::new(), Vec::new());
        element(&mut sequence, SEQUENCE, &list);
        element(&mut tagged, 0xa0, &sequence);
        Ok(tagged)
    }
}

/// `Extensions` with the reason alone.
fn reason(code: u8) -> Result<Vec<u8>, ListError> {
    const ENUMERATED: u8 = 0x0a;
    let mut extensions = Vec::with_capacity(14);
    element(&mut extensions, SEQUENCE, &extension(ID_CE_CRL_REASONS, &[ENUMERATED, 1, code])?);
    Ok(extensions)
}

/// An extension that is not critical.
fn extension(oid: const_oid::ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>, ListError> {
    const OCTET_STRING: u8 = 0x04;
    let mut content = oid.to_der()?;
    element(&mut content, OCTET_STRING, value);
    let mut extension = Vec::with_capacity(content.len() + 2);
    element(&mut extension, SEQUENCE, &content);
    Ok(extension)
}

/// The content of a positive INTEGER: as short as can be, with a zero in front where the first bit is set.
fn number(bytes: &[u8]) -> Vec<u8> {
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(leading..).unwrap_or_default();
    let mut content = Vec::with_capacity(bytes.len() + 1);
    if bytes.first().is_none_or(|first| first & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(bytes);
    content
}

/// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 5.1.2.4).
fn time(at: Timestamp) -> Result<Vec<u8>, ListError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| der::Error::from(der::ErrorKind::DateTime))?;
    let date = DateTime::from_unix_duration(Duration::from_secs(seconds))?;
    Ok(match UtcTime::from_date_time(date) {
        Ok(time) => time.to_der()?,
        Err(_) => GeneralizedTime::from_date_time(date).to_der()?,
    })
}

/// Tag, length and content.
fn element(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    header(out, tag, content.len());
    out.extend_from_slice(content);
}

/// Tag and length.
fn header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    let bytes = length.to_be_bytes();
    let digits = bytes.iter().skip_while(|byte| **byte == 0);
    match length {
        short @ 0..=0x7f => out.push(short as u8),
        _ => {
            out.push(0x80 | digits.clone().count() as u8);
            out.extend(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Crl, RevocationReason};
    use super::*;
    use crate::specimens::{authority, now};

    fn list(number: u64, entries: &[NewEntry]) -> NewList<'_> {
        let next_update = now() + jiff::SignedDuration::from_hours(24 * 7);
        NewList { number, this_update: now(), next_update, entries }
    }

    #[test]
    fn what_is_signed_reads_back_as_it_was_asked_for() {
        let issuer = authority("A CA", None);
        let entry = |serial: &[u8], reason| NewEntry { serial: serial.to_vec(), since: now(), reason };
        let entries = [entry(&[0x7f], 0), entry(&[0x80, 1], 1), entry(&[1; 20], 6)];
        let crl = Crl::from_der(list(0x80, &entries).sign(&issuer).unwrap(), "new.crl").unwrap();
        assert_eq!((crl.number(), crl.len()), (Some("0080"), 3));
        assert_eq!(crl.issuer_der(), issuer.subject().as_der());
        assert_eq!(crl.this_update(), now());
        assert_eq!(crl.find(&[0x7f]).unwrap().reason, None);
        assert_eq!(crl.find(&[0, 0x80, 1]).unwrap().reason, Some(RevocationReason::KeyCompromise));
        assert_eq!(crl.find(&[1; 20]).unwrap().reason, Some(RevocationReason::CertificateHold));
        let empty = Crl::from_der(list(1, &[]).sign(&issuer).unwrap(), "new.crl").unwrap();
        assert!(empty.is_empty() && empty.authority_key_id().is_some());
    }

    #[test]
    fn a_list_that_is_due_before_it_is_made_is_refused() {
        let issuer = authority("A CA", None);
        let wrong = NewList { next_update: now(), ..list(1, &[]) };
        assert!(matches!(wrong.sign(&issuer), Err(ListError::Dates { .. })));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
        #[test]
        fn any_entries_read_back(
            serials in proptest::collection::btree_set(proptest::collection::vec(0_u8.., 1..20), 0..300),
            number in 0_u64.., later in 0_i64..4_000_000_000,
        ) {
            static CA: std::sync::LazyLock<Issuer> = std::sync::LazyLock::new(|| authority("A CA", None));
            let since = Timestamp::from_second(later).unwrap();
            let entries: Vec<NewEntry> =
                serials.iter().map(|serial| NewEntry { serial: serial.clone(), since, reason: 4 }).collect();
            let crl = Crl::from_der(list(number, &entries).sign(&CA).unwrap(), "new.crl").unwrap();
            for serial in &serials {
                let found = crl.find(&super::number(serial)).unwrap();
                proptest::prop_assert_eq!(found.date, since);
                proptest::prop_assert_eq!(found.reason, Some(RevocationReason::Superseded));
            }
        }
    }
}
