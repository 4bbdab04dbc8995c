//! Signatures that take their random numbers from the system.
//!
//! ECDSA and RSA need some with each signature, and those of AWS-LC cost a process tens of milliseconds once
//! ([`common::random`]). So ring signs with the kinds of keys that it knows, and AWS-LC with the others.

use std::sync::OnceLock;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};

use super::{Algorithm, Digest};

/// A key as ring has it, made when it first signs.
#[derive(Default)]
pub(super) struct Signer(OnceLock<Option<Pair>>);

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    /// The signature of the key with this PKCS#8 over `message`, RSA by way of `digest`; none where ring does not
    /// know such a key.
    pub(super) fn sign(&self, algorithm: Algorithm, pkcs8: &[u8], digest: Digest, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self.0.get_or_init(|| Pair::of(algorithm, pkcs8)).as_ref()? {
            Pair::Ecdsa(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match digest {
                    Digest::Sha256 => &RSA_PKCS1_SHA256,
                    Digest::Sha384 => &RSA_PKCS1_SHA384,
                    Digest::Sha512 => &RSA_PKCS1_SHA512,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl Pair {
    fn of(algorithm: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        let ecdsa = |curve| {
            EcdsaKeyPair::from_pkcs8(curve, pkcs8, &SystemRandom::new()).ok().map(|pair| Self::Ecdsa(Box::new(pair)))
        };
        match algorithm {
            Algorithm::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Algorithm::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            Algorithm::Rsa(_) => RsaKeyPair::from_pkcs8(pkcs8).ok().map(|pair| Self::Rsa(Box::new(pair))),
            Algorithm::P521 | Algorithm::Ed25519 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PrivateKey;
    use super::*;

    #[test]
    fn ring_signs_with_the_usual_kinds_and_no_others() {
        for (name, is_signed) in
            [("p256", true), ("p384", true), ("rsa-2048", true), ("p521", false), ("ed25519", false)]
        {
            let key = PrivateKey::generate(name.parse().unwrap()).unwrap();
            let pkcs8 = key.to_pkcs8().expose();
            let signature = Signer::default().sign(key.algorithm(), pkcs8, Digest::Sha256, b"message");
            assert_eq!(signature.is_some(), is_signed, "{name}");
        }
    }
}
