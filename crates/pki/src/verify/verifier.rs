//! The verifier: webpki finds the path, our rules may veto it, and a refusal is explained by walking once more.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use common::context::{Anchor, Origin, Provider, Trust};
use jiff::Timestamp;
use rustls::DistinguishedName;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, VerifiedPath};

use super::candidate::Candidate;
use super::problem::Problem;
use super::refusing::{broken, trusted_leaf, unreadable};
use super::related::related;
use super::revocation::{Lists, Revocation, UnusableList};
use super::rules::{self, Link};
use super::side::Side;
use super::strictness::Strictness;
use super::subject::Subject;
use super::terms::{Question, Terms};
use super::verdict::{Path, Place, Refusal, Verdict};
use crate::crl::{CrlError, Crls};

/// Whether a client must show a certificate where this verifier judges clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// One that shows none is refused.
    #[default]
    Required,
    /// One that shows none is taken; one that shows a bad one is not.
    Optional,
}

/// Why an anchor cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a certificate from {origin} cannot be a trust anchor: {reason}")]
pub struct AnchorError {
    /// Where it came from.
    pub origin: Origin,
    /// What is wrong with it.
    pub reason: String,
}

/// Judges chains against trust anchors. It holds no lock, and one serves any number of connections.
#[derive(Debug, Clone)]
pub struct Verifier {
    pub(super) trust: Arc<Trust>,
    /// What webpki knows of the anchors.
    roots: Vec<TrustAnchor<'static>>,
    /// For each of `roots` its index in `trust`.
    sources: Vec<usize>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) hints: Vec<DistinguishedName>,
    pub(super) clients: ClientCertificates,
    /// None where nothing is asked about revocation.
    pub(super) lists: Option<Lists>,
    pub(super) terms: Terms,
    /// Anchors that could not be taken as such.
    unusable: Vec<AnchorError>,
}

impl Verifier {
    /// A verifier that believes `trust` and checks signatures with `provider`.
    ///
    /// # Errors
    /// An anchor is not a certificate. Those of the system are passed over instead, as nobody here chose them.
    pub fn new(trust: Arc<Trust>, provider: Provider) -> Result<Self, AnchorError> {
        let verifier = Self::passing_over_bad_anchors(trust, provider);
        match verifier.unusable.iter().find(|error| error.origin != Origin::System) {
            Some(error) => Err(error.clone()),
            None => Ok(verifier),
        }
    }

    /// The same, which goes on without those anchors that are no certificates, and [names](Self::unusable_anchors)
    /// them.
    pub fn passing_over_bad_anchors(trust: Arc<Trust>, provider: Provider) -> Self {
        let mut roots = Vec::with_capacity(trust.anchors().len());
        let mut sources = Vec::with_capacity(trust.anchors().len());
        let mut unusable = Vec::new();
        for (index, anchor) in trust.anchors().iter().enumerate() {
            match webpki::anchor_from_trusted_cert(&anchor.der) {
                Ok(root) => {
                    roots.push(root.to_owned());
                    sources.push(index);
                }
                Err(error) => {
                    tracing::debug!(%error, origin = %anchor.origin, "a trusted certificate cannot be used and is left out");
                    unusable
                        .push(AnchorError { origin: anchor.origin.clone(), reason: unreadable(&anchor.der, &error) });
                }
            }
        }
        Self {
            hints: super::handshake::hints(&roots),
            algorithms: provider.crypto().signature_verification_algorithms,
            trust,
            roots,
            sources,
            clients: ClientCertificates::default(),
            lists: None,
            terms: Terms::default(),
            unusable,
        }
    }

    /// The anchors that are no certificates, and so vouch for nobody.
    pub fn unusable_anchors(&self) -> &[AnchorError] {
        &self.unusable
    }

