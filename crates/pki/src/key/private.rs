//! A private key that is ready to sign.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use common::Secret;
use common::input::{Blob, InputError, Pieces};
use pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroize as _;

use super::sign::Signer;
use super::{Algorithm, Digest, PublicKey};

/// What went wrong with a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No such key is made, or the system had no randomness.
    #[error("making a key of the kind {algorithm} failed")]
    Generate {
        /// What was asked for.
        algorithm: Algorithm,
    },
    /// The bytes are no private key.
    #[error("it is no private key in PKCS#8, PKCS#1 or SEC1: {reason}")]
    Malformed {
        /// What the parser said.
        reason: String,
    },
    /// A kind of key that nothing here signs with.
    #[error("its kind of key is not supported here: {kind}")]
    Unsupported {
        /// The kind, by name where it has one, else by OID.
        kind: String,
    },
    /// A key of a known kind that is damaged or weak.
    #[error("the key is not acceptable: {reason}")]
    Rejected {
        /// What is wrong with it.
        reason: String,
    },
    /// Signing failed, which a sound key does not do.
    #[error("signing with the {algorithm} key failed")]
    Sign {
        /// The kind of key.
        algorithm: Algorithm,
    },
    /// Encrypting under a passphrase failed.
    #[error("encrypting the key failed: {reason}")]
    Protect {
        /// What the library said.
        reason: String,
    },
}

/// A key could not be had from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no one key in it, or it cannot be opened.
    #[error(transparent)]
    Input(#[from] InputError),
    /// There is one, and it is of no use.
    #[error("the private key in {name} cannot be used")]
    Key {
        /// The file.
        name: String,
        /// Why.
        source: KeyError,
    },
}

/// A private key that is ready to sign.
pub struct PrivateKey {
    pub(super) pair: Pair,
    public: PublicKey,
    pkcs8: Secret,
    signer: Signer,
}

