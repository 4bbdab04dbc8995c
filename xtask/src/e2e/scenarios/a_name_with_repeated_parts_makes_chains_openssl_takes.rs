//! A CA whose name holds two DCs and two OUs: every certificate below repeats that name byte for byte, or no chain holds.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for command in [
        "ca new corp --subject /DC=org/DC=example/OU=People/OU=Machines/CN=Corp --out corp.pem",
        "ca new issuing --parent corp --subject /DC=org/DC=example/OU=Machines/OU=Servers/CN=Issuing",
        "cert new www.example.org --ca issuing --out leaf.pem --key-out leaf.key",
    ] {
        harness.pki().words(command).run()?.succeeds()?;
    }
    let openssl = |line: &str| harness.peer("openssl")?.words(line).run()?.succeeds();
    openssl("verify -x509_strict -purpose sslserver -CAfile corp.pem -untrusted leaf.pem leaf.pem")?.says("OK")?;
    openssl("x509 -in leaf.pem -noout -issuer")?
        .says("issuer=DC = org, DC = example, OU = Machines, OU = Servers, CN = Issuing")?;

    let server = harness.serve(["hello", "--cert", "leaf.pem", "--key", "leaf.key"])?;
    let report = harness.tls_client().arguments(["report", &server.target(), "--server-name", "www.example.org"]);
    report.words("--ca corp.pem").run()?.succeeds()?;
    Ok(())
}
