//! The slot for who decides, and what fills it where nothing else does: webpki.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{ContextError, Provider, Trust};

/// Python's `check_hostname`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostnameCheck {
    /// The certificate must be for the name that was asked for.
    #[default]
    Required,
    /// Any name of a trusted issuer will do. Only for peers that are told apart otherwise.
    Off,
}

/// Verifies servers by webpki alone.
///
/// # Errors
/// The anchors cannot be used.
pub fn server_verifier(
    trust: &Trust,
    hostname: HostnameCheck,
    provider: Provider,
) -> Result<Arc<dyn ServerCertVerifier>, ContextError> {
    let built = WebPkiServerVerifier::builder_with_provider(roots(trust)?, provider.crypto()).build();
    let verifier = built.map_err(|error| ContextError::Verifier { reason: error.to_string() })?;
    Ok(match hostname {
        HostnameCheck::Required => verifier,
        HostnameCheck::Off => Arc::new(AnyName(verifier)),
    })
}

/// Verifies clients by webpki alone. Whether they must show a certificate, [`Clients`](super::Clients) says.
///
/// # Errors
/// The anchors cannot be used.
pub fn client_verifier(trust: &Trust, provider: Provider) -> Result<Arc<dyn ClientCertVerifier>, ContextError> {
    let built = WebPkiClientVerifier::builder_with_provider(roots(trust)?, provider.crypto()).build();
    built.map_err(|error| ContextError::Verifier { reason: error.to_string() })
}

/// Python's `CERT_NONE`: believes every certificate. The connection is private from those who only listen, and
/// from nobody else.
pub fn danger_accept_any_server(provider: Provider) -> Arc<dyn ServerCertVerifier> {
    Arc::new(AcceptAny(provider.crypto()))
}

fn roots(trust: &Trust) -> Result<Arc<RootCertStore>, ContextError> {
    let mut roots = RootCertStore::empty();
    for anchor in trust.anchors() {
        roots
            .add(anchor.der.clone())
            .map_err(|error| ContextError::Verifier { reason: format!("an anchor from {}: {error}", anchor.origin) })?;
    }
    Ok(Arc::new(roots))
}

/// webpki's verdict but for the name, which it looks at last.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Believes every certificate, but not that the peer has its key: that is still checked.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
