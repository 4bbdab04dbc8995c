//! Commands that only read leave no store behind where there was none.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for command in ["ca list", "store list", "ca show local"] {
        let finished = harness.pki().words(command).run()?;
        harness.is_absent("store").with_context(|| finished.transcript())?;
    }
    Ok(())
}
