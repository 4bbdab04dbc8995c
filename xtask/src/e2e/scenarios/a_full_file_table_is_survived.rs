//! A server whose file table is full takes no more connections, says so, and goes on when there is room again.

use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

/// How many files it may open beside those it has.
const ROOM: u64 = 8;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let mut server = harness.serve_fixture("echo")?;
    let client = || {
        let client = harness.tls_client().arguments(["connect", &server.target(), "--send", "Hello"]);
        client.arguments(["--ca", &harness.fixture("ca/root.pem")]).run()?.succeeds()?.says("Hello")
    };
    client()?;

    server.program.limit_files(ROOM)?;
    let connect = |_| TcpStream::connect(("127.0.0.1", server.port)).context("filling the file table");
    let connections = (0..4 * ROOM).map(connect).collect::<Result<Vec<_>>>()?;
    server.program.wait_for("a line about open files", |line| line.contains("open files").then_some(()))?;
    drop(connections);

    client()?;
    server.program.still_runs()
}
