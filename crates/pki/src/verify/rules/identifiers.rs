//! The identifiers of keys (RFC 5280 sections 4.2.1.1 and 4.2.1.2), and what the Baseline Requirements add for roots.

use x509_parser::extensions::{AuthorityKeyIdentifier, ParsedExtension};

use super::{Breach, Link};
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    let certificate = link.certificate();
    if link.is_authority() && certificate.subject_key_id.is_none() {
        found.push(Breach::NoSubjectKeyId);
    }
    match authority_key_id(link) {
        Some(identifier) if identifier.key_identifier.is_none() => found.push(Breach::AuthorityKeyIdWithoutKey),
        // Only what signed itself need not say by which key.
        None if !certificate.self_signed => found.push(Breach::NoAuthorityKeyId),
        _ => {}
    }
    if link.terms.strictness.asks_baseline() && link.place == Place::Anchor {
        root(link, found);
    }
}

fn root(link: &Link<'_>, found: &mut Vec<Breach>) {
    let certificate = link.certificate();
    let Some(identifier) = authority_key_id(link) else { return };
    if identifier.authority_cert_issuer.is_some() || identifier.authority_cert_serial.is_some() {
        found.push(Breach::AuthorityKeyIdNamesCertificate);
    }
    if certificate.self_signed && certificate.authority_key_id != certificate.subject_key_id {
        found.push(Breach::KeyIdsDiffer);
    }
}

fn authority_key_id<'a>(link: &Link<'a>) -> Option<&'a AuthorityKeyIdentifier<'a>> {
    link.candidate.extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(identifier) => Some(identifier),
        _ => None,
    })
}
