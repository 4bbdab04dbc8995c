//! Under steady load from several kinds of clients, a thousand reloads and twenty upgrades of the program: not one
//! handshake or byte is lost, and memory and descriptors are back where they began.

use anyhow::Result;

use super::changes;
use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    changes::under_load(harness, changes::Amount { reloads: 1000, upgrades: 20 })
}
