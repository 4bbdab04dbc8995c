//! What cannot be read is named with its file, ends with 2, and leaves nothing behind.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write_bad_files()?;
    for (command, file) in [
        ("cert show", "empty"),
        ("cert show", "directory"),
        ("cert show", "absent"),
        ("cert show", "random"),
        ("cert show", "truncated.pem"),
        ("cert show", "only.key"),
        ("key show", "empty"),
        ("key show", "directory"),
        ("key show", "random"),
        ("key show", "truncated.key"),
        ("key show", "encrypted.key"),
        ("key public", "encrypted.key"),
        ("csr show", "empty"),
        ("csr show", "random"),
        ("csr show", "only.pem"),
        ("csr new --cn example.com --out made --key", "truncated.key"),
        ("csr new --cn example.com --out made --key", "only.pem"),
        ("cert self-signed example.com --out made --key", "encrypted.key"),
        ("cert self-signed --out made --key only.key --csr", "random"),
    ] {
        check(harness, command, file).with_context(|| format!("pki {command} {file}"))?;
    }
    Ok(())
}

fn check(harness: &Harness, command: &str, file: &str) -> Result<()> {
    let finished = harness.pki().words(command).words(file).run()?.exits(2)?.notes(file)?;
    ensure!(finished.stdout.is_empty(), "an error is no result\n{}", finished.transcript());
    harness.is_absent("made")?;
    harness.is_absent("store")
}
