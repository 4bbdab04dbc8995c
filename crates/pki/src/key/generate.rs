//! Making a key.

use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING as P256, ECDSA_P384_SHA384_ASN1_SIGNING as P384,
    ECDSA_P521_SHA512_ASN1_SIGNING as P521, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use common::random;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair as RingPair,
    EcdsaSigningAlgorithm as RingAlgorithm,
};
use zeroize::Zeroizing;

use super::private::Pair;
use super::{Algorithm, KeyError, PrivateKey};

impl PrivateKey {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    /// An RSA size that is not made, or no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let failed = || KeyError::Generate { algorithm };
        let pair = match algorithm {
            Algorithm::P256 => Pair::Ecdsa(on_curve(&ECDSA_P256_SHA256_ASN1_SIGNING, &P256).ok_or_else(failed)?),
            Algorithm::P384 => Pair::Ecdsa(on_curve(&ECDSA_P384_SHA384_ASN1_SIGNING, &P384).ok_or_else(failed)?),
            Algorithm::P521 => Pair::Ecdsa(EcdsaKeyPair::generate(&P521).map_err(|_| failed())?),
            Algorithm::Ed25519 => Pair::Ed25519(edwards().ok_or_else(failed)?),
            Algorithm::Rsa(bits) => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => return Err(failed()),
                };
                // ring makes none of these, and AWS-LC draws for itself.
                Pair::Rsa(RsaKeyPair::generate(size).map_err(|_| failed())?)
            }
        };
        Self::from_pair(algorithm, pair)
    }
}

/// A pair from ring, which draws from the system, for AWS-LC.
fn on_curve(curve: &'static RingAlgorithm, signing: &'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair> {
    let document = RingPair::generate_pkcs8(curve, &SystemRandom::new()).ok()?;
    EcdsaKeyPair::from_pkcs8(signing, document.as_ref()).ok()
}

/// Any 32 bytes are a key (RFC 8032 section 5.1.5).
fn edwards() -> Option<Ed25519KeyPair> {
    let mut seed = Zeroizing::new([0; 32]);
    random::fill(seed.as_mut_slice()).ok()?;
    Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).ok()
}
