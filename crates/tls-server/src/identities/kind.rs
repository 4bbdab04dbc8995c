//! Kinds of keys, and which of them a client can verify.

use pki::certificate::{Key, KeyAlgorithm};
use rustls::{CipherSuite, SignatureAlgorithm, SignatureScheme, SupportedCipherSuite};

/// The kind of a certificate's key, the most wanted first: of the certificates for one name, a client is shown the
/// first that it can verify. ECDSA with P-256 signs fastest; RSA, which is slowest, is there for old clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    P256,
    Ed25519,
    P384,
    P521,
    Rsa,
    /// None that can sign a handshake here.
    Other,
}

const ALL: [Kind; 5] = [Kind::P256, Kind::Ed25519, Kind::P384, Kind::P521, Kind::Rsa];

impl Kind {
    pub(super) fn of(key: &Key) -> Self {
        match (key.algorithm, key.curve.as_deref()) {
            (KeyAlgorithm::Ec, Some("P-256")) => Self::P256,
            (KeyAlgorithm::Ec, Some("P-384")) => Self::P384,
            (KeyAlgorithm::Ec, Some("P-521")) => Self::P521,
            (KeyAlgorithm::Ed25519, _) => Self::Ed25519,
            (KeyAlgorithm::Rsa, _) => Self::Rsa,
            _ => Self::Other,
        }
    }

    const fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::P256 | Self::P384 | Self::P521 => SignatureAlgorithm::ECDSA,
            Self::Ed25519 => SignatureAlgorithm::ED25519,
            Self::Rsa => SignatureAlgorithm::RSA,
            Self::Other => SignatureAlgorithm::Anonymous,
        }
    }

    /// What rustls signs with such a key, in TLS 1.2 as in 1.3.
    pub(super) const fn schemes(self) -> &'static [SignatureScheme] {
        match self {
            Self::P256 => &[SignatureScheme::ECDSA_NISTP256_SHA256],
            Self::P384 => &[SignatureScheme::ECDSA_NISTP384_SHA384],
            Self::P521 => &[SignatureScheme::ECDSA_NISTP521_SHA512],
            Self::Ed25519 => &[SignatureScheme::ED25519],
            Self::Rsa => &[
                SignatureScheme::RSA_PSS_SHA256,
                SignatureScheme::RSA_PSS_SHA384,
                SignatureScheme::RSA_PSS_SHA512,
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
            Self::Other => &[],
        }
    }
}

/// The kinds that a client can verify, by the schemes it offers and, before TLS 1.3, by its suites (RFC 5246
/// section 7.4.2): the same rule by which rustls reduces the schemes that a resolver sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) fn offered(
        ours: &[SupportedCipherSuite],
        has_suite: impl Fn(CipherSuite) -> bool,
        has_scheme: impl Fn(SignatureScheme) -> bool,
    ) -> Self {
        let fits = |kind: &Kind| {
            kind.schemes().iter().any(|scheme| has_scheme(*scheme))
                && ours
                    .iter()
                    .any(|suite| suite.usable_for_signature_algorithm(kind.algorithm()) && has_suite(suite.suite()))
        };
        Self(ALL.iter().filter(|kind| fits(kind)).fold(0, |kinds, kind| kinds | 1 << *kind as u8))
    }

    pub(super) const fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use common::context::{Policy, Provider};

    use super::*;

    #[test]
    fn before_tls_1_3_the_suites_decide_too() {
        let ours = Policy { provider: Provider::AwsLc, ..Policy::default() }.crypto();
        let kinds = |suites: &[CipherSuite], schemes: &[SignatureScheme]| {
            let kinds = Kinds::offered(
                &ours.cipher_suites,
                |suite| suites.contains(&suite),
                |scheme| schemes.contains(&scheme),
            );
            ALL.into_iter().filter(|kind| kinds.contains(*kind)).collect::<Vec<_>>()
        };
        let both = [SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::RSA_PKCS1_SHA256];
        assert_eq!(kinds(&[CipherSuite::TLS13_AES_128_GCM_SHA256], &both), [Kind::P256, Kind::Rsa]);
        assert_eq!(kinds(&[CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], &both), [Kind::Rsa]);
        assert_eq!(kinds(&[CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], &both), [Kind::P256]);
        assert_eq!(kinds(&[CipherSuite::TLS13_AES_128_GCM_SHA256], &[]), []);
        assert_eq!(kinds(&[], &both), []);
    }
}
