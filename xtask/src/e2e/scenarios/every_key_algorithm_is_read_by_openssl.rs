//! Each algorithm of the contract: OpenSSL reads the key, and derives the same public half from it.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

/// The name here, and a word of OpenSSL's description.
const ALGORITHMS: [(&str, &str); 7] = [
    ("p256", "prime256v1"),
    ("p384", "secp384r1"),
    ("p521", "secp521r1"),
    ("ed25519", "ED25519"),
    ("rsa-2048", "2048 bit"),
    ("rsa-3072", "3072 bit"),
    ("rsa-4096", "4096 bit"),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    for (algorithm, word) in ALGORITHMS {
        check(harness, algorithm, word).with_context(|| algorithm.to_owned())?;
    }
    Ok(())
}

fn check(harness: &Harness, algorithm: &str, word: &str) -> Result<()> {
    let key = format!("{algorithm}.key");
    harness.pki().words(&format!("key new --alg {algorithm} --out {key}")).run()?.succeeds()?;
    harness.peer("openssl")?.words(&format!("pkey -in {key} -noout -text")).run()?.succeeds()?.says(word)?;

    let ours = harness.pki().words(&format!("key public {key}")).run()?.succeeds()?;
    let theirs = harness.peer("openssl")?.words(&format!("pkey -in {key} -pubout")).run()?.succeeds()?;
    ensure!(ours.stdout == theirs.stdout, "the public halves differ\n{}{}", ours.transcript(), theirs.transcript());
    Ok(())
}
