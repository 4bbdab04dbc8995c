//! `pki cert match`: 0 where key and certificate belong together, 1 where they do not.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let certificate = harness.fixture("leaf/localhost.pem");
    let ask = |key: &str| harness.pki().words("cert match").arguments([&certificate, &harness.fixture(key)]).run();
    ask("leaf/localhost.key")?.exits(0)?;
    ask("leaf/combined-key-first.pem")?.exits(0)?;
    ask("broken/mismatched.key")?.exits(1)?;
    Ok(())
}
