//! `openssl s_client -verify_return_error` takes our chain, in TLS 1.3 and 1.2, and gets the services' answers.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for (service, answer) in [("hello", "Hello from server!"), ("echo", "Hello from OpenSSL!")] {
        for version in ["-tls1_3", "-tls1_2"] {
            talk(harness, service, answer, version).with_context(|| format!("{service} {version}"))?;
        }
    }
    Ok(())
}

fn talk(harness: &Harness, service: &str, answer: &str, version: &str) -> Result<()> {
    let server = harness.serve_fixture(service)?;
    let mut client = harness
        .peer("openssl")?
        .arguments(["s_client", "-connect", &server.target(), "-CAfile", &harness.fixture("ca/root.pem"), version])
        .words("-verify_return_error -verify_hostname localhost -quiet")
        .open_input()
        .start()?;
    client.write("Hello from OpenSSL!\n")?;
    client.wait_for_text(answer)
}
