//! Chromium with a home of its own, in which it trusts whom the scenario says.

use std::fs;

use anyhow::{Context, Result};

use crate::e2e::harness::{Harness, Program};

/// Without a screen, without a sandbox (root has none), and without a word to anybody but the server.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                     --disable-component-update --disable-sync --user-data-dir=profile";
/// Where it looks for roots of its user's own, below its home.
const STORE: &str = ".pki/nssdb";

/// The browser; what it is to do is added.
pub(super) fn browser(harness: &Harness<'_>) -> Result<Program> {
    Ok(harness.peer("chromium")?.environment("HOME", harness.path("")).words(FLAGS))
}

/// Makes the store, in which there is nobody.
pub(super) fn make_store(harness: &Harness<'_>) -> Result<()> {
    fs::create_dir_all(harness.path(STORE)).context("making a directory for roots")?;
    let certutil = harness.peer("certutil")?.words("-N --empty-password -d");
    certutil.arguments([&format!("sql:{STORE}")]).run()?.succeeds()?;
    Ok(())
}

/// Trusts the root of fixtures/ for servers.
pub(super) fn trust(harness: &Harness<'_>) -> Result<()> {
    let (store, root) = (format!("sql:{STORE}"), harness.fixture("ca/root.pem"));
    let certutil = harness.peer("certutil")?.words("-A -t C,, -n root -d");
    certutil.arguments([&store, "-i", &root]).run()?.succeeds()?;
    Ok(())
}
