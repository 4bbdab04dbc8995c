//! The hash that a signature is over, where the kind of key leaves a choice.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding};
use const_oid::db::rfc5912::{SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION};
use spki::AlgorithmIdentifierOwned;

use super::private::Pair;
use super::{KeyError, PrivateKey};

/// A hash of the SHA-2 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl PrivateKey {
    /// The hash that this key signs over where `wanted` is asked for: an RSA key takes any, an elliptic curve has its
    /// own (RFC 5758 section 3.2, RFC 8410), and then the answer is none.
    pub fn digest(&self, wanted: Option<Digest>) -> Option<Digest> {
        wanted.filter(|_| matches!(self.pair, Pair::Rsa(_)))
    }

    /// How a certificate names this key's signatures over `wanted` (RFC 4055 section 5).
    pub(crate) fn signature_identifier(&self, wanted: Option<Digest>) -> AlgorithmIdentifierOwned {
        let mut identifier = self.algorithm().signature_identifier();
        match self.digest(wanted) {
            None | Some(Digest::Sha256) => {}
            Some(Digest::Sha384) => identifier.oid = SHA_384_WITH_RSA_ENCRYPTION,
            Some(Digest::Sha512) => identifier.oid = SHA_512_WITH_RSA_ENCRYPTION,
        }
        identifier
    }

    /// As [`Self::sign`], over this hash where the key takes any; with the name of the algorithm.
    pub(crate) fn sign_over(
        &self,
        message: &[u8],
        wanted: Option<Digest>,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), KeyError> {
        let identifier = self.signature_identifier(wanted);
        let (Pair::Rsa(pair), Some(digest)) = (&self.pair, wanted) else {
            return Ok((identifier, self.sign(message)?));
        };
        let encoding: &'static dyn RsaEncoding = match digest {
            Digest::Sha256 => &RSA_PKCS1_SHA256,
            Digest::Sha384 => &RSA_PKCS1_SHA384,
            Digest::Sha512 => &RSA_PKCS1_SHA512,
        };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Sign { algorithm: self.algorithm() })?;
        Ok((identifier, signature))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}
