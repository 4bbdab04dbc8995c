//! The server says of each failed handshake: at which stage, whose fault, why, who, and which name was asked for.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server = harness.serve_fixture("hello")?;
    let openssl = |more: &str| {
        let client = harness.peer("openssl")?.arguments(["s_client", "-connect", &server.target()]);
        client.words("-servername www.example.org").words(more).run()
    };
    openssl("-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256")?.fails()?;
    server
        .program
        .wait_for("a line about the suites", |line| is_about(line, "cipher suite"))
        .context("a suite for another kind of key")?;

    let stranger = harness.fixture("ca/stranger.pem");
    openssl(&format!("-verify_return_error -CAfile {stranger}"))?.fails()?;
    server.program.wait_for("a line about the alert", |line| is_about(line, "unknown")).context("unknown CA")
}

fn is_about(line: &str, reason: &str) -> Option<()> {
    let parts = ["handshake", "127.0.0.1", "www.example.org", reason];
    parts.iter().all(|part| line.to_lowercase().contains(part)).then_some(())
}
