//! The server's process and its children: processor time and memory, as Linux tells them.

use std::fs;
use std::io;

/// What the kernel's coarse clock counts by, in nanoseconds.
const TICK: u64 = 10_000_000;

/// Nanoseconds of processor time, user and system.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    /// Of threads that live, to the nanosecond.
    living: u64,
    /// Of those and of threads that have ended, in ticks.
    own: u64,
    /// Of children that have ended, in ticks.
    children: u64,
}

impl Used {
    /// What was used since `before`. Where threads come and go, the finer clock has lost what they used.
    pub(super) fn since(self, before: Self) -> u64 {
        let living = self.living.saturating_sub(before.living);
        let own = self.own.saturating_sub(before.own);
        let threads = if own > living + living / 10 + 3 * TICK { own } else { living };
        threads + self.children.saturating_sub(before.children)
    }
}

/// A process and everything that it has started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree(pub(super) u32);

impl Tree {
    /// The processor time that it has used up to now.
    pub(super) fn cpu(self) -> io::Result<Used> {
        let mut used = Used::default();
        for pid in self.members()? {
            used.living += threads(pid).map(|task| schedstat(pid, task)).sum::<u64>();
            let (own, children) = ticks(pid);
            used.own += own;
            used.children += children;
        }
        Ok(used)
    }

    /// Bytes of memory, what is shared divided by those who share it.
    pub(super) fn pss(self) -> io::Result<u64> {
        Ok(self.members()?.into_iter().map(pss).sum())
    }

    /// The process first; those that end while they are looked for are left out.
    fn members(self) -> io::Result<Vec<u32>> {
        fs::metadata(format!("/proc/{}", self.0))?;
        let mut found = vec![self.0];
        let mut next = 0;
        while let Some(&pid) = found.get(next) {
            next += 1;
            for task in threads(pid) {
                let children = fs::read_to_string(format!("/proc/{pid}/task/{task}/children")).unwrap_or_default();
                found.extend(children.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
            }
        }
        Ok(found)
    }
}

fn threads(pid: u32) -> impl Iterator<Item = u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| task.file_name().to_str()?.parse().ok())
}

fn schedstat(pid: u32, task: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{task}/schedstat")).unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// proc(5): `utime`, `stime`, `cutime` and `cstime` are the 14th to the 17th of `stat`, in ticks of 10 ms. The second
/// may hold anything.
fn ticks(pid: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, rest)) = text.rsplit_once(')') else { return (0, 0) };
    let times: Vec<u64> = rest.split_whitespace().skip(11).take(4).filter_map(|word| word.parse().ok()).collect();
    match times[..] {
        [user, system, their_user, their_system] => ((user + system) * TICK, (their_user + their_system) * TICK),
        _ => (0, 0),
    }
}

fn pss(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_seen_to_work_and_to_hold_memory() {
        let own = Tree(std::process::id());
        let before = own.cpu().unwrap();
        // Long enough to be seen by the coarse clock, on a thread that has gone when it is looked at.
        let worked = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).tv_nsec;
        std::thread::spawn(move || while std::hint::black_box(worked()) < 150_000_000 {}).join().unwrap();
        assert!(own.cpu().unwrap().since(before) > 40_000_000, "a thread that has ended is not forgotten");
        let mut held = vec![1_u8; 8 << 20];
        (0..held.len()).for_each(|n| held[n] = held[n].wrapping_mul(n as u8));
        assert!(own.pss().unwrap() > 1 << 20, "{}", held[5]);
        assert!(Tree(u32::MAX).cpu().is_err(), "nobody has that number");
    }
}
