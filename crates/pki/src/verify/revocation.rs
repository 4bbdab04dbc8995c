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
use x509_parser::extensions::{CRLDistributionPoint, DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use common::context::Anchor;

use super::candidate::Candidate;
use super::problem::Problem;
use super::strictness::Strictness;
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

/// A list that was given and cannot be used: whatever its issuer signed may be revoked by it.
#[derive(Debug, Clone)]
pub struct UnusableList {
    /// In DER; none where not even that can be read.
    issuer: Option<Vec<u8>>,
    reason: String,
}

impl UnusableList {
    /// The list in `der`, and what is wrong with it.
    pub fn new(der: &[u8], reason: impl Into<String>) -> Self {
        let issuer = CertificateRevocationList::from_der(der).ok();
        Self { issuer: issuer.map(|(_, list)| list.issuer().as_raw().to_vec()), reason: reason.into() }
    }

    fn is_of(&self, certificate: &Candidate<'_>) -> bool {
        self.issuer.as_ref().is_none_or(|issuer| issuer == certificate.parsed.issuer())
    }
}

/// The lists that are in force, and for whom.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    pub(super) crls: Arc<Crls>,
    pub(super) depth: Revocation,
    /// What is wrong with the lists that were given besides and cannot be used.
    unusable: Vec<UnusableList>,
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
        let lists = Self::unchecked(crls, depth, algorithms, Vec::new());
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

    /// The same, with lists that anybody may have signed: what is not signed by the issuer at hand does not count.
    pub(super) fn unchecked(
        crls: Arc<Crls>,
        depth: Revocation,
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
        unusable: Vec<UnusableList>,
    ) -> Self {
        Self { crls, depth, unusable, algorithms }
    }

    /// What the lists have against `certificate`, which `issuer` issued.
    pub(super) fn check(
        &self,
        certificate: &Candidate<'_>,
        issuer: &Candidate<'_>,
        is_leaf: bool,
        strictness: Strictness,
        at: Timestamp,
    ) -> Option<Problem> {
        if self.depth == Revocation::LeafOnly && !is_leaf {
            return None;
        }
        let name = label(&issuer.inspected);
        let named = self.crls.of(certificate.parsed.issuer());
        let Some(first) = named.first() else {
            return (!has_no_revocation(certificate)).then(|| self.unknown(certificate, name));
        };
        let signed: Vec<&Arc<Crl>> =
            named.iter().filter(|crl| may_be_of(crl, issuer) && self.is_signed(crl, issuer)).collect();
        if signed.is_empty() {
            return Some(Problem::CrlSignature { issuer: name, origin: first.origin().to_owned() });
        }
        if !issuer.inspected.may(Usage::CrlSign) {
            return Some(Problem::MayNotRevoke { issuer: name });
        }
        // An issuer gives a serial number once, so it is meant even in a list that speaks for others.
        let serial = certificate.parsed.x509.tbs_certificate.raw_serial();
        if let Some(revoked) = signed.iter().find_map(|crl| crl.find(serial)) {
            let serial = HEXLOWER.encode(serial);
            return Some(Problem::Revoked { serial, date: revoked.date, reason: revoked.reason });
        }
        let covering: Vec<&&Arc<Crl>> = signed.iter().filter(|crl| covers(crl, &certificate.parsed)).collect();
        let Some(next_update) = covering.iter().map(|crl| crl.next_update()).max() else {
            return Some(self.not_covered(certificate, name));
        };
        if strictness.asks_rfc5280() && covering.iter().any(|crl| !crl.is_numbered()) {
            let reason = format!("the CRL of `{name}` has no CRLNumber, or a critical one (RFC 5280 section 5.2.3)");
            return Some(Problem::UnusableCrl { reason });
        }
        if at > next_update {
            return Some(Problem::StaleCrl { issuer: name, next_update, at });
        }
        // What is in a list that cannot be used, such as a delta, might revoke it.
        self.unusable.iter().any(|list| list.is_of(certificate)).then(|| self.unknown(certificate, name))
    }

    fn unknown(&self, certificate: &Candidate<'_>, issuer: String) -> Problem {
        let unusable = self.unusable.iter().filter(|list| list.is_of(certificate));
        let reasons: Vec<&str> = unusable.map(|list| list.reason.as_str()).collect();
        if !reasons.is_empty() {
            return Problem::UnusableCrl { reason: reasons.join("; ") };
        }
        if has_other_crl_issuer(&certificate.parsed) {
            let reason = "somebody else than its issuer signs its CRL (cRLIssuer), which is not supported".to_owned();
            return Problem::UnusableCrl { reason };
        }
        Problem::RevocationUnknown { issuer }
    }

    /// There are lists of the issuer, each about the certificates that name its place, and this one does not.
    fn not_covered(&self, certificate: &Candidate<'_>, issuer: String) -> Problem {
        match self.unknown(certificate, issuer) {
            Problem::RevocationUnknown { issuer } => Problem::UnusableCrl {
                reason: format!(
                    "the CRL of `{issuer}` is only about certificates that name the place where it is published, by a URI, as other names are not supported; this one does not"
                ),
            },
            problem => problem,
        }
    }

    fn is_signed(&self, crl: &Crl, issuer: &Candidate<'_>) -> bool {
        crl.is_signed_by(issuer.parsed.public_key(), self.algorithms) == Signature::Good
    }
}

/// Whether its issuer says that it never will revoke it (RFC 9608 section 2), which a CA's certificate must not say.
fn has_no_revocation(certificate: &Candidate<'_>) -> bool {
    const NO_REV_AVAIL: &str = "2.5.29.56";
    !certificate.inspected.authority.ca
        && certificate.extensions().any(|extension| extension.oid.to_id_string() == NO_REV_AVAIL)
}

/// Whether the identifiers of the keys, where both are there, let the list be of this issuer.
fn may_be_of(crl: &Crl, issuer: &Candidate<'_>) -> bool {
    match (crl.authority_key_id(), issuer.inspected.subject_key_id.as_deref()) {
        (Some(wanted), Some(given)) => wanted == given,
        _ => true,
    }
}

/// Whether the list speaks for the certificate: one that is published at some places, only for those that name one of
/// these places (RFC 5280 section 6.3.3 b).
fn covers(crl: &Crl, certificate: &Parsed<'_>) -> bool {
    let Some(points) = crl.points() else { return true };
    places(certificate).iter().any(|place| points.iter().any(|point| point == place))
}

/// Where the certificate says that its issuer's lists are (RFC 5280 section 4.2.1.13).
fn places<'a>(certificate: &'a Parsed<'_>) -> Vec<&'a str> {
    let names = distribution_points(certificate).filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    let uris = names.flatten().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    uris.collect()
}

/// Whether the certificate names somebody else as the one who signs its list.
fn has_other_crl_issuer(certificate: &Parsed<'_>) -> bool {
    distribution_points(certificate).any(|point| point.crl_issuer.is_some())
}

fn distribution_points<'a>(certificate: &'a Parsed<'_>) -> impl Iterator<Item = &'a CRLDistributionPoint<'a>> {
    let extensions = certificate.x509.extensions().iter().map(|extension| extension.parsed_extension());
    let points = extensions.filter_map(|extension| match extension {
        ParsedExtension::CRLDistributionPoints(points) => Some(&points.points),
        _ => None,
    });
    points.flatten()
}

/// What a sentence calls an issuer.
fn label(issuer: &Inspected) -> String {
    issuer.subject.common_name.clone().unwrap_or_else(|| issuer.subject.to_string())
}
