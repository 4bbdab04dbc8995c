//! The public half of a key: `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), and the short names it goes by.

use aws_lc_rs::digest::{SHA256, digest};
use const_oid::db::DB;
use data_encoding::HEXLOWER;
use der::Decode;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::Algorithm;
use crate::certificate::fingerprint::pin;
use crate::certificate::{ParseError, Parsed};

/// What is wrong with a public key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The bytes are no `SubjectPublicKeyInfo`.
    #[error("it is no public key (SubjectPublicKeyInfo): {0}")]
    Malformed(String),
    /// The certificate that should hold it cannot be read.
    #[error(transparent)]
    Certificate(#[from] ParseError),
}

/// A public key of any kind, known or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    algorithm: Result<Algorithm, String>,
    key_id: [u8; 20],
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` DER. A key of an unknown kind is kept as it is.
    ///
    /// # Errors
    /// The bytes are no `SubjectPublicKeyInfo`.
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        let info =
            SubjectPublicKeyInfoRef::from_der(der).map_err(|error| PublicKeyError::Malformed(error.to_string()))?;
        let bits = info.subject_public_key.raw_bytes();
        let algorithm = Algorithm::from_identifier(&info.algorithm, rsa_bits(bits).unwrap_or(0))
            .ok_or_else(|| kind_in_words(&info.algorithm));
        Ok(Self { spki: der.to_vec(), algorithm, key_id: key_id(bits) })
    }

    /// The key that a certificate certifies.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn of_certificate(der: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_spki(Parsed::from_der(der)?.public_key())
    }

    /// The public half of a pair whose kind is known.
    pub(super) fn of_pair(algorithm: Algorithm, der: &[u8]) -> Result<Self, PublicKeyError> {
        Ok(Self { algorithm: Ok(algorithm), ..Self::from_spki(der)? })
    }

    /// The kind of key, where it is one of ours.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm.as_ref().ok().copied()
    }

    /// The kind of key in words, whatever it is.
    pub fn title(&self) -> String {
        match &self.algorithm {
            Ok(algorithm) => algorithm.title(),
            Err(kind) => kind.clone(),
        }
    }

    /// `SubjectPublicKeyInfo` DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key identifier for SKI and AKI: the first 160 bits of the SHA-256 of the key (RFC 7093 section 2,
    /// method 1).
    pub fn key_id(&self) -> &[u8; 20] {
        &self.key_id
    }

    /// SHA-256 of the `SubjectPublicKeyInfo` in hexadecimal: what a pin compares (RFC 7469 section 2.4).
    pub fn sha256(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, &self.spki).as_ref())
    }

    /// The same as curl's `--pinnedpubkey` takes it: `sha256//` and base64.
    pub fn pin(&self) -> String {
        pin(&self.spki)
    }
}

fn key_id(key: &[u8]) -> [u8; 20] {
    let mut id = [0; 20];
    id.iter_mut().zip(digest(&SHA256, key).as_ref()).for_each(|(to, from)| *to = *from);
    id
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
#[derive(der::Sequence)]
pub(super) struct RsaPublicKey<'a> {
    pub(super) modulus: der::asn1::UintRef<'a>,
    pub(super) exponent: der::asn1::UintRef<'a>,
}

/// The modulus's size of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_bits(der: &[u8]) -> Option<u32> {
    let key = RsaPublicKey::from_der(der).ok()?;
    let bytes = key.modulus.as_bytes();
    let unused = bytes.first()?.leading_zeros();
    Some(u32::try_from(bytes.len()).ok()?.checked_mul(8)? - unused)
}

/// `ecPublicKey on secp256k1`, or the OID where it has no name.
pub(super) fn kind_in_words(identifier: &AlgorithmIdentifierRef<'_>) -> String {
    let word = |oid: &const_oid::ObjectIdentifier| DB.by_oid(oid).map_or_else(|| oid.to_string(), str::to_owned);
    match identifier.parameters_oid() {
        Ok(parameters) => format!("{} on {}", word(&identifier.oid), word(&parameters)),
        Err(_) => word(&identifier.oid),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::super::PrivateKey;
    use super::*;
    use crate::convert::pem;
    use common::Secret;
    use common::input::Blob;

    fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    #[test]
    fn every_kind_of_key_comes_back_as_itself() {
        for name in Algorithm::NAMES {
            let algorithm: Algorithm = name.parse().unwrap();
            let key = PrivateKey::generate(algorithm).unwrap();
            let again = PrivateKey::from_pkcs8(key.to_pkcs8().expose()).unwrap();
            assert_eq!(again.algorithm(), algorithm);
            assert_eq!(PublicKey::from_spki(again.public().spki()).unwrap(), *key.public(), "{name}");
        }
    }

    #[test]
    fn openssl_reads_our_keys_and_we_read_its_traditional_ones() {
        for (name, traditional) in [
            ("p256", Some(["ec", "-no_public"])),
            ("p521", Some(["ec", "-no_public"])),
            ("ed25519", None),
            ("rsa-2048", Some(["rsa", "-traditional"])),
        ] {
            let key = PrivateKey::generate(name.parse().unwrap()).unwrap();
            let text = pem::private_key(&key);
            let public = openssl(&["pkey", "-pubout"], text.expose());
            assert_eq!(String::from_utf8(public).unwrap(), pem::public_key(key.public()));
            if let Some(command) = traditional {
                let old = openssl(&command, text.expose());
                let read = PrivateKey::load(&Blob::new("old.pem", old), None).unwrap();
                assert_eq!(read.public(), key.public(), "{name}");
            }
        }
    }

    #[test]
    fn a_key_under_a_passphrase_opens_here_and_in_openssl() {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let passphrase = Secret::new(b"open sesame".to_vec());
        let text = pem::encrypted_private_key(&key.to_encrypted_pkcs8(&passphrase).unwrap());
        let public = openssl(&["pkey", "-pubout", "-passin", "pass:open sesame"], text.as_bytes());
        assert_eq!(String::from_utf8(public).unwrap(), pem::public_key(key.public()));
        let blob = Blob::new("key.pem", text.into_bytes());
        assert_eq!(PrivateKey::load(&blob, Some(&passphrase)).unwrap().public(), key.public());
        assert_eq!(blob.pieces().unwrap().protections(), [PrivateKey::PROTECTION]);
        assert!(PrivateKey::load(&blob, None).is_err());
    }
}
