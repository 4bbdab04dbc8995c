//! The peers get on with each other on this machine, so that what fails beside them is ours.

use anyhow::Result;

use crate::e2e::harness::{Harness, Sends};

pub(super) fn run(harness: &Harness) -> Result<()> {
    let root = harness.fixture("ca/root.pem");
    let python = harness
        .python_server(&harness.fixture("leaf/localhost-p256.pem"), &harness.fixture("leaf/localhost-p256.key"))?;
    let port = python.port.to_string();
    let curl = harness.peer("curl")?.words("-q -sS --noproxy * --max-time 30 --http0.9 --cacert");
    curl.arguments([&root, &format!("https://localhost:{port}/")]).run()?.mentions("Hello from Python!")?;

    let mut openssl = harness.openssl_server("leaf/localhost.pem", Sends::WithIntermediate, "")?;
    let port = openssl.port.to_string();
    let client = harness.python("client.py")?.arguments([&root, &port, "Hello from Python!\n"]).start()?;
    openssl.program.wait_for_text("Hello from Python!")?;
    openssl.program.write("Hello from OpenSSL!\n")?;
    client.wait_for_text("answer: Hello from OpenSSL!")
}
