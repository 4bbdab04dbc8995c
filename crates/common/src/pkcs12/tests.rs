//! What is written here opens in OpenSSL, what OpenSSL and NSS write opens here, and what does not open is told why.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::Secret;
use crate::input::Blob;
use crate::pbe::Fault;

/// A certificate and its key.
fn pair() -> (Vec<u8>, Secret) {
    let made = rcgen::generate_simple_self_signed(["pair.example".to_owned()]).unwrap();
    (made.cert.der().to_vec(), Secret::new(made.signing_key.serialize_der()))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn seed(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fuzz/seeds/pkcs12/{name}.p12", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What `openssl pkcs12` makes of `bytes`; none where it refuses them.
fn openssl(arguments: &[&str], bytes: &[u8]) -> Option<String> {
    let mut child = Command::new("openssl")
        .arg("pkcs12")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn each_recipe_opens_here_and_in_openssl() {
    let ((certificate, key), passphrase) = (pair(), secret("öpen sesame"));
    for name in Recipe::NAMES {
        let recipe = Recipe::named(name).unwrap();
        let entry = Entry { name: "pair", key: Some(&key), certificates: std::slice::from_ref(&certificate) };
        let bytes = write(&entry, &passphrase, recipe).unwrap();
        let contents = Contents::open(&bytes, Some(&passphrase)).unwrap();
        assert_eq!(contents.certificates, std::slice::from_ref(&certificate), "{name}");
        assert_eq!(contents.keys[0].expose(), key.expose(), "{name}");
        let legacy: &[&str] = if recipe.is_weak() { &["-legacy"] } else { &[] };
        let shown = openssl(&[&["-nodes", "-passin", "pass:öpen sesame"], legacy].concat(), &bytes).unwrap();
        assert!(shown.contains("friendlyName: pair") && shown.contains("BEGIN PRIVATE KEY"), "{name}: {shown}");
        assert_eq!(Blob::new("x", shown.into_bytes()).pieces().unwrap().certificates[0].as_ref(), certificate);
    }
}

#[test]
fn what_others_write_opens_whatever_it_is_protected_by() {
    let (key, protection) = (Blob::read("../../fuzz/seeds/key/sec1.pem".as_ref()).unwrap(), |name: &str| {
        let contents = Contents::open(&seed(name), Some(&secret(""))).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(!contents.certificates.is_empty(), "{name}");
        contents.protection.join("; ")
    });
    assert!(!key.pieces().unwrap().keys.is_empty());
    for (name, ways) in [
        ("modern", "AES-256-CBC under PBKDF2 with SHA-256, 1 rounds; MAC with SHA-256, 1 rounds"),
        (
            "legacy",
            "MAC with SHA-1, 1 rounds; RC2 with 40 bits under SHA-1, 1 rounds; Triple DES under SHA-1, 1 rounds",
        ),
        (
            "two-key",
            "MAC with SHA-256, 1 rounds; RC2 with 128 bits under SHA-1, 1 rounds; \
             Triple DES with two keys under SHA-1, 1 rounds",
        ),
        ("open", ""),
        (
            "nss-ber",
            "AES-128-CBC under PBKDF2 with SHA-256, 600000 rounds; AES-256-CBC under PBKDF2 with SHA-256, 600000 rounds; \
             MAC with SHA-256, 600000 rounds",
        ),
    ] {
        let found = protection(name);
        // Which hash OpenSSL takes for the MAC unasked depends on its version.
        assert!(found == ways || name == "two-key", "{name}: {found}");
    }
}

#[test]
fn a_file_without_a_passphrase_needs_none() {
    for name in ["open", "modern", "legacy"] {
        assert!(Contents::open(&seed(name), None).is_ok(), "{name}");
        assert!(!Blob::new("x.p12", seed(name)).pieces().unwrap().is_sealed(), "{name}");
    }
    assert!(Blob::new("x.p12", seed("nss-ber")).pieces().unwrap().is_sealed(), "too much work for a look");
}

fn fault(bytes: &[u8], passphrase: Option<&Secret>) -> Fault {
    Contents::open(bytes, passphrase).unwrap_err()
}

#[test]
fn a_wrong_passphrase_is_told_from_damage() {
    let ((certificate, key), passphrase) = (pair(), secret("right"));
    let entry = Entry { name: "pair", key: Some(&key), certificates: &[certificate] };
    let bytes = write(&entry, &passphrase, Recipe::Legacy).unwrap();
    assert_eq!(fault(&bytes, Some(&secret("wrong"))), Fault::WrongPassphrase);
    assert_eq!(fault(&bytes, None), Fault::PassphraseNeeded);
    let cut = &bytes[..bytes.len() - 1];
    assert!(matches!(fault(cut, Some(&passphrase)), Fault::Damaged { .. }));
    // The last bytes are the rounds of the check, its salt, and before these the check itself.
    let mut changed = bytes.clone();
    let last = changed.len() - 30;
    changed[last] ^= 1;
    assert_eq!(fault(&changed, Some(&passphrase)), Fault::Altered);
}

#[test]
fn a_blob_is_opened_as_any_other_file() {
    let ((certificate, key), passphrase) = (pair(), secret("right"));
    let entry = Entry { name: "pair", key: Some(&key), certificates: &[certificate] };
    let blob = Blob::new("pair.p12", write(&entry, &passphrase, Recipe::Legacy).unwrap());
    let sealed = blob.pieces().unwrap();
    assert!(sealed.is_encrypted());
    assert_eq!(
        sealed.require_certificates().unwrap_err().to_string(),
        "pair.p12 is encrypted, and no passphrase was given"
    );
    let opened = blob.pieces_with(Some(&passphrase)).unwrap();
    assert_eq!(opened.found(), ["1 certificate", "1 private key"]);
    assert!(opened.require_key(None).is_ok());
    assert_eq!(
        blob.pieces_with(Some(&secret("wrong"))).unwrap_err().to_string(),
        "pair.p12: the passphrase does not open it"
    );
}

#[test]
fn what_asks_for_hours_is_refused() {
    let ((certificate, _), passphrase) = (pair(), secret("right"));
    let entry = Entry { name: "pair", key: None, certificates: &[certificate] };
    let mut bytes = write(&entry, &passphrase, Recipe::Legacy).unwrap();
    // 2,000 rounds are the last two bytes.
    assert!(bytes.ends_with(&[2, 2, 0x07, 0xd0]));
    let length = bytes.len();
    bytes[length - 4..].copy_from_slice(&[2, 2, 0x7f, 0xff]);
    assert_eq!(Contents::open(&bytes, Some(&passphrase)).unwrap_err(), Fault::Altered);
    assert_eq!(Contents::open(&bytes, None).unwrap_err(), Fault::PassphraseNeeded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_changed_file_is_opened_or_refused(
        which in 0_usize..6, at: prop::sample::Index, byte: u8, cut: prop::sample::Index,
    ) {
        let names = ["modern", "legacy", "two-key", "open", "mixed", "nss-ber"];
        let mut bytes = seed(names[which]);
        let index = at.index(bytes.len());
        bytes[index] = byte;
        let _ = Contents::open(&bytes, None);
        bytes.truncate(cut.index(bytes.len()));
        let _ = Contents::open(&bytes, None);
    }
}
