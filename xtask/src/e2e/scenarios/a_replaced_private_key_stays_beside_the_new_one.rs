//! With `--force` a file is replaced, and what it held is still there, for its owner alone: a key, and its certificate.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.pki().words("key new --out app.key").run()?.succeeds()?;
    let first = harness.read("app.key")?;
    harness.pki().words("key new --out app.key").run()?.exits(2)?.notes("--force")?;
    harness.is_absent("app.key.~previous")?;
    harness.pki().words("key new --out app.key --force").run()?.succeeds()?.notes("app.key.~previous")?;
    ensure!(harness.read("app.key.~previous")? == first, "the old key is lost");
    ensure!(harness.read("app.key")? != first, "the key was not replaced");
    let mode = std::fs::metadata(harness.path("app.key.~previous"))?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "others may read the old key: {mode:o}");

    let pair = "cert self-signed app.example --out app.pem --key-out app.key --force";
    harness.pki().words(pair).run()?.succeeds()?;
    let (key, certificate) = (harness.read("app.key")?, harness.read("app.pem")?);
    harness.pki().words(pair).run()?.succeeds()?.notes_all(&["app.pem.~previous", "app.key.~previous"])?;
    ensure!(harness.read("app.key.~previous")? == key, "the old key of the pair is lost");
    ensure!(harness.read("app.pem.~previous")? == certificate, "the old certificate of the pair is lost");
    harness.pki().words("key public app.pem --out app.key --force").run()?.succeeds()?;
    ensure!(harness.read("app.key.~previous")? != key, "the private key was replaced by its public half and is lost");
    Ok(())
}
