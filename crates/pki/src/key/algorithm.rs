//! The kinds of key that are made and signed with.

use std::fmt;
use std::str::FromStr;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1,
    SECP_384_R_1, SECP_521_R_1, SHA_256_WITH_RSA_ENCRYPTION,
};
use const_oid::db::rfc8410::ID_ED_25519;
use der::asn1::{Any, AnyRef};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// A kind of key, with its size where the kind leaves that open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: quick, and taken everywhere.
    #[default]
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// ECDSA on P-521 with SHA-512. Several peers, ring among them, cannot verify it.
    P521,
    /// Ed25519 (RFC 8410). Browsers do not take it in certificates.
    Ed25519,
    /// RSA with this many bits, signing with PKCS#1 v1.5 and SHA-256.
    Rsa(u32),
}

/// What was asked for is none of [`Algorithm::NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{asked}` is no key algorithm; there are {}", Algorithm::NAMES.join(", "))]
pub struct UnknownAlgorithm {
    /// What was asked for.
    pub asked: String,
}

impl Algorithm {
    /// What [`FromStr`] takes, the default first: everything that is made here.
    pub const NAMES: [&str; 7] = ["p256", "p384", "p521", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"];

    /// Recognises the algorithm of a `SubjectPublicKeyInfo` or of a PKCS#8 key. An RSA key's size is not in
    /// its identifier and is given by the caller, who has the key.
    pub(crate) fn from_identifier(identifier: &AlgorithmIdentifierRef<'_>, rsa_bits: u32) -> Option<Self> {
        match identifier.oid {
            RSA_ENCRYPTION => Some(Self::Rsa(rsa_bits)),
            ID_ED_25519 => Some(Self::Ed25519),
            ID_EC_PUBLIC_KEY => match identifier.parameters_oid().ok()? {
                SECP_256_R_1 => Some(Self::P256),
                SECP_384_R_1 => Some(Self::P384),
                SECP_521_R_1 => Some(Self::P521),
                _ => None,
            },
            _ => None,
        }
    }

    /// The algorithm's signatures as a certificate names them (RFC 5758, RFC 8410, RFC 4055).
    pub(crate) fn signature_identifier(self) -> AlgorithmIdentifierOwned {
        let (oid, parameters): (ObjectIdentifier, Option<Any>) = match self {
            Self::P256 => (ECDSA_WITH_SHA_256, None),
            Self::P384 => (ECDSA_WITH_SHA_384, None),
            Self::P521 => (ECDSA_WITH_SHA_512, None),
            Self::Ed25519 => (ID_ED_25519, None),
            // RFC 4055 section 5: the parameters are there and NULL.
            Self::Rsa(_) => (SHA_256_WITH_RSA_ENCRYPTION, Some(Any::from(AnyRef::NULL))),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }

    /// Whether the key can carry a session key, as TLS 1.2 without forward secrecy did.
    pub(crate) fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa(_))
    }

    /// The key's size in bits, as people compare it.
    pub fn bits(self) -> u32 {
        match self {
            Self::P256 | Self::Ed25519 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
            Self::Rsa(bits) => bits,
        }
    }

    /// The name in words: `ECDSA P-256`, `RSA 2048`.
    pub fn title(self) -> String {
        match self {
            Self::P256 => "ECDSA P-256".to_owned(),
            Self::P384 => "ECDSA P-384".to_owned(),
            Self::P521 => "ECDSA P-521".to_owned(),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Rsa(bits) => format!("RSA {bits}"),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("p256"),
            Self::P384 => f.write_str("p384"),
            Self::P521 => f.write_str("p521"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Rsa(bits) => write!(f, "rsa-{bits}"),
        }
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "p256" => Self::P256,
            "p384" => Self::P384,
            "p521" => Self::P521,
            "ed25519" => Self::Ed25519,
            "rsa-2048" => Self::Rsa(2048),
            "rsa-3072" => Self::Rsa(3072),
            "rsa-4096" => Self::Rsa(4096),
            _ => return Err(UnknownAlgorithm { asked: text.to_owned() }),
        })
    }
}
