//! A Python client as people write it: verified, answered, and ended in order.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server = harness.serve_fixture("hello")?;
    let port = server.port.to_string();
    let client = harness.python("client.py")?;
    client
        .arguments([&harness.fixture("ca/root.pem"), &port, "Hello from Python!"])
        .run()?
        .succeeds()?
        .says("answer: Hello from server!")?
        .says("agreed: TLSv1.3")?;
    server.program.wait_for_text("Hello from Python!")
}
