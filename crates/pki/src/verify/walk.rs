//! Why there is no path: the candidates walked once more, from the leaf upwards, as far as they lead.
//!
//! webpki answers with one error, the most specific of all it met. Here each certificate on the most promising way
//! is looked at, and where the way ends it is said why.

use std::cell::Cell;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;

use common::context::{Anchor, Origin};

use super::candidate::Candidate;
use super::findings::findings;
use super::problem::Problem;
use super::refusing::unread;
use super::revocation::Lists;
use super::rules::{self, Link};
use super::terms::{Question, Terms};
use super::unsupported::Unsupported;
use super::verdict::{Place, Reason};
use super::verifier::links;
use super::violation::{Violation, violation};
use crate::certificate::{Inspected, Name, Parsed, Signature};

/// What the walk looks at.
pub(super) struct Walk<'a> {
    /// The chain as it was sent; what cannot be read is left out.
    pub(super) sent: Vec<(usize, Candidate<'a>)>,
    pub(super) anchors: &'a [Anchor],
    pub(super) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    pub(super) lists: Option<&'a Lists>,
    pub(super) question: Question<'a>,
    pub(super) terms: Terms,
    /// A chain made to explode (self-issued certificates of one name and key) ends here.
    pub(super) budget: Cell<u32>,
}

/// How many signatures a walk checks at most; webpki gives up at the same number.
pub(super) const BUDGET: u32 = 100;

