//! An answer that ends without close_notify may have been cut: that is said, and the exit code says it too.

use anyhow::Result;

use crate::e2e::harness::{Harness, Sends};

pub(super) fn run(harness: &Harness) -> Result<()> {
    let mut server = harness.openssl_server("leaf/localhost.pem", Sends::WithIntermediate, "")?;
    let client = harness
        .tls_client()
        .arguments(["connect", &server.target(), "--ca", &harness.fixture("ca/root.pem"), "--send", "Hello\n"])
        .start()?;
    server.program.wait_for_text("Hello")?;
    server.program.write("half of an ans\n")?;
    client.wait_for_text("half of an ans")?;
    drop(server);
    client.finish()?.exits(60)?.mentions("close_notify")?;
    Ok(())
}
