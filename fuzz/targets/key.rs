//! A private key in PEM or DER, in the clear or under the passphrase `x`: what is read comes back as itself.
#![no_main]

use common::Secret;
use common::input::Blob;
use libfuzzer_sys::fuzz_target;
use pki::key::{PrivateKey, PublicFormat};

fuzz_target!(|bytes: &[u8]| {
    let passphrase = Secret::new(b"x".to_vec());
    let Ok(key) = PrivateKey::load(&Blob::new("the file", bytes.to_vec()), Some(&passphrase)) else { return };
    let again = PrivateKey::from_pkcs8(key.to_pkcs8().expose()).expect("what was written is read");
    assert_eq!(again.public(), key.public());
    for format in [PublicFormat::Pem, PublicFormat::Der, PublicFormat::Jwk, PublicFormat::OpenSsh] {
        assert!(!key.public().to_format(format).expect("a known kind has every form").is_empty());
    }
});
