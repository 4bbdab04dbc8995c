//! The public key of a certificate: its kind and its size.

use std::fmt;

use serde::Serialize;
use x509_parser::asn1_rs::Oid;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A public key as far as a person asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// Its size: of the modulus or of the curve.
    pub bits: Option<u32>,
    /// The curve, by its usual name or else its OID.
    pub curve: Option<String>,
    /// `ECDSA P-256`, `RSA 2048`, `Ed25519`: what a person calls it.
    pub name: String,
}

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA (RFC 8017), also where it is restricted to RSASSA-PSS.
    Rsa,
    /// An elliptic curve key (RFC 5480).
    Ec,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// ML-DSA (RFC 9881).
    MlDsa,
    /// DSA, which TLS gave up.
    Dsa,
    /// Anything else.
    Other,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Key {
    /// The key in a SubjectPublicKeyInfo; none where the bytes are none.
    pub(crate) fn from_spki(der: &[u8]) -> Option<Self> {
        use x509_parser::prelude::FromDer as _;
        Some(Self::of(&SubjectPublicKeyInfo::from_der(der).ok()?.1))
    }

    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let oid = spki.algorithm.algorithm.to_id_string();
        let plain = |algorithm, bits, name: &str| Self { algorithm, bits, curve: None, name: name.to_owned() };
        match oid.as_str() {
            "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => {
                let bits = match spki.parsed() {
                    Ok(PublicKey::RSA(key)) => Some(bit_length(key.modulus)),
                    _ => pss_modulus(spki).map(bit_length),
                };
                let name = bits.map_or_else(|| "RSA".to_owned(), |bits| format!("RSA {bits}"));
                plain(KeyAlgorithm::Rsa, bits, &name)
            }
            "1.2.840.10045.2.1" => Self::elliptic(spki),
            "1.3.101.112" => plain(KeyAlgorithm::Ed25519, Some(256), "Ed25519"),
            "1.3.101.113" => plain(KeyAlgorithm::Ed448, Some(448), "Ed448"),
            "2.16.840.1.101.3.4.3.17" => plain(KeyAlgorithm::MlDsa, None, "ML-DSA-44"),
            "2.16.840.1.101.3.4.3.18" => plain(KeyAlgorithm::MlDsa, None, "ML-DSA-65"),
            "2.16.840.1.101.3.4.3.19" => plain(KeyAlgorithm::MlDsa, None, "ML-DSA-87"),
            "1.2.840.10040.4.1" => plain(KeyAlgorithm::Dsa, None, "DSA"),
            _ => plain(KeyAlgorithm::Other, None, &oid),
        }
    }

    fn elliptic(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let parameters = spki.algorithm.parameters.as_ref();
        let oid = parameters.and_then(|any| Oid::try_from(any.clone()).ok()).map(|oid| oid.to_id_string());
        let (name, bits) = match oid.as_deref() {
            Some("1.2.840.10045.3.1.7") => ("P-256", Some(256)),
            Some("1.3.132.0.34") => ("P-384", Some(384)),
            Some("1.3.132.0.35") => ("P-521", Some(521)),
            Some("1.2.840.10045.3.1.1") => ("P-192", Some(192)),
            Some("1.3.132.0.33") => ("P-224", Some(224)),
            Some("1.3.132.0.10") => ("secp256k1", Some(256)),
            Some("1.3.36.3.3.2.8.1.1.7") => ("brainpoolP256r1", Some(256)),
            Some("1.3.36.3.3.2.8.1.1.11") => ("brainpoolP384r1", Some(384)),
            Some("1.3.36.3.3.2.8.1.1.13") => ("brainpoolP512r1", Some(512)),
            Some(other) => (other, None),
            None => ("on a curve given by its parameters", None),
        };
        Self { algorithm: KeyAlgorithm::Ec, bits, curve: Some(name.to_owned()), name: format!("ECDSA {name}") }
    }
}

/// x509-parser reads the modulus only under `rsaEncryption`; a key restricted to RSASSA-PSS has the same form.
fn pss_modulus<'a>(spki: &'a SubjectPublicKeyInfo<'_>) -> Option<&'a [u8]> {
    use x509_parser::prelude::FromDer;
    let (_, key) = x509_parser::public_key::RSAPublicKey::from_der(&spki.subject_public_key.data).ok()?;
    Some(key.modulus)
}

fn bit_length(number: &[u8]) -> u32 {
    let digits = match number.iter().position(|byte| *byte != 0) {
        Some(first) => &number[first..],
        None => return 0,
    };
    let bits = digits.len() * 8 - digits[0].leading_zeros() as usize;
    u32::try_from(bits).unwrap_or(u32::MAX)
}
