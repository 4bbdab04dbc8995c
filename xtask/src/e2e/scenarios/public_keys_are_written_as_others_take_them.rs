//! The public half in each form: OpenSSH's as `ssh-keygen` makes it, PEM and DER as OpenSSL does.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for algorithm in ["p256", "p384", "p521", "rsa-2048"] {
        check(harness, algorithm).with_context(|| algorithm.to_owned())?;
    }
    harness.pki().words("key new --alg ed25519 --out ed25519.key").run()?.succeeds()?;
    let line = harness.pki().words("key public ed25519.key --format openssh").run()?.succeeds()?;
    harness.write("ed25519.pub", &line.stdout)?;
    harness.peer("ssh-keygen")?.words("-l -f ed25519.pub").run()?.succeeds()?.says("256 SHA256:")?.says("ED25519")?;
    harness.pki().words("key show ed25519.pub").run()?.exits(2)?.notes("OpenSSH")?;
    harness.pki().words("key public ed25519.key --format jwk").run()?.succeeds()?.says("\"kty\":\"OKP\"")?;
    harness.pki().words("key public ed25519.key --format der --json").run()?.exits(2)?.notes("--out")?;
    Ok(())
}

fn check(harness: &Harness, algorithm: &str) -> Result<()> {
    let key = format!("{algorithm}.key");
    harness.pki().words(&format!("key new --alg {algorithm} --out {key}")).run()?.succeeds()?;
    harness.pki().words(&format!("key public {key} --out {algorithm}.pem")).run()?.succeeds()?;
    harness.pki().words(&format!("key public {key} --format der --out {algorithm}.der")).run()?.succeeds()?;
    harness
        .peer("openssl")?
        .words(&format!("pkey -pubin -inform DER -in {algorithm}.der -out again.pem"))
        .run()?
        .succeeds()?;
    ensure!(harness.read("again.pem")? == harness.read(&format!("{algorithm}.pem"))?, "DER and PEM differ");
    let ours = harness.pki().words(&format!("key public {key} --format openssh")).run()?.succeeds()?;
    let theirs = harness.peer("ssh-keygen")?.words(&format!("-i -m PKCS8 -f {algorithm}.pem")).run()?.succeeds()?;
    ensure!(ours.stdout.trim() == theirs.stdout.trim(), "{}{}", ours.transcript(), theirs.transcript());
    if algorithm.starts_with("rsa") {
        let bare = format!("rsa -in {key} -RSAPublicKey_out -out bare.pem");
        harness.peer("openssl")?.words(&bare).run()?.succeeds()?;
        let shown = harness.pki().words("key public bare.pem").run()?.succeeds()?;
        ensure!(shown.stdout == harness.read(&format!("{algorithm}.pem"))?, "{}", shown.transcript());
    }
    Ok(())
}
