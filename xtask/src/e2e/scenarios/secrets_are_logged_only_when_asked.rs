//! `SSLKEYLOGFILE` in the environment writes no secrets down; `--keylog` does, for their owner alone.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server = harness.serve_fixture("hello")?;
    let report = || {
        let client = harness.tls_client().arguments(["report", &server.target()]);
        client.arguments(["--ca", &harness.fixture("ca/root.pem")])
    };
    report().environment("SSLKEYLOGFILE", harness.path("unasked")).run()?.succeeds()?;
    harness.is_absent("unasked")?;

    report().words("--keylog asked").run()?.succeeds()?;
    ensure!(harness.read("asked")?.contains("CLIENT_HANDSHAKE_TRAFFIC_SECRET "), "the key log holds no secret");
    let mode = harness.path("asked").metadata()?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "the key log has mode {mode:o}, and holds secrets");
    Ok(())
}
