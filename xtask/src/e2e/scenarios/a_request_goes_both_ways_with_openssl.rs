//! Certificate requests: OpenSSL verifies ours, and we show and sign what OpenSSL asks for, names and all.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness
        .pki()
        .words("csr new --cn example.com --san example.com --san 10.0.0.1 --out ours.csr --key-out ours.key")
        .run()?
        .succeeds()?;
    let openssl = |line: &str| harness.peer("openssl")?.words(line).run()?.succeeds();
    openssl("req -in ours.csr -noout -verify -text")?
        .mentions("verify OK")?
        .says("DNS:example.com")?
        .says("IP Address:10.0.0.1")?;

    openssl("genrsa -out david.key 2048")?;
    openssl(
        "req -new -key david.key -subj /O=Example/CN=david -addext subjectAltName=DNS:david.example -out david.csr",
    )?;
    harness.pki().words("csr show david.csr").run()?.succeeds()?.says("david.example")?;
    harness.pki().words("cert self-signed --csr david.csr --key david.key --out david.crt").run()?.succeeds()?;
    openssl("x509 -in david.crt -noout -subject -ext subjectAltName")?.says("CN = david")?.says("DNS:david.example")?;
    openssl("verify -x509_strict -CAfile david.crt david.crt")?;
    Ok(())
}
