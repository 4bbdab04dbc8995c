//! Wherever chain and key are taken, a PKCS#12 file will do: a server shows it, and a client.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("passphrase", "correct horse\n")?;
    let combined = harness.private_fixture("leaf/combined.pem")?;
    let convert = "--to p12 --for legacy --out-passphrase-file passphrase --out";
    harness.pki().arguments(["convert", &combined]).words(convert).words("server.p12").run()?.succeeds()?;
    let alice = [harness.fixture("client/alice.pem"), harness.fixture("client/alice.key")];
    harness.pki().words("convert").arguments(&alice).words(convert).words("alice.p12").run()?.succeeds()?;

    let (server, passphrase) = (harness.path("server.p12"), harness.path("passphrase"));
    let (file, passphrase) = (server.display().to_string(), passphrase.display().to_string());
    let root = harness.fixture("ca/root.pem");
    let serving = ["hello", "--pem", &file, "--passphrase-file", &passphrase, "--client-auth", "required"];
    let server = harness.serve([&serving[..], &["--client-ca", &root]].concat())?;
    for flag in ["--pem", "--cert"] {
        let connect = ["connect", &server.target(), "--ca", &root, flag, "alice.p12"];
        harness.tls_client().arguments(connect).words("--passphrase-file passphrase").run()?.succeeds()?;
    }
    let alone = harness.serve(["hello", "--cert", &file, "--passphrase-file", &passphrase])?;
    harness.tls_client().arguments(["connect", &alone.target(), "--ca", &root]).run()?.succeeds()?;
    Ok(())
}
