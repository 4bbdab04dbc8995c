//! The first thing that anybody tries: the server without arguments, the client without arguments, an empty store.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let _port = harness.default_port()?;
    let server = harness.tls_server().start()?;
    server.wait_for_text("127.0.0.1:8443")?;

    let client = harness.tls_client().run()?.succeeds()?;
    let client = client.says("Hello from server!")?.says("TLS 1.3")?.says("X25519MLKEM768")?;
    client.mentions("forward secre")?.mentions("trusted")?;
    server.wait_for_text("Hello from client!")?;

    let report = harness.tls_client().words("report localhost:8443 --json").run()?.succeeds()?;
    let report = report.json("latchkey.report/1")?;
    let at = |pointer: &str| report.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    ensure!(at("/handshake/group") == "X25519MLKEM768", "the group is {}", at("/handshake/group"));
    Ok(())
}
