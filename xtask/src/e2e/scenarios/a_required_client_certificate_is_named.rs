//! A TLS 1.3 server says only after the handshake that it wanted a certificate: that is waited for, and named.

use anyhow::{Context, Result};

use crate::e2e::harness::{Harness, Sends};

pub(super) fn run(harness: &Harness) -> Result<()> {
    for version in ["-tls1_3", "-tls1_2"] {
        check(harness, version).with_context(|| version.to_owned())?;
    }
    Ok(())
}

fn check(harness: &Harness, version: &str) -> Result<()> {
    let root = harness.fixture("ca/root.pem");
    let demands = format!("-Verify 3 -verify_return_error -CAfile {root} {version}");
    let server = harness.openssl_server("leaf/localhost.pem", Sends::WithIntermediate, &demands)?;
    let report = || harness.tls_client().arguments(["report", &server.target(), "--ca", &root]);

    report().run()?.exits(40)?.mentions("certificate")?.mentions("--cert")?;
    let (chain, key) = (harness.fixture("client/alice.pem"), harness.fixture("client/alice.key"));
    report().arguments(["--cert", &chain, "--key", &key]).run()?.succeeds()?;
    Ok(())
}
