//! Under load from several kinds of clients, the configuration and the program are changed: not one handshake or byte
//! is lost. (`cargo xtask soak` does the same for as long as an evening.)

use anyhow::Result;

use crate::e2e::harness::Harness;
use crate::e2e::soak::changes;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    changes::under_load(harness, changes::Amount { reloads: 21, upgrades: 2 })
}
