//! Sixty-four processes issue from one CA at the same time: each gets its certificate, and no serial number is used twice.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::e2e::batches;
use crate::e2e::harness::Harness;

const WRITERS: usize = 64;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.pki().words("ca new home").run()?.succeeds()?;
    let start = |number: usize| harness.pki().words(&format!("-q cert new h{number}.example --ca home")).start();
    let running = (0..WRITERS).map(start).collect::<Result<Vec<_>>>()?;
    for writer in running {
        writer.finish()?.succeeds()?;
    }
    let book = batches::book(harness)?;
    let serials: BTreeSet<&str> = book.issued.keys().map(String::as_str).collect();
    ensure!(serials.len() == WRITERS, "{} serial numbers for {WRITERS} certificates", serials.len());
    let listed = harness.pki().words("store list --json").run()?.succeeds()?.json("latchkey.store/1")?;
    let kept = listed["identities"].as_array().map_or(0, Vec::len);
    ensure!(kept == WRITERS, "the store keeps {kept} of {WRITERS} identities");
    Ok(())
}
