//! The tutorial's path, with files: a self-signed certificate, a server that shows it, a client that trusts it.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness
        .pki()
        .words("cert self-signed localhost --alg rsa-4096 --days 365 --key-out key.pem --out cert.pem")
        .run()?
        .succeeds()?;
    let server = harness.serve(["hello", "--cert", "cert.pem", "--key", "key.pem"])?;
    harness
        .tls_client()
        .arguments(["connect", &server.target(), "--ca", "cert.pem", "--send", "Hello from client!"])
        .run()?
        .succeeds()?
        .says("Hello from server!")?;
    server.program.wait_for_text("Hello from client!")?;
    harness.is_absent("store")
}
