//! The short form of `cargo xtask mutate`: damaged certificates, requests, CRLs, keys, PKCS#12 files, chains and
//! configurations, each read by the real program within its bounds.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;
use crate::mutate::{VERBS, try_all};

/// Inputs to each command.
const COUNT: usize = 60;

pub(super) fn run(_: &Harness) -> Result<()> {
    VERBS.iter().try_for_each(|verb| try_all(verb, COUNT, 7).with_context(|| verb.name))
}
