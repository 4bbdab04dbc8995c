//! Revocation: each certificate below the anchor is looked up in the lists of its issuer.
//!
//! webpki would check a list's signature, and with it hash the whole list, on every handshake. Here that is done once
//! for each list and key, and only for keys that a path to an anchor vouches for.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};

use common::context::Anchor;

use super::candidate::Candidate;
use super::problem::Problem;
use crate::certificate::{Inspected, Parsed, Signature, Usage};
use crate::crl::{Crl, CrlError, Crls};

/// Which certificates of a path must be covered by a list of their issuer, where lists are given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Revocation {
    /// Each one below the anchor.
    #[default]
    Chain,
    /// The peer's own alone.
    LeafOnly,
}

/// The lists that are in force, and for whom.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) crls: Arc<Crls>,
    pub(super) depth: Revocation,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
}

impl Lists {
    /// Checks the signature of each list whose issuer is an anchor; the others wait for a path that has their issuer.
    pub(super) fn new(
        crls: Arc<Crls>,
        depth: Revocation,
        anchors: &[Anchor],
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    ) -> Result<Self, CrlError> {
        let lists = Self { crls, depth, algorithms };
        let anchors: Vec<Parsed<'_>> = anchors.iter().filter_map(|anchor| Parsed::from_der(&anchor.der).ok()).collect();
        for crl in lists.crls.iter() {
            let named = anchors.iter().filter(|anchor| anchor.subject() == crl.issuer_der());
            let issuers: Vec<Candidate<'_>> =
                named.cloned().map(Candidate::of).filter(|ca| may_be_of(crl, ca)).collect();
            let is_signed = |ca: &Candidate<'_>| lists.is_signed(crl, ca);
            if !issuers.is_empty() && !issuers.iter().any(is_signed) {
                let (origin, issuer) = (crl.origin().to_owned(), label(&issuers[0].inspected));
                return Err(CrlError::NotSigned { origin, issuer });
            }
        }
        Ok(lists)
    }

    /// What the lists have against `certificate`, which `issuer` issued.
    pub(super) fn check(
        &self,
        certificate: &Candidate<'_>,
        issuer: &Candidate<'_>,
        is_leaf: bool,
        at: Timestamp,
    ) -> Option<Problem> {
        if self.depth == Revocation::LeafOnly && !is_leaf {
            return None;
        }
        let name = label(&issuer.inspected);
        let named = self.crls.of(certificate.parsed.issuer());
        let mut named = named.iter().filter(|crl| covers(crl, &certificate.parsed)).peekable();
        let Some(first) = named.peek() else { return Some(Problem::RevocationUnknown { issuer: name }) };
        let origin = first.origin().to_owned();
        let signed: Vec<&Arc<Crl>> =
            named.filter(|crl| may_be_of(crl, issuer) && self.is_signed(crl, issuer)).collect();
        let Some(next_update) = signed.iter().map(|crl| crl.next_update()).max() else {
            return Some(Problem::CrlSignature { issuer: name, origin });
        };
        if !issuer.inspected.may(Usage::CrlSign) {
            return Some(Problem::MayNotRevoke { issuer: name });
        }
        let serial = certificate.parsed.x509.tbs_certificate.raw_serial();
        if let Some(revoked) = signed.iter().find_map(|crl| crl.find(serial)) {
            let serial = HEXLOWER.encode(serial);
            return Some(Problem::Revoked { serial, date: revoked.date, reason: revoked.reason });
        }
        (at > next_update).then_some(Problem::StaleCrl { issuer: name, next_update, at })
    }

    fn is_signed(&self, crl: &Crl, issuer: &Candidate<'_>) -> bool {
        crl.is_signed_by(issuer.parsed.public_key(), self.algorithms) == Signature::Good
    }
}

/// Whether the identifiers of the keys, where both are there, let the list be of this issuer.
fn may_be_of(crl: &Crl, issuer: &Candidate<'_>) -> bool {
    match (crl.authority_key_id(), issuer.inspected.subject_key_id.as_deref()) {
        (Some(wanted), Some(given)) => wanted == given,
        _ => true,
    }
}

/// Whether the list speaks for the certificate: one that is published at some places, only for those that name one of
/// these places, or none at all.
fn covers(crl: &Crl, certificate: &Parsed<'_>) -> bool {
    let Some(points) = crl.points() else { return true };
    let named = places(certificate);
    named.is_empty() || named.iter().any(|place| points.iter().any(|point| point == place))
}

/// Where the certificate says that its issuer's lists are (RFC 5280 section 4.2.1.13).
fn places<'a>(certificate: &'a Parsed<'_>) -> Vec<&'a str> {
    let extensions = certificate.x509.extensions().iter().map(|extension| extension.parsed_extension());
    let points = extensions.filter_map(|extension| match extension {
        ParsedExtension::CRLDistributionPoints(points) => Some(&points.points),
        _ => None,
    });
    let names = points.flatten().filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    let uris = names.flatten().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    uris.collect()
}

/// What a sentence calls an issuer.
fn label(issuer: &Inspected) -> String {
    issuer.subject.common_name.clone().unwrap_or_else(|| issuer.subject.to_string())
}
