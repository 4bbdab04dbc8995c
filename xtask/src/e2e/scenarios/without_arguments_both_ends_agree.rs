//! The first thing that anybody tries: the server without arguments, the client without arguments, an empty store.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let _port = harness.default_port()?;
    let server = harness.tls_server().start()?;
    server.wait_for_text("127.0.0.1:8443")?;

    let client = harness.tls_client().run()?.succeeds()?;
    let client = client.says("Hello from server!")?.says("TLS 1.3")?.says("X25519MLKEM768")?;
    client.says("forward secret, post-quantum")?.says("trusted by the store's CA `local`")?;
    server.wait_for_text("Hello from client!")?;

    let report = harness.tls_client().words("report localhost:8443 --json").run()?.succeeds()?;
    let report = report.json("latchkey.report/1")?;
    let handshake = &report["handshake"];
    ensure!(handshake["version"] == "TLS 1.3" && handshake["group"] == "X25519MLKEM768", "agreed on {handshake}");
    ensure!(handshake["forward_secret"] == true && handshake["post_quantum"] == true, "agreed on {handshake}");
    ensure!(report["path"]["anchor"] == "the store's CA `local`", "trusted by {}", report["path"]["anchor"]);
    Ok(())
}
