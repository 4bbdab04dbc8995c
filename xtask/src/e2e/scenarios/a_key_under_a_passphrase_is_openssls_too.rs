//! Encrypted keys go both ways: ours open in OpenSSL, OpenSSL's open here, and a wrong passphrase opens nothing.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("passphrase", "correct horse\n")?;
    harness.write("wrong", "battery staple\n")?;

    harness.pki().words("key new --out ours.key --passphrase-file passphrase").run()?.succeeds()?;
    let openssl = |line: &str| harness.peer("openssl")?.words(line).run();
    openssl("pkey -in ours.key -passin file:passphrase -noout")?.succeeds()?;
    openssl("pkey -in ours.key -passin file:wrong -noout")?.fails()?;

    openssl("genpkey -algorithm ED25519 -aes-256-cbc -pass file:passphrase -out theirs.key")?.succeeds()?;
    harness.pki().words("key show theirs.key --passphrase-file passphrase").run()?.succeeds()?.mentions("ed25519")?;
    harness.pki().words("key show theirs.key --passphrase-file wrong").run()?.exits(2)?.notes("theirs.key")?;
    Ok(())
}
