//! WebSocket behind `forward`: text, binary, a megabyte, fragments, pings and closes in both directions arrive as they
//! were sent, and each connection ends in order.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let backend = harness.python("websocket_server.py")?.start()?;
    let target = format!("127.0.0.1:{}", backend.wait_for_port()?);
    let identity = harness.fixture("leaf/combined.pem");
    let forward = harness.serve(["forward", &target, "--alpn", "http/1.1", "--pem", &identity])?;

    let client = harness.python("websocket_client.py")?;
    let client = client.arguments([&harness.fixture("ca/root.pem"), &forward.port.to_string()]).run()?.succeeds()?;
    let said = ["text and binary", "a megabyte", "fragments", "pings both ways", "closed by the client"];
    said.iter().try_fold(client, |client, text| client.says(text))?.says("closed by the server")?;
    backend.wait_for_text("closed by the client: 1000")?;
    backend.wait_for_text("closed by us: 1001")
}
