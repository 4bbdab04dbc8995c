//! Certificates and key in one file, in any order, are enough for a server.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for file in ["leaf/combined.pem", "leaf/combined-key-first.pem"] {
        connect(harness, file).with_context(|| file.to_owned())?;
    }
    Ok(())
}

fn connect(harness: &Harness, file: &str) -> Result<()> {
    let server = harness.serve(["hello", "--pem", &harness.fixture(file)])?;
    let root = harness.fixture("ca/root.pem");
    harness.tls_client().arguments(["connect", &server.target(), "--ca", &root]).run()?.succeeds()?;
    Ok(())
}
