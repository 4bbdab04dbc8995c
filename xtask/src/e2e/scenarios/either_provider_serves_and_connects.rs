//! AWS-LC and ring, on either side: every pairing agrees, on a post-quantum group where both have one.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

const PAIRINGS: [(&str, &str, &str); 4] = [
    ("aws-lc", "aws-lc", "X25519MLKEM768"),
    ("aws-lc", "ring", "x25519"),
    ("ring", "aws-lc", "x25519"),
    ("ring", "ring", "x25519"),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    for (server, client, group) in PAIRINGS {
        check(harness, server, client, group).with_context(|| format!("server {server}, client {client}"))?;
    }
    Ok(())
}

fn check(harness: &Harness, server: &str, client: &str, group: &str) -> Result<()> {
    let server = harness.serve(["hello", "--pem", &harness.fixture("leaf/combined.pem"), "--provider", server])?;
    let report = harness.tls_client().arguments(["report", &server.target(), "--provider", client, "--json"]);
    let report = report.arguments(["--ca", &harness.fixture("ca/root.pem")]).run()?.succeeds()?;
    let agreed = &report.json("latchkey.report/1")?["handshake"]["group"];
    ensure!(agreed == group, "agreed on {agreed}");
    Ok(())
}