/// The leaf, six CAs and the anchor: webpki builds no longer path.
const LONGEST: usize = 8;

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
        for index in self.likeliest_first(certificate) {
            let issuer = &self.sent[index].1;
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
                Some(tie) => misfits.push((tie, format!("the {}'s chain", self.question.side))),
                None => return self.give_up(path, ways),
            }
        }
        if !leads_on {
            let problem = self.dead_end(head, misfits);
            ways.push(Way { path: path.clone(), end: End::Nowhere(problem) });
        }
    }

    /// What was sent, those in front whose key is the one that the certificate says it was signed with.
    fn likeliest_first(&self, certificate: &Candidate<'_>) -> Vec<usize> {
        let wanted = &certificate.inspected.authority_key_id;
        let is_other = |index: &usize| wanted.is_none() || self.sent[*index].1.inspected.subject_key_id != *wanted;
        let mut order: Vec<usize> = (0..self.sent.len()).collect();
        order.sort_by_key(is_other);
        order
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
            None if self.is_named_otherwise(certificate) => Problem::Unsupported { feature: Unsupported::NameForms },
            None if head == 0 && self.is_intermediate_likely(&certificate.inspected) => {
                Problem::MissingIntermediate { issuer, url: certificate.inspected.issuer_urls.first().cloned() }
            }
            None => Problem::UnknownIssuer { issuer },
        }
    }

    /// Whether somebody has the issuer's name but for case, spaces and types of text, which count here.
    fn is_named_otherwise(&self, certificate: &Candidate<'_>) -> bool {
        let wanted = folded(&certificate.inspected.issuer);
        let anchors = self.anchors.iter().filter_map(|anchor| Parsed::from_der(&anchor.der).ok());
        let anchors = anchors.map(|anchor| (anchor.subject(), Name::of(&anchor.x509.tbs_certificate.subject)));
        let sent = self.sent.iter().map(|(_, sent)| (sent.parsed.subject(), sent.inspected.subject.clone()));
        let mut others = anchors.chain(sent).filter(|(der, _)| *der != certificate.parsed.issuer());
        others.any(|(_, name)| folded(&name) == wanted)
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
        let sent = way.path.iter().filter_map(|index| self.sent.get(*index));
        let mut path: Vec<(Place, &Candidate<'_>)> =
            sent.map(|(position, candidate)| (Place::Sent(*position), candidate)).collect();
        if let End::Anchor(anchor) = &way.end {
            path.push((Place::Anchor, anchor));
        }
        // A root that nobody trusts need not be judged any further.
        let judged = match &way.end {
            End::Nowhere(Problem::UntrustedRoot) => path.len().saturating_sub(1),
            // How far the search came before it was given up is chance.
            End::Nowhere(Problem::TooComplex) => 1,
            _ => path.len(),
        };
        let links = links(&path, &self.question, self.terms);
        let mut reasons: Vec<Reason> = links.iter().take(judged).flat_map(|link| self.objections(link)).collect();
        match &way.end {
            End::Anchor(anchor) => {
                reasons.extend(self.beyond_a_certificate(&path));
                reasons.extend(self.revoked(&way.path, anchor));
            }
            End::Nowhere(problem) => {
                reasons.extend(path.last().map(|(place, last)| self.reason(*place, &last.inspected, problem.clone())));
            }
        }
        reasons
    }

    /// What our rules have against a certificate, or else webpki that cannot read it.
    fn objections(&self, link: &Link<'_>) -> Vec<Reason> {
        let mut problems = findings(link);
        if problems.is_empty() && link.place != Place::Anchor {
            let der = CertificateDer::from(link.candidate.parsed.der);
            let error = EndEntityCert::try_from(&der).err();
            problems.extend(early_dates(link.candidate));
            problems.extend(error.map(|error| unique_ids(link.candidate).unwrap_or_else(|| unread(&der, &error))));
        }
        problems.into_iter().map(|problem| self.reason(link.place, link.certificate(), problem)).collect()
    }

    /// What no certificate shows alone: name constraints, and how long the path is.
    fn beyond_a_certificate(&self, path: &[(Place, &Candidate<'_>)]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (height, (place, authority)) in path.iter().enumerate().skip(1) {
            let below = path.iter().take(height).rev();
            let found = below
                .filter_map(|below| Some((below, violation(authority, below.1, below.0 == Place::Sent(0))?)))
                .next();
            reasons.extend(found.map(|((below_place, below), violation)| match violation {
                Violation::Of(problem) => self.reason(*below_place, &below.inspected, problem),
                Violation::Unsupported(feature) => {
                    self.reason(*place, &authority.inspected, Problem::Unsupported { feature })
                }
            }));
        }
        if path.len() > LONGEST
            && let Some((place, leaf)) = path.first()
        {
            let problem = Problem::Unsupported { feature: Unsupported::LongPath };
            reasons.push(self.reason(*place, &leaf.inspected, problem));
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
        // Of a key that is too weak to check a signature with it has been said.
        let usable = certificates.iter().zip(issuers).enumerate();
        let usable = usable.filter(|(_, (_, issuer))| !rules::is_weak(&issuer.inspected.key));
        let found = usable.filter_map(|(height, ((position, it), issuer))| {
            let problem = lists.check(it, issuer, height == 0, self.terms.strictness, self.question.at)?;
            Some(self.reason(Place::Sent(*position), &it.inspected, problem))
        });
        found.collect()
    }

    pub(super) fn reason(&self, place: Place, certificate: &Inspected, problem: Problem) -> Reason {
        Reason::new(self.question.side, place, certificate, problem)
    }
}

/// Without case and spaces.
fn folded(name: &Name) -> String {
    let letters = name.text.chars().filter(|c| !c.is_whitespace() && *c != '\\');
    letters.flat_map(char::to_lowercase).collect()
}

/// webpki has no time before 1970.
fn early_dates(candidate: &Candidate<'_>) -> Option<Problem> {
    (candidate.inspected.not_before.as_second() < 0)
        .then_some(Problem::Unsupported { feature: Unsupported::EarlyDates })
}

fn unique_ids(candidate: &Candidate<'_>) -> Option<Problem> {
    let tbs = &candidate.parsed.x509.tbs_certificate;
    let has_one = tbs.issuer_uid.is_some() || tbs.subject_uid.is_some();
    has_one.then_some(Problem::Unsupported { feature: Unsupported::UniqueIds })
}

fn is_of_issuers_organization(anchor: &Parsed<'_>, leaf: &Inspected) -> bool {
    Name::of(&anchor.x509.tbs_certificate.subject).organization == leaf.issuer.organization
}

/// What a sentence calls the issuer: by its common name, where it has one.
fn name_of(certificate: &Inspected) -> String {
    certificate.issuer.common_name.clone().unwrap_or_else(|| certificate.issuer.to_string())
}
