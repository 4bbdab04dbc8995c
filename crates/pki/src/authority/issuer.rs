//! A CA that is ready to issue: its certificate, the chain above it, and its key.

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer, ParsedExtension};

use super::names::Constraints;
use super::{Rules, policy};
use crate::certificate::{IssueError, Signer, Template, Validity, sign};
use crate::key::{PrivateKey, PublicKey};
use crate::request::{DistinguishedName, SubjectAltName};

/// Why a certificate and a key cannot issue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// There is no certificate.
    #[error("the CA has no certificate")]
    Empty,
    /// A certificate of the chain cannot be read.
    #[error("a certificate of the CA cannot be read: {0}")]
    Malformed(String),
    /// The key belongs to another certificate.
    #[error("the CA's key does not belong to its certificate")]
    KeyMismatch,
    /// It is no CA certificate.
    #[error("the certificate is not a CA's (basicConstraints CA:TRUE is missing)")]
    NotAuthority,
    /// It may not sign revocation lists.
    #[error("the CA's certificate does not allow its key to sign revocation lists (keyUsage cRLSign is missing)")]
    MayNotSignLists,
    /// It may not sign certificates.
    #[error("the CA's certificate does not allow its key to sign certificates (keyUsage keyCertSign is missing)")]
    MayNotSign,
}

/// A CA that is ready to issue.
#[derive(Debug)]
pub struct Issuer {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKey,
    subject: DistinguishedName,
    key_id: Vec<u8>,
    validity: Validity,
    path_length: Option<u32>,
    constraints: Vec<Constraints>,
    may_sign_lists: bool,
}

impl Issuer {
    /// Puts a CA together: its own certificate first in `chain`, then its parents.
    ///
    /// # Errors
    /// There is no certificate or one cannot be read, the key belongs to another one, or it is no CA.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Result<Self, IssuerError> {
        let facts = chain.iter().map(|der| Facts::of(der)).collect::<Result<Vec<_>, _>>()?;
        let own = facts.first().ok_or(IssuerError::Empty)?;
        if own.spki != key.public().spki() {
            return Err(IssuerError::KeyMismatch);
        }
        if !own.is_authority {
            return Err(IssuerError::NotAuthority);
        }
        if !own.may_sign {
            return Err(IssuerError::MayNotSign);
        }
        Ok(Self {
            subject: own.subject.clone(),
            key_id: own.key_id.clone().unwrap_or_else(|| key.public().key_id().to_vec()),
            validity: own.validity,
            path_length: path_left(&facts),
            may_sign_lists: own.may_sign_lists,
            constraints: facts.into_iter().filter_map(|facts| facts.constraints).collect(),
            chain,
            key,
        })
    }

    /// Issues what `template` says for `key`, where policy agrees.
    ///
    /// # Errors
    /// Every objection of the policy; or encoding or signing failed.
    pub fn issue(&self, template: &Template, key: &PublicKey) -> Result<CertificateDer<'static>, IssueError> {
        policy::into_result(policy::objections(template, key, self))?;
        sign(template, key, &Signer { name: &self.subject, key_id: &self.key_id, key: &self.key })
    }

    /// Issues what `template` says for `key`, where the rules of a profile and this CA's own policy agree.
    ///
    /// # Errors
    /// Every objection of either; or encoding or signing failed.
    pub fn issue_under(
        &self,
        rules: &Rules,
        template: &Template,
        key: &PublicKey,
    ) -> Result<CertificateDer<'static>, IssueError> {
        let objections = [rules.objections(template, key), policy::objections(template, key, self)].concat();
        policy::into_result(objections)?;
        sign(template, key, &Signer { name: &self.subject, key_id: &self.key_id, key: &self.key })
    }

    /// Its name.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The identifier of its key, as what it signs repeats it.
    pub(crate) fn key_id(&self) -> &[u8] {
        &self.key_id
    }

    /// Whether its certificate lets it sign revocation lists.
    pub fn may_sign_lists(&self) -> bool {
        self.may_sign_lists
    }

    /// The nearest name to `name` that it may speak for, where one is at hand.
    pub(super) fn nearest(&self, name: &SubjectAltName) -> Option<String> {
        let candidates = self.constraints.iter().flat_map(|constraints| constraints.near(name));
        candidates.into_iter().find(|text| text.parse().is_ok_and(|name| self.permits(&name)))
    }

    /// Its own certificate first, then its parents.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// What a server sends after its leaf: everything but a root, which its peers have or do not trust.
    pub fn chain_to_send(&self) -> &[CertificateDer<'static>] {
        match self.chain.split_last() {
            Some((last, rest)) if is_self_issued(last) => rest,
            _ => &self.chain,
        }
    }

    /// Its key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// From when until when it holds. Nothing it issues lies outside.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// How many CAs may still follow below it; none is no bound.
    pub fn path_length(&self) -> Option<u32> {
        self.path_length
    }

    /// Whether the name constraints of it and of everything above it let it speak for `name`.
    pub fn permits(&self, name: &SubjectAltName) -> bool {
        self.constraints.iter().all(|constraints| constraints.allow(name))
    }

    /// Whether it is held to some names.
    pub fn is_constrained(&self) -> bool {
        !self.constraints.is_empty()
    }
}

fn is_self_issued(der: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(der)
        .is_ok_and(|(_, certificate)| certificate.subject().as_raw() == certificate.issuer().as_raw())
}

/// The tightest of the bounds above: each counts the CAs that follow below its own certificate.
fn path_left(facts: &[Facts]) -> Option<u32> {
    let bounds = facts
        .iter()
        .zip(0_u32..)
        .filter_map(|(facts, above)| facts.path_length.map(|length| length.saturating_sub(above)));
    bounds.min()
}

/// What matters of a CA's certificate.
struct Facts {
    subject: DistinguishedName,
    spki: Vec<u8>,
    key_id: Option<Vec<u8>>,
    validity: Validity,
    is_authority: bool,
    may_sign: bool,
    may_sign_lists: bool,
    path_length: Option<u32>,
    constraints: Option<Constraints>,
}

impl Facts {
    fn of(der: &[u8]) -> Result<Self, IssuerError> {
        let malformed = |error: &dyn std::fmt::Display| IssuerError::Malformed(error.to_string());
        let (_, parsed) = X509Certificate::from_der(der).map_err(|error| malformed(&error))?;
        let time = |time: x509_parser::time::ASN1Time| {
            jiff::Timestamp::from_second(time.timestamp()).map_err(|error| malformed(&error))
        };
        let validity = Validity::between(time(parsed.validity().not_before)?, time(parsed.validity().not_after)?)
            .map_err(|error| malformed(&error))?;
        let mut facts = Self {
            subject: DistinguishedName::from_der(parsed.subject().as_raw()),
            spki: parsed.public_key().raw.to_vec(),
            key_id: None,
            validity,
            is_authority: false,
            // RFC 5280 section 4.2.1.3: without keyUsage nothing is ruled out.
            may_sign: true,
            may_sign_lists: true,
            path_length: None,
            constraints: None,
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(basic) => {
                    facts.is_authority = basic.ca;
                    facts.path_length = basic.path_len_constraint;
                }
                ParsedExtension::KeyUsage(usage) => {
                    facts.may_sign = usage.key_cert_sign();
                    facts.may_sign_lists = usage.crl_sign();
                }
                ParsedExtension::SubjectKeyIdentifier(id) => facts.key_id = Some(id.0.to_vec()),
                ParsedExtension::NameConstraints(constraints) => facts.constraints = Some(Constraints::of(constraints)),
                _ => {}
            }
        }
        Ok(facts)
    }
}
