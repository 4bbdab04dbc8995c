//! Who runs on which core, so that the load does not take the servers' time.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// This thread, and the programs it starts, stay on some cores as long as the value lives.
pub(super) struct Pinned {
    before: CpuSet,
}

impl Pinned {
    pub(super) fn to(cores: &CpuSet) -> Result<Self> {
        let before = ours()?;
        sched_setaffinity(None, cores).context("choosing cores")?;
        Ok(Self { before })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // They were ours a moment ago.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// The first of our cores.
pub(super) fn servers_core() -> Result<CpuSet> {
    let all = ours()?;
    Ok(set((0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).take(1)))
}

/// Every other one of our cores; where there is but one, that one.
pub(super) fn other_cores() -> Result<CpuSet> {
    let all = ours()?;
    let others = set((0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).skip(1));
    if others.count() == 0 { Ok(all) } else { Ok(others) }
}

/// Each of our cores.
pub(super) fn all_cores() -> Result<CpuSet> {
    ours()
}

fn ours() -> Result<CpuSet> {
    sched_getaffinity(None).context("asking for our cores")
}

fn set(cores: impl Iterator<Item = usize>) -> CpuSet {
    let mut set = CpuSet::new();
    cores.for_each(|core| set.set(core));
    set
}
