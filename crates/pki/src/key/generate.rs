//! Making a key.

use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair,
};

use super::private::Pair;
use super::{Algorithm, KeyError, PrivateKey};

impl PrivateKey {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    /// An RSA size that is not made, or no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Generate { algorithm };
        let pair = match algorithm {
            Algorithm::P256 => Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?),
            Algorithm::P384 => Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map_err(failed)?),
            Algorithm::P521 => Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).map_err(failed)?),
            Algorithm::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
            Algorithm::Rsa(bits) => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => return Err(KeyError::Generate { algorithm }),
                };
                Pair::Rsa(RsaKeyPair::generate(size).map_err(failed)?)
            }
        };
        Self::from_pair(algorithm, pair)
    }
}
