//! What `openssl req -x509` made until now, made by `pki`: OpenSSL reads it and trusts it as its own anchor.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness
        .pki()
        .words("cert self-signed localhost --alg rsa-4096 --days 365 --key-out key.pem --out cert.pem")
        .run()?
        .succeeds()?;

    let openssl = |line: &str| harness.peer("openssl")?.words(line).run()?.succeeds();
    openssl("x509 -in cert.pem -noout -text")?.says("(4096 bit)")?.says("DNS:localhost")?.says("CA:FALSE")?;
    openssl("verify -x509_strict -CAfile cert.pem cert.pem")?.says("cert.pem: OK")?;
    openssl("verify -x509_strict -purpose sslserver -verify_hostname localhost -CAfile cert.pem cert.pem")?;
    openssl("pkey -in key.pem -check -noout")?;

    let mode = harness.path("key.pem").metadata()?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "key.pem has mode {mode:o}, and is a secret");
    Ok(())
}
