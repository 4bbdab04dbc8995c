//! testssl.sh has no finding above LOW on the server as it starts by default, nor on its modern profile.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::e2e::harness::Harness;

const PATIENCE: Duration = Duration::from_secs(900);

/// One finding of the JSON that it writes.
#[derive(Deserialize)]
struct Finding {
    id: String,
    severity: String,
    finding: String,
}

/// Findings about a certificate of a CA that nobody knows, as the server's own is on this machine.
const OF_A_PRIVATE_CA: [&str; 2] = ["cert_chain_of_trust", "cert_revocation"];

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    for (number, arguments) in ["http", "echo", "http --profile modern"].into_iter().enumerate() {
        let server = harness.serve(arguments.split(' '))?;
        let name = format!("findings-{number}.json");
        let testssl =
            harness.peer("testssl")?.words("--quiet --color 0 --warnings off --openssl-timeout 20 --jsonfile");
        let testssl = testssl.arguments([&name]).arguments([server.target()]);
        testssl.start()?.finish_within(PATIENCE)?;
        let findings: Vec<Finding> =
            serde_json::from_str(&harness.read(&name)?).context("reading what testssl.sh found")?;
        ensure!(findings.len() > 50, "it looked at {} things alone", findings.len());
        let is_above_low = |finding: &&Finding| {
            let is_bad = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"].contains(&&*finding.severity);
            is_bad && !OF_A_PRIVATE_CA.iter().any(|id| finding.id.starts_with(id))
        };
        let bad: Vec<String> = findings
            .iter()
            .filter(is_above_low)
            .map(|finding| format!("  {} {}: {}", finding.severity, finding.id, finding.finding))
            .collect();
        ensure!(bad.is_empty(), "testssl.sh found on `{arguments}`:\n{}", bad.join("\n"));
    }
    Ok(())
}
