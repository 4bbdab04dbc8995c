//! `--client-auth required`: a client of the CA is served, one without a certificate is refused, and the log says why.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let root = harness.fixture("ca/root.pem");
    let pem = harness.fixture("leaf/combined.pem");
    let server = harness.serve(["echo", "--pem", &pem, "--client-auth", "required", "--client-ca", &root])?;
    let client = || {
        let client = harness.tls_client().arguments(["connect", &server.target(), "--ca", &root]);
        client.words("--send Hello")
    };

    let (chain, key) = (harness.fixture("client/alice.pem"), harness.fixture("client/alice.key"));
    client().arguments(["--cert", &chain, "--key", &key]).run()?.succeeds()?.says("Hello")?;
    client().run()?.exits(40)?;
    server.program.wait_for("a line about the missing certificate", |line| {
        (line.contains("handshake") && line.contains("certificate")).then_some(())
    })
}
