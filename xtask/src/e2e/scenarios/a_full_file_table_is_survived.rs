//! A server whose file table is full takes no more connections, and goes on when there is room again.

use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::e2e::harness::{Harness, Listening};

/// Fewer files than connections are tried.
const FILES: usize = 64;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let root = harness.fixture("ca/root.pem");
    let program = harness
        .tls_server()
        .arguments(["echo", "--pem", &harness.fixture("leaf/combined.pem"), "--workers", "1"])
        .words("--listen 127.0.0.1:0")
        .prepared_by(&format!("ulimit -n {FILES}"))
        .start()?;
    let port = program.wait_for_port()?;
    let mut server = Listening { program, port };

    let connect = |_| TcpStream::connect(("127.0.0.1", port)).context("filling the file table");
    let connections = (0..2 * FILES).map(connect).collect::<Result<Vec<_>>>()?;
    server.program.wait_for("a line about the full file table", |line| {
        let line = line.to_lowercase();
        (line.contains("file") && (line.contains("too many") || line.contains("full"))).then_some(())
    })?;
    drop(connections);

    harness
        .tls_client()
        .arguments(["connect", &server.target(), "--ca", &root, "--send", "Hello"])
        .run()?
        .succeeds()?
        .says("Hello")?;
    server.program.still_runs()
}
