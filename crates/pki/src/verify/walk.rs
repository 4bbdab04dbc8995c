//! Why there is no path: the candidates walked once more, from the leaf upwards, as far as they lead.
//!
//! webpki answers with one error, the most specific of all it met. Here each certificate on the most promising way
//! is looked at, and where the way ends it is said why.

use std::cell::Cell;

use jiff::Timestamp;
use rustls_pki_types::SignatureVerificationAlgorithm;

use common::context::{Anchor, Origin};

use super::candidate::Candidate;
use super::findings::findings;
use super::problem::Problem;
use super::revocation::Lists;
use super::rules::{self, Link};
use super::verdict::{Place, Reason};
use super::verifier::Side;
use crate::certificate::{Inspected, Name, Parsed, Signature};

/// What the walk looks at.
pub(super) struct Walk<'a> {
    /// The chain as it was sent; what cannot be read is left out.
    pub(super) sent: Vec<(usize, Candidate<'a>)>,
    pub(super) anchors: &'a [Anchor],
    pub(super) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    pub(super) lists: Option<&'a Lists>,
    pub(super) side: Side,
    pub(super) at: Timestamp,
    /// A chain made to explode (self-issued certificates of one name and key) ends here.
    pub(super) budget: Cell<u32>,
}

/// How many signatures a walk checks at most; webpki gives up at the same number.
pub(super) const BUDGET: u32 = 100;

/// One way upwards: the certificates, and how it ends.
struct Way<'a> {
    /// Indices into `sent`, the leaf first.
    path: Vec<usize>,
    end: End<'a>,
}

enum End<'a> {
    Anchor(Box<Candidate<'a>>),
    /// The last certificate leads no further.
    Nowhere(Problem),
}

/// Whether a certificate comes from its alleged issuer.
enum Tie {
    Holds,
    Forged,
    OtherKey,
    Unsupported,
}

impl<'a> Walk<'a> {
    /// What is wrong on the most promising way: one that reaches an anchor before one that does not, then the one
    /// with the fewest faults, then the longest.
    pub(super) fn reasons(&self) -> Vec<Reason> {
        if self.sent.is_empty() {
            return Vec::new();
        }
        let mut ways = Vec::new();
        self.climb(&mut vec![0], &mut ways);
        let judged = ways.into_iter().map(|way| {
            let reasons = self.judge(&way);
            (matches!(way.end, End::Nowhere(_)), reasons, way.path.len())
        });
        let best = judged.min_by_key(|(nowhere, reasons, length)| (*nowhere, reasons.len(), usize::MAX - length));
        best.map(|(_, reasons, _)| reasons).unwrap_or_default()
    }

    fn climb(&self, path: &mut Vec<usize>, ways: &mut Vec<Way<'a>>) {
        let Some(&head) = path.last() else { return };
        let certificate = &self.sent[head].1;
        let mut misfits = Vec::new();
        let mut leads_on = false;

        for anchor in self.anchors {
            // The names first: there may be hundreds of anchors, and to inspect one costs a signature check.
            let Ok(issuer) = Parsed::from_der(&anchor.der) else { continue };
            if issuer.subject() != certificate.parsed.issuer() {
                continue;
            }
            let issuer = Candidate::of(issuer);
            match self.tie(certificate, &issuer) {
                Some(Tie::Holds) => {
                    leads_on = true;
                    ways.push(Way { path: path.clone(), end: End::Anchor(Box::new(issuer)) });
                }
                Some(tie) => misfits.push((tie, anchor.origin.to_string())),
                None => return self.give_up(path, ways),
            }
        }
        for (index, (_, issuer)) in self.sent.iter().enumerate() {
            // A copy of what is on the way already leads nowhere new, least of all from a self-signed one to itself.
            let is_passed = path.iter().any(|passed| self.sent[*passed].1.parsed.der == issuer.parsed.der);
            if is_passed || !certificate.names_as_issuer(issuer) {
                continue;
            }
            match self.tie(certificate, issuer) {
                Some(Tie::Holds) => {
                    leads_on = true;
                    path.push(index);
                    self.climb(path, ways);
                    path.pop();
                }
                Some(tie) => misfits.push((tie, format!("the {}'s chain", self.side))),
                None => return self.give_up(path, ways),
            }
        }
        if !leads_on {
            let problem = self.dead_end(head, misfits);
            ways.push(Way { path: path.clone(), end: End::Nowhere(problem) });
        }
    }

    fn give_up(&self, path: &[usize], ways: &mut Vec<Way<'a>>) {
        if ways.is_empty() {
            ways.push(Way { path: path.to_vec(), end: End::Nowhere(Problem::TooComplex) });
        }
    }

    /// How `certificate` and the `issuer` of the right name belong together; none once the budget is spent.
    fn tie(&self, certificate: &Candidate<'_>, issuer: &Candidate<'_>) -> Option<Tie> {
        self.budget.set(self.budget.get().checked_sub(1)?);
        // What is too weak to be checked is said of the key or the algorithm; the way goes on.
        if certificate.inspected.signature_algorithm.broken || rules::is_weak(&issuer.inspected.key) {
            return Some(Tie::Holds);
        }
        Some(match certificate.parsed.check_signature(issuer.parsed.public_key(), self.algorithms) {
            Signature::Good => Tie::Holds,
            Signature::Unsupported => Tie::Unsupported,
            Signature::Bad => match (&certificate.inspected.authority_key_id, &issuer.inspected.subject_key_id) {
                (Some(wanted), Some(given)) if wanted != given => Tie::OtherKey,
                _ => Tie::Forged,
            },
        })
    }

