//! What a certificate or a key is recognised by: SHA-256 over its DER.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, HEXLOWER};

/// The SHA-256 of a certificate's DER in lower-case hexadecimal, as `openssl x509 -fingerprint -sha256` gives it
/// without the colons.
pub fn fingerprint(certificate: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, certificate).as_ref())
}

/// The pin of a public key: `sha256//` and the base64 SHA-256 of its SubjectPublicKeyInfo, as
/// `curl --pinnedpubkey` takes it. It stays the same when a certificate is renewed with its key.
pub fn pin(public_key: &[u8]) -> String {
    format!("sha256//{}", BASE64.encode(digest(&SHA256, public_key).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_sha_256() {
        assert_eq!(fingerprint(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(pin(b"abc"), "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}
