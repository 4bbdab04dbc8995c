//! A list as it is shown: whatever it says, whether it could be used or not.

use data_encoding::HEXLOWER;
use der::Tag;
use jiff::Timestamp;
use serde::Serialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::AlgorithmIdentifier;

use super::entry::shortest;
use super::error::CrlFault;
use crate::certificate::fingerprint::fingerprint;
use crate::certificate::{Detail, Element, Extension, Name, Signature, SignatureAlgorithm, Unreadable, verify_signed};

/// What a list says. All text in it is safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Whose certificates it is about.
    pub issuer: Name,
    /// The same in DER.
    #[serde(skip)]
    pub(crate) issuer_der: Vec<u8>,
    /// 1 or 2.
    pub version: i64,
    /// Its number in hexadecimal, where it has one.
    pub number: Option<String>,
    /// When it was made.
    pub this_update: Timestamp,
    /// When there is to be a newer one.
    pub next_update: Option<Timestamp>,
    /// What it is signed with.
    pub signature_algorithm: SignatureAlgorithm,
    /// The identifier of the key that signed it, in hexadecimal, where it says so.
    pub authority_key_id: Option<String>,
    /// Its extensions, in its own order.
    pub extensions: Vec<Extension>,
    /// What it revokes, in its own order.
    pub revoked: Vec<Entry>,
    /// SHA-256 over the whole list in hexadecimal.
    pub fingerprint: String,
}

/// One certificate that a list revokes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Since when.
    pub date: Timestamp,
    /// Why, in the words of RFC 5280 section 5.3.1, where it says so.
    pub reason: Option<String>,
    /// What else it says of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
}

impl Listing {
    /// Reads a list. Any bytes give a value or an error.
    ///
    /// # Errors
    /// The bytes are no list.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlFault> {
        read(der).map_err(|why| CrlFault::malformed(format_args!("it is not DER, or cut off ({why})")))
    }

    /// Whether `key`, a SubjectPublicKeyInfo, signed it. `der` is the list that this was read from.
    pub(crate) fn is_signed_by(&self, der: &[u8], key: &[u8]) -> Signature {
        let Ok(parts) = Element::sequence(der) else { return Signature::Unsupported };
        let [list, algorithm, signature] = parts.as_slice() else { return Signature::Unsupported };
        let signature = signature.content().get(1..).unwrap_or_default();
        verify_signed(list.whole(), algorithm.content(), signature, key, webpki::ALL_VERIFICATION_ALGS)
    }
}

fn read(der: &[u8]) -> Result<Listing, Unreadable> {
    let outer = Element::sequence(der)?;
    let [list, algorithm, _] = outer.as_slice() else {
        return Err(Unreadable::new("it has not three parts"));
    };
    let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm.whole())
        .map_err(|_| Unreadable::new("its signature algorithm cannot be read"))?;
    let parts = list.children()?;
    let mut parts = parts.iter().copied().peekable();
    let version = match parts.next_if(|part| part.is(Tag::Integer)) {
        None => 1,
        Some(version) => match Detail::integer(version.content()) {
            Detail::Number(number) => number.saturating_add(1),
            _ => return Err(Unreadable::new("its version is no number")),
        },
    };
    let mut next = || parts.next().ok_or_else(|| Unreadable::new("a part is missing"));
    let (_, issuer, this_update) = (next()?, next()?, next()?.time()?);
    let next_update = parts.next_if(|part| part.is(Tag::UtcTime) || part.is(Tag::GeneralizedTime));
    let revoked = parts.next_if(|part| part.is(Tag::Sequence));
    let extensions = match parts.next_if(|part| part.context() == Some(0)) {
        Some(extensions) => Extension::read_all(extensions.content())?,
        None => Vec::new(),
    };
    if parts.next().is_some() {
        return Err(Unreadable::new("it has more parts than a list has"));
    }
    let field = |oid: &str, name: &str| value_of(&extensions, oid, name);
    Ok(Listing {
        issuer: Name::from_der(issuer.whole()).ok_or_else(|| Unreadable::new("its issuer's name cannot be read"))?,
        issuer_der: issuer.whole().to_vec(),
        version,
        number: number_of(&extensions),
        this_update,
        next_update: next_update.map(|time| time.time()).transpose()?,
        signature_algorithm: SignatureAlgorithm::of(&algorithm),
        authority_key_id: field("2.5.29.35", "key_id"),
        revoked: match revoked {
            Some(revoked) => Element::each(revoked.content(), entry)?,
            None => Vec::new(),
        },
        extensions,
        fingerprint: fingerprint(der),
    })
}

fn entry(element: &Element<'_>) -> Result<Entry, Unreadable> {
    let parts = element.children()?;
    let (serial, date, extensions) = match parts.as_slice() {
        [serial, date] => (serial, date, Vec::new()),
        [serial, date, extensions] => (serial, date, Extension::read_all(extensions.whole())?),
        _ => return Err(Unreadable::new("an entry has not two or three parts")),
    };
    let reason = extensions.iter().find(|extension| extension.oid == "2.5.29.21");
    Ok(Entry {
        serial: HEXLOWER.encode(serial.integer()?),
        date: date.time()?,
        reason: reason.and_then(|reason| reason.value.as_ref()?.in_line()),
        extensions: extensions.into_iter().filter(|one| one.oid != "2.5.29.21" || one.error.is_some()).collect(),
    })
}

fn number_of(extensions: &[Extension]) -> Option<String> {
    let number = extensions.iter().find(|extension| extension.oid == "2.5.29.20")?;
    match number.value.as_ref()? {
        Detail::Number(number) => Some(HEXLOWER.encode(shortest(&number.to_be_bytes()))),
        Detail::Bytes(bytes) => Some(HEXLOWER.encode(shortest(bytes))),
        _ => None,
    }
}

fn value_of(extensions: &[Extension], oid: &str, name: &str) -> Option<String> {
    let extension = extensions.iter().find(|extension| extension.oid == oid)?;
    let Some(Detail::Fields(fields)) = &extension.value else { return None };
    fields.iter().find(|(field, _)| *field == name)?.1.in_line()
}
