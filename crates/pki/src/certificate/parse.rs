//! A certificate taken apart: x509-parser's view of it, and the raw parts that signatures and names are compared by.

use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::prelude::FromDer;

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The structure is not that of a certificate (RFC 5280 section 4.1).
    #[error("this is not a certificate that can be read: {reason}")]
    Malformed {
        /// What the parser stumbled over.
        reason: String,
    },
    /// There is more after the certificate's end.
    #[error("{count} more bytes follow the certificate")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
}

/// A certificate and its raw parts.
#[derive(Clone)]
pub(crate) struct Parsed<'a> {
    pub(crate) x509: X509Certificate<'a>,
    pub(crate) der: &'a [u8],
    /// The content of the outer `signatureAlgorithm`, as webpki's algorithms name themselves.
    signature_algorithm: &'a [u8],
}

/// Whether a key made a certificate's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// It did.
    Good,
    /// It did not.
    Bad,
    /// Nobody here can check this algorithm, or this algorithm with this kind of key.
    Unsupported,
}

impl<'a> Parsed<'a> {
    /// Parses exactly one certificate.
    ///
    /// # Errors
    /// The bytes are no certificate, or more than one.
    pub(crate) fn from_der(der: &'a [u8]) -> Result<Self, ParseError> {
        let malformed = |reason: String| ParseError::Malformed { reason };
        let (rest, x509) = X509Certificate::from_der(der).map_err(|error| malformed(in_words(&error)))?;
        if !rest.is_empty() {
            return Err(ParseError::TrailingBytes { count: rest.len() });
        }
        let signature_algorithm =
            outer_algorithm(der).ok_or_else(|| malformed("it has no signature algorithm".to_owned()))?;
        Ok(Self { x509, der, signature_algorithm })
    }

    /// The subject's DER.
    pub(crate) fn subject(&self) -> &'a [u8] {
        self.x509.tbs_certificate.subject.as_raw()
    }

    /// The issuer's DER.
    pub(crate) fn issuer(&self) -> &'a [u8] {
        self.x509.tbs_certificate.issuer.as_raw()
    }

    /// The SubjectPublicKeyInfo's DER.
    pub(crate) fn public_key(&self) -> &'a [u8] {
        self.x509.tbs_certificate.subject_pki.raw
    }

    /// Whether the issuer's name is the subject's own.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// Checks this certificate's signature against `issuer_key`, a SubjectPublicKeyInfo.
    pub(crate) fn check_signature(
        &self,
        issuer_key: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Signature {
        let message = self.x509.tbs_certificate.as_ref();
        let signature = self.x509.signature_value.data.as_ref();
        verify_signed(message, self.signature_algorithm, signature, issuer_key, algorithms)
    }
}

/// Whether `issuer_key`, a SubjectPublicKeyInfo, made the signature of a certificate or CRL. `algorithm` is the content
/// of its `signatureAlgorithm`.
pub(crate) fn verify_signed(
    message: &[u8],
    algorithm: &[u8],
    signature: &[u8],
    issuer_key: &[u8],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Signature {
    let spki = SubjectPublicKeyInfoDer::from(issuer_key);
    let Ok(key) = RawPublicKeyEntity::try_from(&spki) else { return Signature::Unsupported };
    let mut verdict = Signature::Unsupported;
    // In webpki's list of all, aws-lc's come last, and they are the faster ones.
    for candidate in algorithms.iter().rev().filter(|a| a.signature_alg_id().as_ref() == algorithm) {
        match key.verify_signature(*candidate, message, signature) {
            Ok(()) => return Signature::Good,
            Err(webpki::Error::InvalidSignatureForPublicKey) => verdict = Signature::Bad,
            // The same signature algorithm exists once for each kind of key.
            Err(_) => {}
        }
    }
    verdict
}

/// What the parser stumbled over, as far as a person can use it.
fn in_words(error: &x509_parser::nom::Err<X509Error>) -> String {
    match error {
        x509_parser::nom::Err::Error(X509Error::NomError(_)) | x509_parser::nom::Err::Incomplete(_) => {
            "it is cut off, or not DER".to_owned()
        }
        x509_parser::nom::Err::Error(X509Error::Der(error)) => format!("it is not DER ({error})"),
        x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => error.to_string(),
    }
}

/// The content of the second element of `Certificate ::= SEQUENCE { tbs, algorithm, signature }`.
fn outer_algorithm(der: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = element(der)?;
    let (_, after_tbs) = element(certificate)?;
    Some(element(after_tbs)?.0)
}

/// Splits one DER element off: its content, and what follows it.
pub(crate) fn element(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&short, rest) = bytes.get(1..)?.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
