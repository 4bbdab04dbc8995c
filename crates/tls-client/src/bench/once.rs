//! A verifier that looks at each chain once.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// Lets through, byte for byte, a chain that the verifier has found good for the same name, without asking again: a
/// load is to measure the server. Signatures of handshakes are checked each time.
#[derive(Debug)]
pub struct Once {
    verifier: Arc<dyn ServerCertVerifier>,
    good: Mutex<Option<Good>>,
}

#[derive(Debug)]
struct Good {
    name: ServerName<'static>,
    chain: Vec<CertificateDer<'static>>,
}

impl Once {
    /// Asks `verifier`.
    pub const fn new(verifier: Arc<dyn ServerCertVerifier>) -> Self {
        Self { verifier, good: Mutex::new(None) }
    }
}

impl ServerCertVerifier for Once {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = || std::iter::once(end_entity).chain(intermediates);
        if good.as_ref().is_some_and(|good| good.name == *name && good.chain.iter().eq(sent())) {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = self.verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now)?;
        let chain = sent().map(|certificate| certificate.clone().into_owned()).collect();
        *good = Some(Good { name: name.to_owned(), chain });
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.verifier.root_hint_subjects()
    }
}
