//! DER as PEM (RFC 7468).

use common::Secret;
use data_encoding::BASE64;

use crate::key::{PrivateKey, PublicKey};

/// A certificate.
pub fn certificate(der: &[u8]) -> String {
    encode("CERTIFICATE", der)
}

/// A chain, one certificate after the other.
pub fn chain<D: AsRef<[u8]>>(certificates: &[D]) -> String {
    certificates.iter().map(|der| certificate(der.as_ref())).collect()
}

/// A certificate request (PKCS#10).
pub fn request(der: &[u8]) -> String {
    encode("CERTIFICATE REQUEST", der)
}

/// A certificate revocation list.
pub fn crl(der: &[u8]) -> String {
    encode("X509 CRL", der)
}

/// A public key.
pub fn public_key(key: &PublicKey) -> String {
    spki(key.spki())
}

/// A public key of any kind, as `SubjectPublicKeyInfo`.
pub fn spki(der: &[u8]) -> String {
    encode("PUBLIC KEY", der)
}

/// A private key in the clear, as PKCS#8.
pub fn private_key(key: &PrivateKey) -> Secret {
    Secret::new(encode("PRIVATE KEY", key.to_pkcs8().expose()).into_bytes())
}

/// A private key that is encrypted already, as [`PrivateKey::to_encrypted_pkcs8`] makes it.
pub fn encrypted_private_key(der: &[u8]) -> String {
    encode("ENCRYPTED PRIVATE KEY", der)
}

fn encode(label: &str, der: &[u8]) -> String {
    let base64 = zeroize::Zeroizing::new(BASE64.encode(der));
    let mut text = String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 40);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = next;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
