//! `--serial` and `--pem`: the serial number is the one asked for, and one file holds certificate and key.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness
        .pki()
        .words("cert self-signed example.com --alg rsa-2048 --serial 1000 --days 365 --pem combined.pem")
        .run()?
        .succeeds()?;

    let openssl = |line: &str| harness.peer("openssl")?.words(line).run()?.succeeds();
    openssl("x509 -in combined.pem -noout -serial -subject -issuer")?.says("serial=03E8")?;
    openssl("pkey -in combined.pem -noout")?;
    openssl("verify -x509_strict -CAfile combined.pem combined.pem")?;
    harness.pki().words("cert match combined.pem combined.pem").run()?.succeeds()?;
    Ok(())
}
