//! At its limit of connections a server takes no more; who waits is served when somebody leaves.

use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let pem = harness.fixture("leaf/combined.pem");
    let server = harness.serve(["echo", "--pem", &pem, "--max-connections", "2", "--workers", "1"])?;
    let connect = |_| TcpStream::connect(("127.0.0.1", server.port)).context("taking a place");
    let places = (0..2).map(connect).collect::<Result<Vec<_>>>()?;
    server.program.wait_for_text("--max-connections")?;

    let newcomer = harness.tls_client().arguments(["connect", &server.target(), "--send", "Hello"]);
    let newcomer = newcomer.arguments(["--ca", &harness.fixture("ca/root.pem"), "--timeout", "60s"]).start()?;
    drop(places);
    newcomer.finish()?.succeeds()?.says("Hello")?;
    Ok(())
}
