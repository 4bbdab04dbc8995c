//! A Python server as people write it: our client verifies it, is answered, and says what was agreed. Such a server closes
//! without close_notify, which is said as well, and is no success.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server =
        harness.python_server(&harness.fixture("leaf/localhost.pem"), &harness.fixture("leaf/localhost.key"))?;
    harness
        .tls_client()
        .arguments(["connect", &server.target(), "--ca", &harness.fixture("ca/root.pem"), "--send", "Hello, Python!"])
        .run()?
        .exits(60)?
        .says("Hello from Python!")?
        .says("TLS 1.3")?
        .mentions("close_notify")?;
    server.program.wait_for_text("received: Hello, Python!")
}
