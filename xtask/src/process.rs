//! What the kernel knows of a process and of this machine.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// CPU time of a process and all below it, user and system, in nanoseconds. Where threads have ended, the time of
/// those is counted in hundredths of a second.
pub(crate) fn cpu_time(root: u32) -> Result<u64> {
    let each = tree(root)?.into_iter().map(|process| Ok(of_threads(process)?.max(of_process(process)?)));
    each.sum()
}

/// To the nanosecond, of the threads that there are.
fn of_threads(process: u32) -> Result<u64> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        let on_core = text.split(' ').next().context("an empty schedstat")?;
        sum += on_core.parse::<u64>().context("a schedstat that does not begin with a number")?;
    }
    Ok(sum)
}

/// In hundredths of a second, of the threads that have ended too.
fn of_process(process: u32) -> Result<u64> {
    const TICK: u64 = 10_000_000;
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Its name, which may hold anything, stands in brackets before the numbers.
    let (_, numbers) = text.rsplit_once(')').context("a stat without a name")?;
    let ticks = numbers.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<Result<u64, _>>().context("a stat without times")? * TICK)
}

/// CPU time of this process, in nanoseconds.
pub(crate) fn own_cpu_time() -> u64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec.unsigned_abs() * 1_000_000_000 + spent.tv_nsec.unsigned_abs()
}

/// A process and all below it.
fn tree(root: u32) -> Result<Vec<u32>> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        next += 1;
        let children = format!("/proc/{process}/task/{process}/children");
        let text = fs::read_to_string(&children).with_context(|| format!("reading {children}"))?;
        found.extend(text.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    Ok(found)
}

/// Memory of a process and all below it, each shared page counted by its share (PSS), in bytes.
pub(crate) fn memory(root: u32) -> Result<u64> {
    let each = tree(root)?.into_iter().map(|process| -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    });
    each.sum()
}

/// How many descriptors a process holds.
pub(crate) fn descriptors(process: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// How many threads a process has.
pub(crate) fn threads(process: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/task"))?.count())
}

/// Lets this process, and those it starts, hold as many descriptors as it may.
pub(crate) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, opening the connections says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// The memory of this machine, in bytes.
pub(crate) fn memory_of_machine() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// The processor's name for a person.
pub(crate) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown".to_owned(), |name| name.trim_start_matches([' ', '\t', ':']).to_owned())
}

/// Those of `wanted` that the processor has, by the kernel's names.
pub(crate) fn instructions(wanted: &[&str]) -> Vec<String> {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    let has = |name: &str| line.split_whitespace().any(|flag| flag == name);
    wanted.iter().filter(|name| has(name)).map(|name| (*name).to_owned()).collect()
}
