//! The fixtures themselves: OpenSSL takes the good ones, and finds in each broken one what it is named after.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

/// What OpenSSL says of each, as a server's certificate for localhost.
const FIXTURES: [(&str, &str); 8] = [
    ("leaf/localhost.pem", "OK"),
    ("leaf/localhost-p256.pem", "OK"),
    ("broken/expired.pem", "certificate has expired"),
    ("broken/not-yet-valid.pem", "certificate is not yet valid"),
    ("broken/wrong-name.pem", "hostname mismatch"),
    ("broken/client-auth-only.pem", "unsuitable certificate purpose"),
    ("broken/self-signed.pem", "self-signed certificate"),
    ("client/alice.pem", "unsuitable certificate purpose"),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    let intermediate = harness.fixture("ca/intermediate.pem");
    for (fixture, says) in FIXTURES {
        verify(harness, fixture, &["-untrusted", &intermediate], says).with_context(|| fixture.to_owned())?;
    }
    verify(harness, "broken/missing-intermediate.pem", &[], "unable to get local issuer certificate")?;

    let openssl =
        |line: &str, file: &str| harness.peer("openssl")?.words(line).arguments([harness.fixture(file)]).run();
    openssl("x509 -noout -in", "broken/truncated.pem")?.fails()?;
    openssl("pkey -noout -in", "broken/truncated.key")?.fails()?;
    openssl("pkey -noout -passin pass:wrong -in", "leaf/localhost.encrypted.key")?.fails()?;
    Ok(())
}

fn verify(harness: &Harness, fixture: &str, more: &[&str], says: &str) -> Result<()> {
    let root = harness.fixture("ca/root.pem");
    let openssl = harness.peer("openssl")?.words("verify -x509_strict -purpose sslserver -verify_hostname localhost");
    openssl
        .arguments(["-CAfile", &root])
        .arguments(more)
        .arguments([harness.fixture(fixture)])
        .run()?
        .mentions(says)?;
    Ok(())
}
