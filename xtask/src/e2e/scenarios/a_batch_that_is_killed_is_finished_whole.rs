//! SIGKILL at random moments of a batch: no serial number twice, no certificate without its row, no file half written,
//! and the same command finishes it. `cargo xtask kill-batch` does it a hundred times with ten thousand rows.

use anyhow::Result;

use crate::e2e::batches;
use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    batches::kill(harness, 400, 4)
}