    /// Why nothing follows `head`, given the certificates of its issuer's name that did not fit.
    fn dead_end(&self, head: usize, misfits: Vec<(Tie, String)>) -> Problem {
        let certificate = &self.sent[head].1;
        let issuer = name_of(&certificate.inspected);
        if certificate.inspected.self_signed {
            return if head == 0 { Problem::SelfSigned } else { Problem::UntrustedRoot };
        }
        match misfits.into_iter().next() {
            Some((Tie::OtherKey, origin)) => Problem::OtherKey { issuer, origin },
            Some((Tie::Unsupported, _)) => {
                Problem::UnsupportedSignature { algorithm: certificate.inspected.signature_algorithm.clone() }
            }
            Some(_) => Problem::BadSignature { issuer },
            None if head == 0 && self.is_intermediate_likely(&certificate.inspected) => {
                Problem::MissingIntermediate { issuer, url: certificate.inspected.issuer_urls.first().cloned() }
            }
            None => Problem::UnknownIssuer { issuer },
        }
    }

    /// Whether the unknown issuer of a leaf is rather a CA below a trusted one than a root of its own. A certificate
    /// does not say. It speaks for it that the leaf tells where to fetch its issuer, that a trusted CA belongs to
    /// the same organisation, and that the trusted CAs were named for this very purpose.
    fn is_intermediate_likely(&self, leaf: &Inspected) -> bool {
        if !leaf.issuer_urls.is_empty() {
            return true;
        }
        let authorities = |of: fn(&Parsed<'_>, &Inspected) -> bool| {
            let mut read = self.anchors.iter().filter_map(|anchor| Parsed::from_der(&anchor.der).ok());
            read.any(|anchor| of(&anchor, leaf) && Inspected::of(&anchor).authority.ca)
        };
        let related = || leaf.issuer.organization.is_some() && authorities(is_of_issuers_organization);
        let chosen = || {
            let named = |anchor: &Anchor| !matches!(anchor.origin, Origin::System | Origin::Store(_));
            self.anchors.iter().all(named) && authorities(|_, _| true)
        };
        related() || chosen()
    }

    /// What is wrong with each certificate of a way, and with its end.
    fn judge(&self, way: &Way<'_>) -> Vec<Reason> {
        let purpose = self.side.purpose();
        let mut reasons = Vec::new();
        for (height, &index) in way.path.iter().enumerate() {
            let (position, candidate) = &self.sent[index];
            let below = u32::try_from(height.saturating_sub(1)).unwrap_or(u32::MAX);
            let link = Link { certificate: &candidate.inspected, place: Place::Sent(*position), below, at: self.at };
            // A root that nobody trusts need not be judged any further.
            let problems = match &way.end {
                End::Nowhere(Problem::UntrustedRoot) if height + 1 == way.path.len() => Vec::new(),
                _ => findings(&link, &purpose),
            };
            reasons.extend(problems.into_iter().map(|problem| self.reason(link.place, link.certificate, problem)));
        }
        match &way.end {
            End::Anchor(anchor) => {
                let below = u32::try_from(way.path.len() - 1).unwrap_or(u32::MAX);
                let link = Link { certificate: &anchor.inspected, place: Place::Anchor, below, at: self.at };
                let problems = findings(&link, &purpose);
                reasons
                    .extend(problems.into_iter().map(|problem| self.reason(Place::Anchor, &anchor.inspected, problem)));
                reasons.extend(self.revoked(&way.path, anchor));
            }
            End::Nowhere(problem) => {
                let last = way.path.last().and_then(|index| self.sent.get(*index));
                if let Some((position, candidate)) = last {
                    reasons.push(self.reason(Place::Sent(*position), &candidate.inspected, problem.clone()));
                }
            }
        }
        reasons
    }

    /// What the lists have against the certificates of a way that ends at `anchor`. Of a way that leads nowhere there
    /// is nobody whose list would count.
    fn revoked(&self, path: &[usize], anchor: &Candidate<'_>) -> Vec<Reason> {
        let Some(lists) = self.lists else { return Vec::new() };
        let certificates: Vec<&(usize, Candidate<'_>)> =
            path.iter().filter_map(|index| self.sent.get(*index)).collect();
        let issuers = certificates.iter().skip(1).map(|(_, issuer)| issuer).chain([anchor]);
        let found = certificates.iter().zip(issuers).enumerate().filter_map(|(height, ((position, it), issuer))| {
            let problem = lists.check(it, issuer, height == 0, self.at)?;
            Some(self.reason(Place::Sent(*position), &it.inspected, problem))
        });
        found.collect()
    }

    pub(super) fn reason(&self, place: Place, certificate: &Inspected, problem: Problem) -> Reason {
        Reason::new(self.side, place, certificate, problem)
    }
}

fn is_of_issuers_organization(anchor: &Parsed<'_>, leaf: &Inspected) -> bool {
    Name::of(&anchor.x509.tbs_certificate.subject).organization == leaf.issuer.organization
}

/// What a sentence calls the issuer: by its common name, where it has one.
fn name_of(certificate: &Inspected) -> String {
    certificate.issuer.common_name.clone().unwrap_or_else(|| certificate.issuer.to_string())
}
