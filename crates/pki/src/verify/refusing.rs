//! A refusal: every reason why there is no path, or why a leaf that is trusted itself is not good.

use std::cell::Cell;

use common::context::Origin;
use rustls_pki_types::CertificateDer;

use super::candidate::Candidate;
use super::findings::findings_of_trusted_leaf;
use super::problem::Problem;
use super::side::Side;
use super::subject::Subject;
use super::terms::{Question, Terms};
use super::unsupported::Unsupported;
use super::verdict::{Path, Place, Reason, Refusal, Verdict};
use super::verifier::{Verifier, in_place, links};
use super::walk::{BUDGET, Walk};
use crate::certificate::Inspected;

impl Verifier {
    /// Every reason why there is no path.
    pub(super) fn refuse(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        question: &Question<'_>,
        error: Option<webpki::Error>,
        wrong_name: Option<&Subject>,
    ) -> Verdict {
        let side = question.side;
        let own = match Candidate::from_der(leaf) {
            Ok(own) => own,
            Err(error) => {
                let problem = Problem::Unreadable { reason: error.to_string() };
                return Verdict::Refused(Refusal::new(vec![broken(side, Place::Sent(0), problem)]));
            }
        };
        let inspected = own.inspected.clone();
        let mut sent = vec![(0, own)];
        let mut reasons = Vec::new();
        for (index, der) in intermediates.iter().enumerate() {
            match Candidate::from_der(der) {
                Ok(candidate) => sent.push((index + 1, candidate)),
                Err(error) => {
                    let problem = Problem::Unreadable { reason: error.to_string() };
                    reasons.push(broken(side, Place::Sent(index + 1), problem));
                }
            }
        }
        if let Some(own) = misplaced(&sent) {
            let problem = Problem::OutOfOrder { own };
            return Verdict::Refused(Refusal::new(vec![Reason::new(side, Place::Sent(0), &inspected, problem)]));
        }
        let walk = Walk {
            sent,
            anchors: self.trust.anchors(),
            algorithms: self.algorithms.all,
            lists: self.lists.as_ref(),
            question: *question,
            terms: self.terms,
            budget: Cell::new(BUDGET),
        };
        if let Some(error) = error {
            let walked = walk.reasons();
            // The walk sees nothing wrong where webpki looks at more.
            let beyond = walked.is_empty().then(|| walk.reason(Place::Sent(0), &inspected, unread(leaf, &error)));
            reasons.extend(walked);
            reasons.extend(beyond);
            reasons.extend(self.unusable_anchors().iter().map(|error| {
                let reason = format!("from {}: {}", error.origin, error.reason);
                broken(side, Place::Anchor, Problem::Unreadable { reason })
            }));
        } else {
            // What else came along does no harm where there is a path.
            reasons.clear();
        }
        reasons.extend(wrong_name.map(|name| walk.reason(Place::Sent(0), &inspected, mismatch(name, &inspected))));
        Verdict::Refused(Refusal::new(reasons))
    }
}

/// What the certificate is called that belongs in front, where a CA's stands there: the only one that is no CA's.
/// Whatever else were said would be about the wrong certificate.
fn misplaced(sent: &[(usize, Candidate<'_>)]) -> Option<String> {
    let ((_, first), rest) = sent.split_first()?;
    let mut others = rest.iter().filter(|(_, candidate)| !candidate.inspected.authority.ca);
    let (_, own) = others.next().filter(|_| first.inspected.authority.ca)?;
    let is_of_a_ca_here = sent.iter().any(|(_, issuer)| own.names_as_issuer(issuer));
    (is_of_a_ca_here && others.next().is_none()).then(|| own.inspected.label())
}

/// A leaf that is byte for byte an anchor is trusted for its own sake.
pub(super) fn trusted_leaf(
    leaf: &CertificateDer<'_>,
    question: &Question<'_>,
    terms: Terms,
    wrong_name: Option<&Subject>,
    origin: &Origin,
) -> Verdict {
    let side = question.side;
    let own = match Candidate::from_der(leaf) {
        Ok(own) => [own],
        Err(error) => {
            let problem = Problem::Unreadable { reason: error.to_string() };
            return Verdict::Refused(Refusal::new(vec![broken(side, Place::Sent(0), problem)]));
        }
    };
    let mut problems: Vec<Problem> =
        links(&in_place(&own), question, terms).iter().flat_map(findings_of_trusted_leaf).collect();
    let [Candidate { inspected, .. }] = own;
    problems.extend(wrong_name.map(|name| mismatch(name, &inspected)));
    if problems.is_empty() {
        return Verdict::Trusted(Path { certificates: vec![inspected], anchor: origin.clone() });
    }
    let reason = |problem| Reason::new(side, Place::Sent(0), &inspected, problem);
    Verdict::Refused(Refusal::new(problems.into_iter().map(reason).collect()))
}

fn mismatch(name: &Subject, certificate: &Inspected) -> Problem {
    Problem::NameMismatch {
        expected: name.to_string(),
        names: certificate.names.all(),
        common_name: certificate.subject.common_name.clone(),
    }
}

/// A reason about a certificate that has no name, because it cannot be read.
pub(super) fn broken(of: Side, place: Place, problem: Problem) -> Reason {
    Reason { of, place, certificate: String::new(), subject: String::new(), problem }
}

/// What webpki alone objects to, in words.
fn webpki_problem(error: &webpki::Error) -> Problem {
    use webpki::Error;
    let unreadable = |reason: &str| Problem::Unreadable { reason: reason.to_owned() };
    match error {
        Error::MaximumSignatureChecksExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => Problem::TooComplex,
        Error::MaximumPathDepthExceeded => Problem::Unsupported { feature: Unsupported::LongPath },
        // Those that nobody knows are told from these before.
        Error::UnsupportedCriticalExtension => Problem::Unsupported { feature: Unsupported::Policies },
        Error::SignatureAlgorithmMismatch => {
            unreadable("the signature algorithm inside it is not the one outside (RFC 5280 section 4.1.1.2)")
        }
        Error::EmptyEkuExtension => unreadable("its extendedKeyUsage is empty"),
        Error::InvalidSerialNumber => unreadable("its serial number is none"),
        Error::MalformedExtensions | Error::ExtensionValueInvalid => unreadable("an extension is malformed"),
        Error::MalformedDnsIdentifier => unreadable("one of its DNS names is malformed"),
        Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => {
            unreadable("a name constraint above it is malformed")
        }
        Error::NameConstraintViolation => unreadable("a name constraint above it does not permit one of its names"),
        Error::BadDerTime => unreadable("one of its dates is not DER"),
        Error::BadDer | Error::TrailingData(_) => unreadable("it is not DER"),
        other => Problem::Other { reason: format!("{other:?}") },
    }
}

/// Why webpki could not read a certificate, all of which it takes only where they are short.
pub(super) fn unread(der: &[u8], error: &webpki::Error) -> Problem {
    const LONGEST: usize = 0xffff;
    if der.len() > LONGEST {
        return Problem::Unreadable { reason: format!("it has {} bytes, and {LONGEST} are the most", der.len()) };
    }
    webpki_problem(error)
}

/// Why webpki could not take an anchor, in the words of the parser that has some.
pub(super) fn unreadable(der: &[u8], error: &webpki::Error) -> String {
    match (Inspected::from_der(der), unread(der, error)) {
        (Err(reason), _) => reason.to_string(),
        (Ok(_), Problem::Unreadable { reason }) => reason,
        (Ok(_), _) => format!("{error:?}"),
    }
}
