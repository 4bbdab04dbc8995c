//! What the kernel knows of a process: its CPU time, its memory, its core.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// CPU time of a process and all below it, user and system, in nanoseconds.
pub(crate) fn cpu_time(root: u32) -> Result<u64> {
    let mut sum = 0;
    for process in tree(root)? {
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let on_core = text.split(' ').next().context("an empty schedstat")?;
            sum += on_core.parse::<u64>().context("a schedstat that does not begin with a number")?;
        }
    }
    Ok(sum)
}

/// Memory of a process, each shared page counted by its share (PSS), in bytes.
pub(crate) fn memory(process: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// How many descriptors a process holds.
pub(crate) fn descriptors(process: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// How many threads a process has.
pub(crate) fn threads(process: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/task"))?.count())
}

fn tree(root: u32) -> Result<Vec<u32>> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        next += 1;
        let children: PathBuf = format!("/proc/{process}/task/{process}/children").into();
        let text = fs::read_to_string(&children).with_context(|| format!("reading {}", children.display()))?;
        found.extend(text.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    Ok(found)
}

/// Lets this process, and those it starts, hold as many descriptors as it may.
pub(crate) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, opening the connections says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// The processor's name for a person.
pub(crate) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown".to_owned(), |name| name.trim_start_matches([' ', '\t', ':']).to_owned())
}
