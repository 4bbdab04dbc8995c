//! The verifier: webpki finds the path, our rules may veto it, and a refusal is explained by walking once more.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use common::context::{Anchor, Origin, Provider, Trust};
use jiff::Timestamp;
use rustls::DistinguishedName;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use serde::Serialize;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use super::candidate::Candidate;
use super::findings::findings_of_trusted_leaf;
use super::problem::Problem;
use super::revocation::{Lists, Revocation};
use super::rules::{self, Link};
use super::verdict::{Path, Place, Reason, Refusal, Verdict};
use super::walk::{BUDGET, Walk};
use crate::certificate::{Inspected, Purpose};
use crate::crl::{CrlError, Crls};

/// Whose certificate is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A server's.
    Server,
    /// A client's.
    Client,
}

impl Side {
    /// The extendedKeyUsage that the certificate must allow.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Server => Purpose::ServerAuth,
            Self::Client => Purpose::ClientAuth,
        }
    }

    fn key_usage(self) -> KeyUsage {
        match self {
            Self::Server => KeyUsage::server_auth(),
            Self::Client => KeyUsage::client_auth(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

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
#[derive(Debug, thiserror::Error)]
#[error("a certificate from {origin} cannot be a trust anchor: {reason}")]
pub struct AnchorError {
    /// Where it came from.
    pub origin: Origin,
    /// What is wrong with it.
    pub reason: String,
}

/// Judges chains against trust anchors. It holds no lock, and one serves any number of connections.
#[derive(Debug)]
pub struct Verifier {
    trust: Arc<Trust>,
    /// What webpki knows of the anchors.
    roots: Vec<TrustAnchor<'static>>,
    /// For each of `roots` its index in `trust`.
    sources: Vec<usize>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) hints: Vec<DistinguishedName>,
    pub(super) clients: ClientCertificates,
    /// None where nothing is asked about revocation.
    lists: Option<Lists>,
}

impl Verifier {
    /// A verifier that believes `trust` and checks signatures with `provider`.
    ///
    /// # Errors
    /// An anchor is not a certificate. Those of the system are passed over instead, as nobody here chose them.
    pub fn new(trust: Arc<Trust>, provider: Provider) -> Result<Self, AnchorError> {
        let mut roots = Vec::with_capacity(trust.anchors().len());
        let mut sources = Vec::with_capacity(trust.anchors().len());
        for (index, anchor) in trust.anchors().iter().enumerate() {
            match webpki::anchor_from_trusted_cert(&anchor.der) {
                Ok(root) => {
                    roots.push(root.to_owned());
                    sources.push(index);
                }
                Err(error) if anchor.origin == Origin::System => {
                    tracing::debug!(%error, "one of the system's roots cannot be used and is left out");
                }
                Err(error) => {
                    return Err(AnchorError { origin: anchor.origin.clone(), reason: unreadable(&anchor.der, &error) });
                }
            }
        }
        let hints = super::handshake::hints(&roots);
        let algorithms = provider.crypto().signature_verification_algorithms;
        Ok(Self { trust, roots, sources, algorithms, hints, clients: ClientCertificates::default(), lists: None })
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
        self.judge(chain, Side::Server, name, at)
    }

    /// Judges a client's chain, leaf first.
    pub fn client(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Verdict {
        self.judge(chain, Side::Client, None, at)
    }

    /// The same, with the leaf apart from what else was sent, as rustls has it.
    pub(crate) fn client_leaf(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        at: Timestamp,
    ) -> Verdict {
        self.judge_leaf(leaf, intermediates, Side::Client, None, at)
    }

    fn judge(&self, chain: &[CertificateDer<'_>], side: Side, name: Option<&ServerName<'_>>, at: Timestamp) -> Verdict {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Verdict::Refused(Refusal::new(vec![broken(side, 0, Problem::NothingSent)]));
        };
        self.judge_leaf(leaf, intermediates, side, name, at)
    }

    pub(super) fn judge_leaf(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
        name: Option<&ServerName<'_>>,
        at: Timestamp,
    ) -> Verdict {
        let end_entity = match EndEntityCert::try_from(leaf) {
            Ok(end_entity) => end_entity,
            Err(error) => return self.refuse(leaf, intermediates, side, at, Some(error), None),
        };
        let wrong_name = name.filter(|name| end_entity.verify_is_valid_for_subject_name(name).is_err());
        if let Some(anchor) = self.trust.anchors().iter().find(|anchor| anchor.der.as_ref() == leaf.as_ref()) {
            return trusted_leaf(leaf, side, wrong_name, at, &anchor.origin);
        }
        match self.path(&end_entity, intermediates, side, at) {
            Ok(path) if wrong_name.is_none() => Verdict::Trusted(path),
            Ok(_) => self.refuse(leaf, intermediates, side, at, None, wrong_name),
            Err(error) => self.refuse(leaf, intermediates, side, at, Some(error), wrong_name),
        }
    }

    /// The path that webpki finds and our rules leave standing.
    fn path(
        &self,
        end_entity: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
        at: Timestamp,
    ) -> Result<Path, webpki::Error> {
        let accepted = RefCell::new(None);
        let veto = |path: &VerifiedPath<'_>| -> Result<(), webpki::Error> {
            let (ders, anchor) = self.taken_apart(path).ok_or(webpki::Error::BadDer)?;
            // Where the second parser cannot read what webpki did, nothing is believed.
            let path: Vec<Candidate<'_>> = ders
                .iter()
                .map(|der| Candidate::from_der(der))
                .collect::<Result<_, _>>()
                .map_err(|_| webpki::Error::BadDer)?;
            let is_vetoed = links(&path, at).any(|link| rules::check(&link).next().is_some());
            if is_vetoed || self.revocation(&path, at).next().is_some() {
                return Err(webpki::Error::CertDistrusted);
            }
            let certificates = path.into_iter().map(|candidate| candidate.inspected).collect();
            accepted.replace(Some(Path { certificates, anchor: anchor.origin.clone() }));
            Ok(())
        };
        end_entity.verify_for_usage(
            self.algorithms.all,
            &self.roots,
            intermediates,
            unix(at),
            side.key_usage(),
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
            let problem = self.lists.as_ref()?.check(certificate, issuer, index == 0, at)?;
            Some((index, problem))
        })
    }

    /// Every reason why there is no path.
    fn refuse(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
        at: Timestamp,
        error: Option<webpki::Error>,
        wrong_name: Option<&ServerName<'_>>,
    ) -> Verdict {
        let own = match Candidate::from_der(leaf) {
            Ok(own) => own,
            Err(error) => {
                let problem = Problem::Unreadable { reason: error.to_string() };
                return Verdict::Refused(Refusal::new(vec![broken(side, 0, problem)]));
            }
        };
        let inspected = own.inspected.clone();
        let mut sent = vec![(0, own)];
        let mut reasons = Vec::new();
        for (index, der) in intermediates.iter().enumerate() {
            match Candidate::from_der(der) {
                Ok(candidate) => sent.push((index + 1, candidate)),
                Err(error) => {
                    reasons.push(broken(side, index + 1, Problem::Unreadable { reason: error.to_string() }));
                }
            }
        }
        let walk = Walk {
            sent,
            anchors: self.trust.anchors(),
            algorithms: self.algorithms.all,
            lists: self.lists.as_ref(),
            side,
            at,
            budget: Cell::new(BUDGET),
        };
        if let Some(error) = error {
            let walked = walk.reasons();
            // The walk sees nothing wrong where webpki looks at more: at encodings and name constraints.
            let beyond = walked.is_empty().then(|| walk.reason(Place::Sent(0), &inspected, webpki_problem(&error)));
            reasons.extend(walked);
            reasons.extend(beyond);
        } else {
            // What else came along does no harm where there is a path.
            reasons.clear();
        }
        reasons.extend(wrong_name.map(|name| walk.reason(Place::Sent(0), &inspected, mismatch(name, &inspected))));
        Verdict::Refused(Refusal::new(reasons))
    }
}

/// A leaf that is byte for byte an anchor is trusted for its own sake.
fn trusted_leaf(
    leaf: &CertificateDer<'_>,
    side: Side,
    wrong_name: Option<&ServerName<'_>>,
    at: Timestamp,
    origin: &Origin,
) -> Verdict {
    let certificate = match Inspected::from_der(leaf) {
        Ok(certificate) => certificate,
        Err(error) => {
            let problem = Problem::Unreadable { reason: error.to_string() };
            return Verdict::Refused(Refusal::new(vec![broken(side, 0, problem)]));
        }
    };
    let link = Link { certificate: &certificate, place: Place::Sent(0), below: 0, at };
    let mut problems = findings_of_trusted_leaf(&link, &side.purpose());
    problems.extend(wrong_name.map(|name| mismatch(name, &certificate)));
    if problems.is_empty() {
        return Verdict::Trusted(Path { certificates: vec![certificate], anchor: origin.clone() });
    }
    let reason = |problem| Reason::new(side, Place::Sent(0), &certificate, problem);
    Verdict::Refused(Refusal::new(problems.into_iter().map(reason).collect()))
}

/// Every certificate of a path at its place.
pub(super) fn links<'a>(path: &'a [Candidate<'_>], at: Timestamp) -> impl Iterator<Item = Link<'a>> {
    let last = path.len().saturating_sub(1);
    path.iter().enumerate().map(move |(index, candidate)| Link {
        certificate: &candidate.inspected,
        place: if index == last && index > 0 { Place::Anchor } else { Place::Sent(index) },
        below: u32::try_from(index.saturating_sub(1)).unwrap_or(u32::MAX),
        at,
    })
}

fn mismatch(name: &ServerName<'_>, certificate: &Inspected) -> Problem {
    Problem::NameMismatch {
        expected: name.to_str().into_owned(),
        names: certificate.names.all(),
        common_name: certificate.subject.common_name.clone(),
    }
}

/// A reason about a certificate that has no name, because it cannot be read.
fn broken(of: Side, index: usize, problem: Problem) -> Reason {
    Reason { of, place: Place::Sent(index), certificate: String::new(), subject: String::new(), problem }
}

/// What webpki alone objects to, in words.
fn webpki_problem(error: &webpki::Error) -> Problem {
    use webpki::Error;
    let unreadable = |reason: &str| Problem::Unreadable { reason: reason.to_owned() };
    let other = |reason: &str| Problem::Other { reason: reason.to_owned() };
    match error {
        Error::NameConstraintViolation => Problem::NameConstraint,
        Error::MaximumSignatureChecksExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => Problem::TooComplex,
        Error::MaximumPathDepthExceeded => other("more than six CAs stand between it and a trusted one"),
        Error::SignatureAlgorithmMismatch => {
            unreadable("the signature algorithm inside it is not the one outside (RFC 5280 section 4.1.1.2)")
        }
        Error::EmptyEkuExtension => unreadable("its extendedKeyUsage is empty"),
        Error::MalformedExtensions | Error::ExtensionValueInvalid => unreadable("an extension is malformed"),
        Error::MalformedDnsIdentifier => unreadable("one of its DNS names is malformed"),
        Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => {
            unreadable("a name constraint above it is malformed")
        }
        Error::BadDerTime => unreadable("one of its dates is not DER"),
        Error::BadDer | Error::TrailingData(_) => unreadable("it is not DER"),
        other => Problem::Other { reason: format!("{other:?}") },
    }
}

/// Why webpki could not take an anchor, in the words of the parser that has some.
fn unreadable(der: &[u8], error: &webpki::Error) -> String {
    match Inspected::from_der(der) {
        Err(reason) => reason.to_string(),
        Ok(_) => format!("{error:?}"),
    }
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}
