//! Ten thousand rows, a hundred kills at random moments.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    super::kill(harness, 10_000, 100)
}
