//! Who is let in: the verifier and the rules as one, which is what a server with client certificates asks.

use aws_lc_rs::digest::{Context, SHA256, digest};
use common::facts::ClientIdentity;
use jiff::Timestamp;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::identify::identity_of;
use super::rules::Rules;
use crate::certificate::Inspected;
use crate::verify::{
    ClientCertificates, Place, Problem, Question, Reason, Refusal, Revocation, Side, Verdict, Verifier, answer,
    timestamp,
};

/// A verifier and the rules on top of it. A client that no rule lets in is refused in the handshake, with the alert
/// access_denied (RFC 8446 section 6.2).
#[derive(Debug)]
pub struct Admission {
    verifier: Verifier,
    rules: Rules,
}

impl Admission {
    /// Lets in whom `verifier` believes, if one of `rules` holds.
    pub fn new(verifier: Verifier, rules: Rules) -> Self {
        Self { verifier, rules }
    }

    /// The verifier.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Judges a client's chain, leaf first, by verifier and rules.
    pub fn judge(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Verdict {
        self.ruled(self.verifier.client(chain, at))
    }

    /// Who the client of a chain is that was verified, in this handshake or in the one that made the ticket: a
    /// resumption calls no verifier, so dates, revocation and rules are looked at here.
    ///
    /// # Errors
    /// Why it is not let in by now.
    pub fn admit(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Result<ClientIdentity, Refusal> {
        let leaf = self.verifier.recheck_client(chain, at)?;
        match self.objection(&leaf) {
            None => Ok(identity_of(&leaf)),
            Some(reason) => Err(Refusal::new(vec![reason])),
        }
    }

    /// What a session's ticket is bound to: SHA-256 over whom it trusts, what is revoked, who is let in, and that all
    /// this is about clients, and whether they must show a certificate. After a change of any of it no ticket of
    /// before opens.
    pub fn digest(&self) -> [u8; 32] {
        let mut anchors: Vec<_> =
            self.verifier.trust().anchors().iter().map(|anchor| digest(&SHA256, &anchor.der)).collect();
        anchors.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        let mut context = Context::new(&SHA256);
        context.update(b"latchkey client admission 1\0");
        context.update(match self.verifier.client_certificates() {
            ClientCertificates::Required => b"required\0",
            ClientCertificates::Optional => b"optional\0",
        });
        context.update(&(anchors.len() as u64).to_be_bytes());
        anchors.iter().for_each(|anchor| context.update(anchor.as_ref()));
        context.update(&self.rules.digest());
        match self.verifier.crls() {
            None => context.update(b"no lists\0"),
            Some((crls, depth)) => {
                context.update(match depth {
                    Revocation::Chain => b"chain\0",
                    Revocation::LeafOnly => b"leaf\0\0",
                });
                context.update(&crls.revoked_digest());
            }
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        bytes
    }

    fn ruled(&self, verdict: Verdict) -> Verdict {
        let leaf = verdict.path().and_then(|path| path.certificates.first());
        match leaf.and_then(|leaf| self.objection(leaf)) {
            None => verdict,
            Some(reason) => Verdict::Refused(Refusal::new(vec![reason])),
        }
    }

    /// What the rules have against a client that the verifier believes.
    fn objection(&self, leaf: &Inspected) -> Option<Reason> {
        if self.rules.decide(&identity_of(leaf)).allowed {
            return None;
        }
        let problem = Problem::NotAllowed { rules: self.rules.all().len() };
        Some(Reason::new(Side::Client, Place::Sent(0), leaf, problem))
    }
}

impl ClientCertVerifier for Admission {
    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let question = Question { side: Side::Client, name: None, at: timestamp(now)? };
        let verdict = self.verifier.judge_leaf(end_entity, intermediates, &question);
        answer(self.ruled(verdict)).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ClientCertVerifier::verify_tls12_signature(&self.verifier, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ClientCertVerifier::verify_tls13_signature(&self.verifier, message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ClientCertVerifier::supported_verify_schemes(&self.verifier)
    }
}
