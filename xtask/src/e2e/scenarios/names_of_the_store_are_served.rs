//! A certificate made for a name in the store is served by that name, exported by it, and trusted through the store's CA.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for command in ["ca new home", "cert new web.example 127.0.0.1 --ca home", "ca export home --out home.pem"] {
        harness.pki().words(command).run()?.succeeds()?;
    }
    harness.pki().words("store list").run()?.succeeds()?.says("web.example")?;
    harness.pki().words("cert show store:web.example").run()?.succeeds()?.says("web.example")?;

    let server = harness.serve(["hello", "--name", "web.example"])?;
    let report = || harness.tls_client().arguments(["report", &server.target(), "--server-name", "web.example"]);
    report().run()?.succeeds()?.says("the store's CA `home`")?;

    let openssl = harness.peer("openssl")?.arguments(["s_client", "-connect", &server.target()]);
    openssl.words("-CAfile home.pem -verify_return_error -verify_hostname web.example").run()?.succeeds()?;

    harness.pki().words("store export web.example --dir exported").run()?.succeeds()?;
    harness.pki().words("cert match exported/cert.pem exported/key.pem").run()?.succeeds()?;
    let openssl = harness.peer("openssl")?.words("verify -x509_strict -CAfile exported/ca.pem exported/cert.pem");
    openssl.run()?.succeeds()?;
    Ok(())
}
