//! Whether clients are asked for a certificate, and whether one that shows none is taken.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

/// Whether clients are asked for a certificate (Python's `verify_mode` on a server). The variant alone says whether
/// one must be shown, whatever the verifier says of it.
#[derive(Debug, Clone, Default)]
pub enum Clients {
    /// `CERT_NONE`: they are not asked.
    #[default]
    None,
    /// `CERT_OPTIONAL`: they are asked, one that shows none is taken, and one that shows a bad one is not.
    Optional(Arc<dyn ClientCertVerifier>),
    /// `CERT_REQUIRED`: one that shows none is refused.
    Required(Arc<dyn ClientCertVerifier>),
}

impl Clients {
    /// The verifier as rustls takes it.
    pub(super) fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        let (verifier, mandatory) = match self {
            Self::None => return WebPkiClientVerifier::no_client_auth(),
            Self::Optional(verifier) => (verifier, false),
            Self::Required(verifier) => (verifier, true),
        };
        Arc::new(Asked { verifier: Arc::clone(verifier), mandatory })
    }
}

/// A verifier that does not itself say whether a certificate must be shown.
#[derive(Debug)]
struct Asked {
    verifier: Arc<dyn ClientCertVerifier>,
    mandatory: bool,
}

impl ClientCertVerifier for Asked {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
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
        self.verifier.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verifier.requires_raw_public_keys()
    }
}
