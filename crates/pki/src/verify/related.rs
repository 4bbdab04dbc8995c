//! Of many candidates, those that can be on a path at all: each has signed one that can.
//!
//! webpki joins certificates by their names, and checks signatures only once it has come to an anchor. Among hundreds
//! that share a few names it tries way after way for a second, and gives up with the path unfound.

use std::borrow::Cow;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};

use crate::certificate::{Parsed, Signature};

/// So many are left to webpki as they are.
const FEW: usize = 12;
/// How many signatures are checked at most.
const MOST_CHECKS: usize = 300;
/// How many webpki is given at most, the nearest to the leaf first.
const MOST: usize = 32;

/// The intermediates that lead on from `leaf`.
pub(super) fn related<'a>(
    leaf: &CertificateDer<'_>,
    intermediates: &'a [CertificateDer<'a>],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Cow<'a, [CertificateDer<'a>]> {
    if intermediates.len() <= FEW {
        return Cow::Borrowed(intermediates);
    }
    let parsed = |(index, der): (usize, &'a CertificateDer<'a>)| Some((index, Parsed::from_der(der).ok()?));
    let mut candidates: Vec<(usize, Parsed<'_>)> = intermediates.iter().enumerate().filter_map(parsed).collect();
    let mut found: Vec<Parsed<'_>> = Parsed::from_der(leaf).into_iter().collect();
    let (mut kept, mut next, mut checks) = (Vec::new(), 0, 0);
    while let Some(certificate) = found.get(next) {
        let mut issuers = Vec::new();
        candidates.retain(|(index, candidate)| {
            if candidate.subject() != certificate.issuer() || checks == MOST_CHECKS {
                return true;
            }
            checks += 1;
            let is_issuer = certificate.check_signature(candidate.public_key(), algorithms) == Signature::Good;
            if is_issuer {
                kept.push(*index);
                issuers.push(candidate.clone());
            }
            !is_issuer
        });
        found.extend(issuers);
        next += 1;
    }
    Cow::Owned(kept.into_iter().take(MOST).filter_map(|index| intermediates.get(index).cloned()).collect())
}
