//! What is picked by hand on the server is what is agreed on, and a client that wants nothing of it is told so.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let pem = harness.fixture("leaf/combined.pem");
    let picked = ["--ciphers", "ECDHE-RSA-CHACHA20-POLY1305", "--groups", "secp384r1", "--max-version", "1.2"];
    let server = harness.serve(["hello", "--pem", &pem].into_iter().chain(picked))?;
    let report = |more: &str| {
        let client = harness.tls_client().arguments(["report", &server.target(), "--json"]).words(more);
        client.arguments(["--ca", &harness.fixture("ca/root.pem")]).run()
    };

    let agreed = report("")?.succeeds()?.json("latchkey.report/1")?["handshake"].clone();
    ensure!(agreed["version"] == "TLS 1.2", "agreed on {agreed}");
    ensure!(agreed["suite"] == "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "agreed on {agreed}");
    ensure!(agreed["group"] == "secp384r1", "agreed on {agreed}");

    report("--min-version 1.3")?.fails()?.mentions("version")?;
    report("--ciphers ECDHE-RSA-AES128-GCM-SHA256 --max-version 1.2")?.fails()?;
    Ok(())
}
