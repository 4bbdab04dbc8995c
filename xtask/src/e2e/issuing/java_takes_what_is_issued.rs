//! Java's CertPathValidator, with revocation by our lists.

use anyhow::Result;

use crate::e2e::harness::Harness;
use crate::e2e::hierarchy::{self, LEAVES};

pub(super) fn run(harness: &Harness) -> Result<()> {
    hierarchy::make(harness)?;
    let source = harness.fixture("peers/Validate.java");
    for leaf in LEAVES {
        let java = harness.peer("java")?.arguments([source.as_str(), "root.pem", leaf.file, "root.crl", "issuing.crl"]);
        java.run()?.succeeds()?.says("trusted")?;
    }
    let java = harness.peer("java")?.arguments([source.as_str(), "root.pem", "revoked.pem", "root.crl", "issuing.crl"]);
    java.run()?.fails()?.mentions("revoked")?;
    Ok(())
}
