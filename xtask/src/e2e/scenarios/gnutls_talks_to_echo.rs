//! GnuTLS verifies our chain, and gets back what it sent.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server = harness.serve_fixture("echo")?;
    let ca = format!("--x509cafile={}", harness.fixture("ca/root.pem"));
    let port = format!("--port={}", server.port);
    let mut client = harness.peer("gnutls-cli")?.arguments([&ca, &port, "localhost"]).open_input().start()?;
    client.wait_for_text("Handshake was completed")?;
    client.write("Hello from GnuTLS!\n")?;
    client.wait_for("the echo", |line| (line == "Hello from GnuTLS!").then_some(()))?;
    client.close_input();
    client.finish()?.succeeds()?.mentions("The certificate is trusted")?;
    Ok(())
}
