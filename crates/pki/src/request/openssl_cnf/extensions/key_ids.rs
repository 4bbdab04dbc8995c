//! The identifiers of the keys of subject and issuer (RFC 5280 sections 4.2.1.1 and 4.2.1.2).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use const_oid::db::rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER;
use der::Decode;
use der::asn1::OctetString;
use spki::SubjectPublicKeyInfoRef;
use x509_cert::ext::Extension;

use super::super::document::Entry;
use super::super::problem::CnfProblem;
use super::list::Item;
use super::{Context, hex_bytes};
use crate::request::encode::{OCTET_STRING, context, element, sequence, unsigned};

/// `hash`, `none`, or the identifier in hexadecimal.
pub(super) fn subject(cx: &Context<'_>, entry: &Entry, value: &str) -> Result<Option<Vec<u8>>, CnfProblem> {
    match value {
        "none" => Ok(None),
        "hash" => Ok(Some(element(OCTET_STRING, &hash(cx, entry)?))),
        hex => match hex_bytes(entry, hex) {
            Ok(bytes) if !bytes.is_empty() => Ok(Some(element(OCTET_STRING, &bytes))),
            _ => Err(entry
                .wrong(format_args!("`{hex}` is no key identifier"))
                .advise("write `hash`, which is what everybody takes")),
        },
    }
}

/// `keyid`, `issuer`, each perhaps with `:always`, or `none`. A certificate that signs itself has one only where it
/// is to be there always.
pub(super) fn authority(
    cx: &Context<'_>,
    entry: &Entry,
    items: &[Item<'_>],
    before: &[&Extension],
) -> Result<Option<Vec<u8>>, CnfProblem> {
    let (mut key_id, mut issuer) = (false, false);
    for item in items {
        let always = match item.value.as_deref() {
            Some("always") => true,
            None => false,
            Some(other) => {
                return Err(item
                    .wrong(format_args!("`{other}` is not known behind `{}`", item.name))
                    .advise("only `:always` is"));
            }
        };
        match item.name.as_str() {
            "keyid" => key_id |= always,
            "issuer" => issuer |= always,
            "none" if items.len() == 1 => {}
            other => {
                return Err(item
                    .wrong(format_args!("`{other}` is none of its values"))
                    .advise("there are keyid, issuer, keyid:always, issuer:always, and none"));
            }
        }
    }
    let Some(serial) = cx.serial else {
        if items.iter().any(|item| item.name == "none") {
            return Ok(None);
        }
        return Err(entry
            .wrong("a request has no issuer yet whose key could be named; OpenSSL refuses it as well")
            .advise("leave it out of `req_extensions`: whoever issues the certificate adds it"));
    };
    let mut parts = Vec::new();
    if key_id {
        let own = before.iter().find(|extension| extension.extn_id == ID_CE_SUBJECT_KEY_IDENTIFIER);
        let own = own.and_then(|extension| OctetString::from_der(extension.extn_value.as_bytes()).ok());
        let id = own.map_or_else(|| hash(cx, entry), |own| Ok(own.as_bytes().to_vec()))?;
        parts.push(element(context(0, false), &id));
    }
    if issuer {
        let name = element(context(4, true), cx.subject.to_name().as_der());
        parts.push(element(context(1, true), &name));
        parts.push(unsigned(context(2, false), serial));
    }
    Ok(if parts.is_empty() { None } else { Some(sequence(&parts)) })
}

/// SHA-1 of the key's bits: RFC 5280's first method, and what OpenSSL means by `hash`. It identifies, and protects
/// nothing.
pub(super) fn hash(cx: &Context<'_>, entry: &Entry) -> Result<Vec<u8>, CnfProblem> {
    let spki = SubjectPublicKeyInfoRef::from_der(cx.key.spki()).map_err(|error| entry.wrong(error))?;
    Ok(digest(&SHA1_FOR_LEGACY_USE_ONLY, spki.subject_public_key.raw_bytes()).as_ref().to_vec())
}
