//! A list that can be looked into.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use der::SliceReader;
use hashbrown::HashTable;
use jiff::Timestamp;
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::entry::{Revoked, shortest};
use super::error::{CrlError, CrlFault};
use super::parse::Parts;
use crate::certificate::{Name, Signature, element, verify_signed};

/// A complete list of one issuer. That it was signed by that issuer is not known yet.
pub struct Crl {
    origin: String,
    der: Vec<u8>,
    parts: Parts,
    issuer: Name,
    /// The offsets of the entries, by the hash of their serial numbers.
    index: HashTable<u32>,
    hasher: RandomState,
    /// Which keys signed it, as far as was asked: to hash some megabytes once for each is enough.
    judged: [OnceLock<Judged>; KEYS],
}

/// How many keys of one name are remembered. Two are usual, while a CA changes its key.
const KEYS: usize = 4;

struct Judged {
    key: Vec<u8>,
    signature: Signature,
}

impl Crl {
    /// Reads a list, versions 1 and 2. Any bytes give a value or an error.
    ///
    /// # Errors
    /// The bytes are no list, or the list is less than a complete one of its issuer, or it has no end.
    pub fn from_der(der: Vec<u8>, origin: impl Into<String>) -> Result<Self, CrlError> {
        let origin = origin.into();
        match Self::parse(der, &origin) {
            Ok(crl) => Ok(crl),
            Err(fault) => Err(CrlError::Unusable { origin, fault }),
        }
    }

    fn parse(der: Vec<u8>, origin: &str) -> Result<Self, CrlFault> {
        let mut parts = Parts::of(&der)?;
        let issuer = der.get(parts.issuer.clone()).and_then(Name::from_der);
        let issuer = issuer.ok_or_else(|| CrlFault::malformed("its issuer's name cannot be read"))?;
        let mut crl = Self {
            origin: origin.to_owned(),
            index: HashTable::with_capacity(parts.entries.len()),
            hasher: RandomState::new(),
            issuer,
            judged: [const { OnceLock::new() }; KEYS],
            der,
            parts: Parts { entries: Vec::new(), ..parts },
        };
        crl.index_entries(std::mem::take(&mut parts.entries));
        Ok(crl)
    }

    fn index_entries(&mut self, offsets: Vec<u32>) {
        let Self { index, hasher, der, .. } = self;
        let hash = |offset: &u32| hasher.hash_one(serial_at(der, *offset));
        for offset in offsets {
            let same = |other: &u32| serial_at(der, *other) == serial_at(der, offset);
            // Twice is once: the first says since when.
            index.entry(hash(&offset), same, hash).or_insert(offset);
        }
    }

    /// Where it came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whose certificates it is about.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The issuer's name in DER.
    pub fn issuer_der(&self) -> &[u8] {
        self.der.get(self.parts.issuer.clone()).unwrap_or_default()
    }

    /// Its number in hexadecimal, where it has one.
    pub fn number(&self) -> Option<&str> {
        self.parts.extensions.number.as_deref()
    }

    /// Whether it has a number, and one that is not critical (RFC 5280 section 5.2.3).
    pub fn is_numbered(&self) -> bool {
        self.number().is_some() && !self.parts.extensions.number_critical
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.parts.this_update
    }

    /// When there will be a newer one: past this it is stale.
    pub fn next_update(&self) -> Timestamp {
        self.parts.next_update
    }

    /// The identifier of the key that signed it, in hexadecimal, where it says so.
    pub fn authority_key_id(&self) -> Option<&str> {
        self.parts.extensions.authority_key_id.as_deref()
    }

    /// Where it is published, if it speaks for those certificates alone that name one of these places.
    pub fn points(&self) -> Option<&[String]> {
        self.parts.extensions.points.as_deref()
    }

    /// How many certificates it revokes.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether it revokes none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether it is past its end.
    pub fn is_stale(&self, at: Timestamp) -> bool {
        at > self.next_update()
    }

    /// The entry of a serial number: the content of a DER INTEGER.
    pub fn find(&self, serial: &[u8]) -> Option<Revoked> {
        let serial = shortest(serial);
        let offset = self.index.find(self.hasher.hash_one(serial), |offset| serial_at(&self.der, *offset) == serial)?;
        // It was read before. Were it not to be read now, it would still be listed.
        Some(entry_at(&self.der, *offset).unwrap_or(Revoked { date: self.this_update(), reason: None }))
    }

    /// The serial numbers, in no order.
    pub(super) fn serials(&self) -> impl Iterator<Item = &[u8]> {
        self.index.iter().map(|offset| serial_at(&self.der, *offset))
    }

    /// Whether `key`, a SubjectPublicKeyInfo, signed it.
    pub(crate) fn is_signed_by(&self, key: &[u8], algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Signature {
        for slot in &self.judged {
            let judged =
                slot.get_or_init(|| Judged { key: key.to_vec(), signature: self.check_signature(key, algorithms) });
            if judged.key == key {
                return judged.signature;
            }
        }
        self.check_signature(key, algorithms)
    }

    fn check_signature(&self, key: &[u8], algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Signature {
        let part = |range: &std::ops::Range<usize>| self.der.get(range.clone()).unwrap_or_default();
        let (signed, signature) = (part(&self.parts.signed), part(&self.parts.signature));
        verify_signed(signed, part(&self.parts.algorithm), signature, key, algorithms)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Crl");
        shown.field("origin", &self.origin).field("issuer", &self.issuer.text).field("number", &self.number());
        shown.field("this_update", &self.this_update()).field("next_update", &self.next_update());
        shown.field("entries", &self.len()).finish_non_exhaustive()
    }
}

/// The serial number alone: what each look into the index compares. That the entry is DER was found out before.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    let serial = || {
        let entry = element(der.get(usize::try_from(offset).ok()?..)?)?.0;
        Some(shortest(element(entry)?.0))
    };
    serial().unwrap_or_default()
}

fn entry_at(der: &[u8], offset: u32) -> Option<Revoked> {
    let bytes = der.get(usize::try_from(offset).ok()?..)?;
    Revoked::read(&mut SliceReader::new(bytes).ok()?).ok()
}
