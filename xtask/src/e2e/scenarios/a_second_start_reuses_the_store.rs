//! The CA and the certificate made at the first start are those of the second.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let first = shown_certificate(harness)?;
    let second = shown_certificate(harness)?;
    ensure!(first == second, "the server showed another certificate after its restart:\n{first}\n{second}");
    Ok(())
}

/// Starts a server, and returns the fingerprint of what it shows.
fn shown_certificate(harness: &Harness) -> Result<String> {
    let server = harness.serve([])?;
    harness.tls_client().arguments(["report", &server.target()]).run()?.succeeds()?;
    let port = server.port;
    let shown = harness.peer("openssl")?.words(&format!("s_client -connect 127.0.0.1:{port}")).run()?.succeeds()?;
    let certificate = harness.peer("openssl")?.words("x509 -noout -fingerprint -sha256").input(shown.stdout).run()?;
    Ok(certificate.succeeds()?.stdout)
}
