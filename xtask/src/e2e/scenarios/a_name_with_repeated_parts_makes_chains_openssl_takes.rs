//! A CA whose name holds two DCs and two OUs: every certificate below repeats that name byte for byte, or no chain holds.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness
        .pki()
        .words("ca new example --with-intermediate --subject DC=org,DC=example,OU=People,OU=Machines,CN=Example")
        .run()?
        .succeeds()?;
    harness.pki().words("ca export example --out ca.pem").run()?.succeeds()?;
    harness.pki().words("cert new www.example.org --ca example --out leaf.pem --key-out leaf.key").run()?.succeeds()?;
    Ok(())
}
