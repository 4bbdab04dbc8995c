//! The verifier as rustls takes it, for servers and for clients.

use std::cell::RefCell;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{AlertDescription, CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};

use super::side::Side;
use super::subject::Subject;
use super::terms::Question;
use super::verdict::{Refusal, Verdict};
use super::verifier::{ClientCertificates, Verifier};

thread_local! {
    static REFUSAL: RefCell<Option<Refusal>> = const { RefCell::new(None) };
}

/// The refusal behind the last certificate error of a handshake on this thread, once.
///
/// rustls's error carries only what the alert needs. A server's log wants the rest, and asks for it in the same turn
/// that returned the error. It is per thread because a handshake's verification runs on the thread that drives it.
pub fn take_refusal() -> Option<Refusal> {
    REFUSAL.take()
}

/// What an earlier handshake left behind must not explain a failure of this one. Connections take turns on a thread,
/// and each may fail at its certificate or, turns later, at its signature.
fn forget_refusal() {
    REFUSAL.set(None);
}

/// The names of the CAs that a client is told to choose its certificate by.
///
/// None are sent where they are so many that the CertificateRequest would grow out of proportion: with an empty list
/// a client chooses freely (RFC 8446 section 4.2.4).
pub(super) fn hints(roots: &[TrustAnchor<'_>]) -> Vec<DistinguishedName> {
    const MOST_BYTES: usize = 8 * 1024;
    let hints: Vec<_> = roots.iter().map(|root| DistinguishedName::in_sequence(&root.subject)).collect();
    let bytes: usize = hints.iter().map(|hint| hint.as_ref().len()).sum();
    if bytes > MOST_BYTES { Vec::new() } else { hints }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let name = Subject::Host(server_name.to_owned());
        let question = Question { side: Side::Server, name: Some(&name), at: timestamp(now)? };
        let verdict = self.judge_leaf(end_entity, intermediates, &question);
        answer(verdict).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        forget_refusal();
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        forget_refusal();
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        self.clients == ClientCertificates::Required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let question = Question { side: Side::Client, name: None, at: timestamp(now)? };
        let verdict = self.judge_leaf(end_entity, intermediates, &question);
        answer(verdict).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        forget_refusal();
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        forget_refusal();
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Refusal {
    /// What rustls chooses the alert by: the first reason's kind.
    pub fn to_rustls(&self) -> CertificateError {
        let first = self.reasons().first().map(|reason| reason.problem.to_rustls(self));
        first.unwrap_or(CertificateError::ApplicationVerificationFailure)
    }

    /// The alert that the peer is told with.
    pub fn alert(&self) -> AlertDescription {
        self.to_rustls().into()
    }
}

/// The verdict as rustls takes it; a refusal is kept for [`take_refusal`].
pub(crate) fn answer(verdict: Verdict) -> Result<(), Error> {
    let Verdict::Refused(refusal) = verdict else {
        forget_refusal();
        return Ok(());
    };
    let error = refusal.to_rustls();
    REFUSAL.set(Some(refusal));
    Err(Error::InvalidCertificate(error))
}

pub(crate) fn timestamp(now: UnixTime) -> Result<Timestamp, Error> {
    let seconds = i64::try_from(now.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.ok_or(Error::FailedToGetCurrentTime)
}