pub(super) enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl PrivateKey {
    /// Finds the one private key in `blob`, opens it with `passphrase` where it is encrypted, and checks it.
    ///
    /// # Errors
    /// There is none or there are several, the passphrase is missing or wrong, or the key is of no use.
    pub fn load(blob: &Blob, passphrase: Option<&Secret>) -> Result<Self, LoadError> {
        Self::of_pieces(blob.pieces_with(passphrase)?, passphrase)
    }

    /// The one private key in a file that was taken apart.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn of_pieces(pieces: Pieces, passphrase: Option<&Secret>) -> Result<Self, LoadError> {
        let name = pieces.name.clone();
        let mut der = pieces.require_key(passphrase)?;
        let key = Self::from_der(&der).map_err(|source| LoadError::Key { name, source });
        der.zeroize();
        key
    }

    /// Reads PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC1 (RFC 5915). What is kept is PKCS#8.
    ///
    /// # Errors
    /// It is none of these, of a kind that is not supported, damaged, or RSA below 2048 bits.
    pub fn from_der(der: &PrivateKeyDer<'_>) -> Result<Self, KeyError> {
        match der {
            PrivateKeyDer::Pkcs8(key) => Self::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => Self::from_rsa(RsaKeyPair::from_der(key.secret_pkcs1_der())),
            PrivateKeyDer::Sec1(key) => Self::from_sec1(key.secret_sec1_der()),
            _ => Err(KeyError::Unsupported { kind: "a form of key that is not known".to_owned() }),
        }
    }

    /// Reads a PKCS#8 key.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let info =
            PrivateKeyInfoRef::try_from(der).map_err(|error| KeyError::Malformed { reason: error.to_string() })?;
        let ecdsa = |algorithm, signing: &'static EcdsaSigningAlgorithm| {
            let pair = EcdsaKeyPair::from_pkcs8(signing, der).map_err(rejected)?;
            Self::from_pair(algorithm, Pair::Ecdsa(pair))
        };
        match Algorithm::from_identifier(&info.algorithm, 0) {
            Some(Algorithm::P256) => ecdsa(Algorithm::P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
            Some(Algorithm::P384) => ecdsa(Algorithm::P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
            Some(Algorithm::P521) => ecdsa(Algorithm::P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
            // A version 1 key, as OpenSSL writes it, has no public half to check the private one against.
            Some(Algorithm::Ed25519) => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(rejected)?;
                Self::from_pair(Algorithm::Ed25519, Pair::Ed25519(pair))
            }
            Some(Algorithm::Rsa(_)) => Self::from_rsa(RsaKeyPair::from_pkcs8(der)),
            None => Err(KeyError::Unsupported { kind: super::public::kind_in_words(&info.algorithm) }),
        }
    }

    fn from_rsa(pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>) -> Result<Self, KeyError> {
        let pair = pair.map_err(rejected)?;
        let bits = pair.public_modulus_len() * 8;
        Self::from_pair(Algorithm::Rsa(u32::try_from(bits).unwrap_or(u32::MAX)), Pair::Rsa(pair))
    }

    /// SEC1 names its curve only where it likes to, so each is tried; a key fits one at most.
    fn from_sec1(der: &[u8]) -> Result<Self, KeyError> {
        let curves = [
            (Algorithm::P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
            (Algorithm::P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
            (Algorithm::P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
        ];
        for (algorithm, signing) in curves {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(signing, der) {
                return Self::from_pair(algorithm, Pair::Ecdsa(pair));
            }
        }
        Err(KeyError::Rejected { reason: "it is damaged, or on none of the curves P-256, P-384 and P-521".to_owned() })
    }

    pub(super) fn from_pair(algorithm: Algorithm, pair: Pair) -> Result<Self, KeyError> {
        let lost = |_| KeyError::Rejected { reason: "it cannot be written out again".to_owned() };
        let (spki, pkcs8) = match &pair {
            Pair::Ecdsa(pair) => {
                (pair.public_key().as_der().map_err(lost)?, pair.to_pkcs8v1().map_err(lost)?.as_ref().to_vec())
            }
            // Version 1, because OpenSSL before 3.4 does not read version 2.
            Pair::Ed25519(pair) => {
                (pair.public_key().as_der().map_err(lost)?, pair.to_pkcs8v1().map_err(lost)?.as_ref().to_vec())
            }
            Pair::Rsa(pair) => (
                pair.public_key().as_der().map_err(lost)?,
                AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(pair).map_err(lost)?.as_ref().to_vec(),
            ),
        };
        let public = PublicKey::of_pair(algorithm, spki.as_ref())
            .map_err(|error| KeyError::Rejected { reason: error.to_string() })?;
        Ok(Self { pair, public, pkcs8: Secret::new(pkcs8), signer: Signer::default() })
    }

    /// The kind of key.
    pub fn algorithm(&self) -> Algorithm {
        // A private key is only ever made of a known kind.
        self.public.algorithm().unwrap_or_default()
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key as PKCS#8 DER, in the clear.
    pub fn to_pkcs8(&self) -> &Secret {
        &self.pkcs8
    }

    /// The key as rustls takes it.
    pub fn to_rustls(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8.expose().to_vec()))
    }

    /// Signs `message` where ring knows such a key, RSA by way of `digest`.
    pub(super) fn sign_by_ring(&self, message: &[u8], digest: Digest) -> Option<Vec<u8>> {
        self.signer.sign(self.algorithm(), self.pkcs8.expose(), digest, message)
    }

    /// Signs `message` as a certificate or a request is signed with this kind of key.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let algorithm = self.algorithm();
        let failed = |_| KeyError::Sign { algorithm };
        if let Some(signature) = self.sign_by_ring(message, Digest::Sha256) {
            return Ok(signature);
        }
        match &self.pair {
            Pair::Ecdsa(pair) => Ok(pair.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

fn rejected(error: aws_lc_rs::error::KeyRejected) -> KeyError {
    let reason = match error.description_() {
        "TooSmall" => "RSA below 2048 bits is too weak".to_owned(),
        "TooLarge" => "RSA above 8192 bits is not taken".to_owned(),
        other => format!("it is damaged ({other})"),
    };
    KeyError::Rejected { reason }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
