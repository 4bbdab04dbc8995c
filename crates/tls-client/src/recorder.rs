//! Notes what passes by in a handshake: the chain as sent, what the verifier said of it, the server's signature, and
//! whether the server asked for a certificate of ours.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use pki::verify::{Verdict, Verifier};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// What happens to the handshake when the verifier refuses the certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnRefusal {
    /// It ends there, and the server gets the alert.
    #[default]
    Stop,
    /// It goes on as if the certificate were good (`--insecure`). That the server has the certificate's key is still
    /// checked.
    DangerouslyGoOn,
}

/// What was noted.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// The chain as sent, leaf first; empty where the handshake did not come so far.
    pub chain: Vec<CertificateDer<'static>>,
    /// What the verifier said of it.
    pub verdict: Option<Verdict>,
    /// The scheme of the server's signature in this handshake.
    pub signature: Option<SignatureScheme>,
    /// The server's request for a certificate of ours.
    pub request: Option<CertificateRequest>,
}

/// A server's request for a client certificate (RFC 8446 section 4.3.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The names of the CAs that it takes certificates from, in DER; empty where it does not say.
    pub authorities: Vec<Vec<u8>>,
    /// The schemes that we may sign with.
    pub signatures: Vec<SignatureScheme>,
    /// Whether we sent a certificate.
    pub answered: bool,
}

/// Stands in the places of the verifier and of the client's certificate, asks the real ones, and notes what they say.
#[derive(Debug)]
pub(crate) struct Recorder {
    verifier: Arc<Verifier>,
    on_refusal: OnRefusal,
    own: Option<Arc<CertifiedKey>>,
    noted: Mutex<Recorded>,
}

impl Recorder {
    pub(crate) fn new(verifier: Arc<Verifier>, on_refusal: OnRefusal, own: Option<Arc<CertifiedKey>>) -> Self {
        Self { verifier, on_refusal, own, noted: Mutex::default() }
    }

    /// What was noted up to now.
    pub(crate) fn recorded(&self) -> Recorded {
        self.note().clone()
    }

    fn note(&self) -> MutexGuard<'_, Recorded> {
        // Each note is one assignment, so a poisoned lock still holds good ones.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let sent = std::iter::once(end_entity).chain(intermediates);
        let chain: Vec<_> = sent.map(|certificate| certificate.clone().into_owned()).collect();
        let verdict = self.verifier.server(&chain, Some(server_name), timestamp(now)?);
        let refused = verdict.refusal().map(|refusal| Error::InvalidCertificate(refusal.to_rustls()));
        let mut noted = self.note();
        noted.chain = chain;
        noted.verdict = Some(verdict);
        match (refused, self.on_refusal) {
            (Some(error), OnRefusal::Stop) => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note().signature = Some(dss.scheme);
        ServerCertVerifier::verify_tls12_signature(&*self.verifier, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note().signature = Some(dss.scheme);
        ServerCertVerifier::verify_tls13_signature(&*self.verifier, message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ServerCertVerifier::supported_verify_schemes(&*self.verifier)
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(&self, authorities: &[&[u8]], signatures: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let usable = self.own.clone().filter(|own| own.key.choose_scheme(signatures).is_some());
        self.note().request = Some(CertificateRequest {
            authorities: authorities.iter().map(|name| name.to_vec()).collect(),
            signatures: signatures.to_vec(),
            answered: usable.is_some(),
        });
        usable
    }

    fn has_certs(&self) -> bool {
        self.own.is_some()
    }
}

fn timestamp(now: UnixTime) -> Result<Timestamp, Error> {
    let seconds = i64::try_from(now.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.ok_or(Error::FailedToGetCurrentTime)
}

#[cfg(test)]
mod tests {
    use common::context::{Provider, Trust};
    use common::{Clock as _, SystemClock};
    use pki::stored;
    use rustls::CertificateError;
    use store::Location;

    use super::*;

    /// The chain of a fresh store's `localhost`, and a recorder that trusts that store's CA.
    fn recorder(on_refusal: OnRefusal) -> (Vec<CertificateDer<'static>>, Recorder) {
        let directory = tempfile::tempdir().unwrap();
        let store = store::open(&Location::directory(directory.path()), Arc::new(SystemClock)).unwrap();
        let local = stored::local_identity(&*store, &SystemClock).unwrap();
        let mut trust = Trust::new();
        stored::anchors(&*store).unwrap().into_iter().for_each(|anchor| trust.add(anchor));
        let verifier = Verifier::new(Arc::new(trust), Provider::AwsLc).unwrap();
        let chain = local.identity.chain.into_iter().map(CertificateDer::from).collect();
        (chain, Recorder::new(Arc::new(verifier), on_refusal, None))
    }

    fn verify(recorder: &Recorder, chain: &[CertificateDer<'static>], name: &str) -> Result<(), Error> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            SystemClock.now().as_second().try_into().unwrap(),
        ));
        recorder.verify_server_cert(&chain[0], &chain[1..], &name, &[], now).map(|_| ())
    }

    #[test]
    fn the_chain_is_noted_whether_it_is_trusted_or_not() {
        for (name, trusted) in [("localhost", true), ("elsewhere.example", false)] {
            let (chain, recorder) = recorder(OnRefusal::Stop);
            let verdict = verify(&recorder, &chain, name);
            assert_eq!(verdict.is_ok(), trusted, "{verdict:?}");
            let recorded = recorder.recorded();
            assert_eq!(recorded.chain, chain);
            assert_eq!(recorded.verdict.unwrap().is_trusted(), trusted);
        }
    }

    #[test]
    fn a_refusal_is_what_rustls_needs_for_the_alert() {
        let (chain, recorder) = recorder(OnRefusal::Stop);
        let refused = verify(&recorder, &chain, "elsewhere.example");
        assert!(matches!(refused, Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }))));
    }

    #[test]
    fn going_on_is_noted_as_no_trust() {
        let (chain, recorder) = recorder(OnRefusal::DangerouslyGoOn);
        assert_eq!(verify(&recorder, &chain, "elsewhere.example"), Ok(()));
        assert!(!recorder.recorded().verdict.unwrap().is_trusted());
    }

    #[test]
    fn the_servers_request_is_noted_where_there_is_nothing_to_show() {
        let (_, recorder) = recorder(OnRefusal::Stop);
        assert!(recorder.resolve(&[b"\x30\x00"], &[SignatureScheme::ED25519]).is_none());
        let request = recorder.recorded().request.unwrap();
        assert_eq!((request.authorities, request.answered), (vec![b"\x30\x00".to_vec()], false));
    }
}
