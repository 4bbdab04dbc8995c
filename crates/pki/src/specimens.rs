//! Certificates for tests, as they come and as they should not.

use common::context::{Anchor, Origin, Trust};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::authority::{Issuer, Plan, Serial};
use crate::certificate::{Profile, Role, Signer, Template, Validity, sign};
use crate::key::{Algorithm, PrivateKey};
use crate::request::Spec;

/// The middle of everything's life.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn life() -> Validity {
    between("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z")
}

pub(crate) fn between(from: &str, to: &str) -> Validity {
    Validity::between(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

/// A CA of its own, or below `parent`.
pub(crate) fn authority(name: &str, parent: Option<&Issuer>) -> Issuer {
    let plan = Plan {
        subject: format!("/CN={name}").parse().unwrap(),
        algorithm: Algorithm::P256,
        validity: life(),
        path_len: if parent.is_some() { Some(0) } else { None },
        permitted: Vec::new(),
        serial: Serial::random().unwrap(),
    };
    match parent {
        None => plan.root().unwrap(),
        Some(parent) => plan.intermediate(parent).unwrap(),
    }
}

/// What a leaf says; the default is a good server's.
pub(crate) struct Leaf {
    pub(crate) subject: &'static str,
    pub(crate) names: &'static [&'static str],
    pub(crate) role: Role,
    pub(crate) validity: Validity,
}

impl Default for Leaf {
    fn default() -> Self {
        Self {
            subject: "/CN=good.example",
            names: &["good.example", "127.0.0.1"],
            role: Role::Leaf(Profile::Server),
            validity: life(),
        }
    }
}

impl Leaf {
    fn template(&self) -> Template {
        let spec = Spec::new(self.names, Some(self.subject), None).unwrap();
        let template = Template::new(&spec, self.role.clone(), self.validity, Serial::random().unwrap()).unwrap();
        // A spec would take the common name where there is no other.
        Template { names: if self.names.is_empty() { Vec::new() } else { template.names }, ..template }
    }

    /// Signed by `issuer` past every policy: bad ones are wanted here, too.
    pub(crate) fn issued_by(&self, issuer: &Issuer) -> CertificateDer<'static> {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let subject = issuer_name(issuer);
        let signer = Signer { name: &subject, key_id: issuer.key().public().key_id(), key: issuer.key() };
        sign(&self.template(), key.public(), &signer).unwrap()
    }

    pub(crate) fn self_signed(&self) -> CertificateDer<'static> {
        self.self_signed_with(&PrivateKey::generate(Algorithm::P256).unwrap())
    }

    pub(crate) fn self_signed_with(&self, key: &PrivateKey) -> CertificateDer<'static> {
        let template = self.template();
        let signer = Signer { name: &template.subject, key_id: key.public().key_id(), key };
        sign(&template, key.public(), &signer).unwrap()
    }
}

fn issuer_name(issuer: &Issuer) -> crate::request::DistinguishedName {
    let parsed = crate::certificate::Parsed::from_der(&issuer.chain()[0]).unwrap();
    crate::request::DistinguishedName::from_der(parsed.subject())
}

/// Trust in these alone.
pub(crate) fn trust(anchors: &[&CertificateDer<'static>]) -> Trust {
    let mut trust = Trust::new();
    for der in anchors {
        trust.add(Anchor { der: (*der).clone(), origin: Origin::File("ca.pem".to_owned()) });
    }
    trust
}