    /// The same verifier, which judges by these terms.
    #[must_use]
    pub fn with_terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }

    /// The same verifier with another strictness.
    #[must_use]
    pub fn with_strictness(&self, strictness: Strictness) -> Self {
        Self { terms: Terms { strictness, ..self.terms }, ..self.clone() }
    }

    /// By which terms it judges.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// The same verifier, with `clients` saying whether a client must show a certificate.
    #[must_use]
    pub fn with_client_certificates(mut self, clients: ClientCertificates) -> Self {
        self.clients = clients;
        self
    }

    /// The same verifier, which has each certificate below the anchor looked up in `crls`, or the leaf alone.
    ///
    /// # Errors
    /// A list bears the name of an anchor that did not sign it.
    pub fn with_crls(mut self, crls: Arc<Crls>, depth: Revocation) -> Result<Self, CrlError> {
        self.lists = Some(Lists::new(crls, depth, self.trust.anchors(), self.algorithms.all)?);
        Ok(self)
    }

    /// The same, where nobody has to have signed a list: one that its issuer did not sign leaves open what is revoked,
    /// and so does one that is `unusable`.
    #[must_use]
    pub fn with_any_crls(mut self, crls: Arc<Crls>, depth: Revocation, unusable: Vec<UnusableList>) -> Self {
        self.lists = Some(Lists::unchecked(crls, depth, self.algorithms.all, unusable));
        self
    }

    /// The lists that it looks into, and for whom.
    pub fn crls(&self) -> Option<(&Arc<Crls>, Revocation)> {
        self.lists.as_ref().map(|lists| (&lists.crls, lists.depth))
    }

    /// Whether a client must show a certificate.
    pub fn client_certificates(&self) -> ClientCertificates {
        self.clients
    }

    /// Whom it believes.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Judges a server's chain, leaf first, for `name`; without a name any will do.
    pub fn server(&self, chain: &[CertificateDer<'_>], name: Option<&ServerName<'_>>, at: Timestamp) -> Verdict {
        let name = name.map(|name| Subject::Host(name.to_owned()));
        self.judge(chain, &Question { side: Side::Server, name: name.as_ref(), at })
    }

    /// Judges a client's chain, leaf first.
    pub fn client(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Verdict {
        self.judge(chain, &Question { side: Side::Client, name: None, at })
    }

    /// Judges a chain, leaf first.
    pub fn judge(&self, chain: &[CertificateDer<'_>], question: &Question<'_>) -> Verdict {
        match chain.split_first() {
            Some((leaf, intermediates)) => self.judge_leaf(leaf, intermediates, question),
            None => Verdict::Refused(Refusal::new(vec![broken(question.side, Place::Sent(0), Problem::NothingSent)])),
        }
    }

    /// The same, with the leaf apart from what else was sent, as rustls has it.
    pub(crate) fn judge_leaf(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        question: &Question<'_>,
    ) -> Verdict {
        let end_entity = match EndEntityCert::try_from(leaf) {
            Ok(end_entity) => end_entity,
            Err(error) => return self.refuse(leaf, intermediates, question, Some(error), None),
        };
        let wrong_name = question.name.filter(|name| !name.is_of(&end_entity, leaf));
        if let Some(anchor) = self.trust.anchors().iter().find(|anchor| anchor.der.as_ref() == leaf.as_ref()) {
            return trusted_leaf(leaf, question, self.terms, wrong_name, &anchor.origin);
        }
        match self.path(&end_entity, intermediates, question) {
            Ok(path) if wrong_name.is_none() => Verdict::Trusted(path),
            Ok(_) => self.refuse(leaf, intermediates, question, None, wrong_name),
            Err(error) => self.refuse(leaf, intermediates, question, Some(error), wrong_name),
        }
    }

    /// The path that webpki finds and our rules leave standing.
    fn path(
        &self,
        end_entity: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        question: &Question<'_>,
    ) -> Result<Path, webpki::Error> {
        let related = related(&end_entity.der(), intermediates, self.algorithms.all);
        let accepted = RefCell::new(None);
        let veto = |path: &VerifiedPath<'_>| -> Result<(), webpki::Error> {
            let (ders, anchor) = self.taken_apart(path).ok_or(webpki::Error::BadDer)?;
            // Where the second parser cannot read what webpki did, nothing is believed.
            let path: Vec<Candidate<'_>> = ders
                .iter()
                .map(|der| Candidate::from_der(der))
                .collect::<Result<_, _>>()
                .map_err(|_| webpki::Error::BadDer)?;
            let links = links(&in_place(&path), question, self.terms);
            let is_vetoed = links.iter().any(|link| !rules::check(link).is_empty());
            if is_vetoed || self.revocation(&path, question.at).next().is_some() {
                return Err(webpki::Error::CertDistrusted);
            }
            let certificates = path.into_iter().map(|candidate| candidate.inspected).collect();
            accepted.replace(Some(Path { certificates, anchor: anchor.origin.clone() }));
            Ok(())
        };
        end_entity.verify_for_usage(
            self.algorithms.all,
            &self.roots,
            &related,
            unix(question.at),
            question.side,
            None,
            Some(&veto),
        )?;
        accepted.into_inner().ok_or(webpki::Error::UnknownIssuer)
    }

    /// webpki's path, from the leaf to the anchor.
    fn taken_apart<'a>(&'a self, path: &'a VerifiedPath<'a>) -> Option<(Vec<CertificateDer<'a>>, &'a Anchor)> {
        let root = self.roots.iter().position(|root| std::ptr::eq(root, path.anchor()))?;
        let anchor = self.trust.anchors().get(*self.sources.get(root)?)?;
        let leaf = std::iter::once(path.end_entity().der());
        let intermediates = path.intermediate_certificates().map(|intermediate| intermediate.der());
        let anchor_der = CertificateDer::from(anchor.der.as_ref());
        Some((leaf.chain(intermediates).chain([anchor_der]).collect(), anchor))
    }

    /// What the lists have against the certificates of a path, each with its index.
    pub(super) fn revocation(&self, path: &[Candidate<'_>], at: Timestamp) -> impl Iterator<Item = (usize, Problem)> {
        let pairs = path.iter().zip(path.iter().skip(1)).enumerate();
        pairs.filter_map(move |(index, (certificate, issuer))| {
            let problem = self.lists.as_ref()?.check(certificate, issuer, index == 0, self.terms.strictness, at)?;
            Some((index, problem))
        })
    }
}

/// Every certificate of a path with its place: the last is the anchor, unless there is but one.
pub(super) fn in_place<'a>(path: &'a [Candidate<'a>]) -> Vec<(Place, &'a Candidate<'a>)> {
    let last = path.len().saturating_sub(1);
    let place = |index| if index == last && index > 0 { Place::Anchor } else { Place::Sent(index) };
    path.iter().enumerate().map(|(index, candidate)| (place(index), candidate)).collect()
}

/// What the rules look at of each certificate of a path, leaf first.
pub(super) fn links<'a>(path: &[(Place, &'a Candidate<'a>)], question: &Question<'_>, terms: Terms) -> Vec<Link<'a>> {
    let mut links = Vec::with_capacity(path.len());
    let (mut below, mut self_issued) = (0, 0);
    for (height, &(place, candidate)) in path.iter().enumerate() {
        let link = Link { candidate, place, below, self_issued, at: question.at, side: question.side, terms };
        links.push(link);
        if height > 0 {
            below += 1;
            self_issued += u32::from(candidate.parsed.is_self_issued());
        }
    }
    links
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}
