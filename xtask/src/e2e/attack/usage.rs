//! What a server holds: memory, descriptors, threads; and that it gives back what it took.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::e2e::harness::Running;
use crate::process::{descriptors, memory, threads};

/// How long a server may take until it holds no more than before.
const RETURN: Duration = Duration::from_secs(15);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(100);

/// What a process holds at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::e2e) struct Usage {
    /// Its share of memory (PSS), in bytes.
    pub(in crate::e2e) memory: u64,
    /// Open files.
    pub(in crate::e2e) descriptors: usize,
    /// Threads.
    pub(in crate::e2e) threads: usize,
}

/// What may stay of the memory: the allocator keeps some of what was in use for the next time.
#[derive(Debug, Clone, Copy)]
pub(in crate::e2e) struct Room(pub(in crate::e2e) u64);

impl Usage {
    /// What `program` holds now.
    pub(in crate::e2e) fn of(program: &Running) -> Result<Self> {
        let process = program.id();
        Ok(Self { memory: memory(process)?, descriptors: descriptors(process)?, threads: threads(process)? })
    }

    /// Waits until `program` holds no more than this, but for `room`.
    ///
    /// # Errors
    /// It still does after 15 s.
    pub(in crate::e2e) fn returns(self, program: &Running, room: Room) -> Result<Self> {
        let deadline = Instant::now() + RETURN;
        loop {
            let now = Self::of(program)?;
            let is_back = now.descriptors <= self.descriptors
                && now.threads <= self.threads
                && now.memory <= self.memory + room.0;
            if is_back {
                return Ok(now);
            }
            if Instant::now() > deadline {
                bail!(
                    "{} s later it holds {now}, and held {self} before (room for {} KiB)",
                    RETURN.as_secs(),
                    room.0 / 1024
                );
            }
            thread::sleep(GLANCE);
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB, {} files, {} threads", self.memory / 1024, self.descriptors, self.threads)
    }
}
