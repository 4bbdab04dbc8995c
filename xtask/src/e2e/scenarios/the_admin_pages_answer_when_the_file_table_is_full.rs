//! Who watches a server is answered when it cannot take one more client, again and again.

use std::net::TcpStream;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::{Harness, free_port, page};

/// How many files it may open beside those it has.
const ROOM: u64 = 8;

/// More than it could answer if it gave a descriptor away with each answer.
const TIMES: usize = 100;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let admin = free_port()?;
    let identity = harness.private_fixture("leaf/combined.pem")?;
    let admin_address = format!("127.0.0.1:{admin}");
    let patient = ["--handshake-timeout", "10m"]; // so that none of those who fill the table goes by itself
    let watched = ["echo", "--pem", &identity, "--admin", &admin_address];
    let server = harness.serve(watched.into_iter().chain(patient))?;
    page(admin, "/healthz")?;

    server.program.limit_files(ROOM)?;
    let connect = |_| TcpStream::connect(("127.0.0.1", server.port)).context("filling the file table");
    let connections = (0..8 * ROOM).map(connect).collect::<Result<Vec<_>>>()?;
    server.program.wait_for("a line about open files", |line| line.contains("open files").then_some(()))?;
    for time in 0..TIMES {
        page(admin, "/healthz").with_context(|| format!("answer {time}"))?;
    }
    let metrics = page(admin, "/metrics")?;
    let errors = metrics.lines().find_map(|line| line.strip_prefix("latchkey_accept_errors_total "));
    ensure!(errors.is_some_and(|count| count != "0"), "full, and not counted: {errors:?}");
    drop(connections);
    Ok(())
}
