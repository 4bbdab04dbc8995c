//! Memory that is free goes back to the system.
//!
//! The C library keeps what a rush of connections has used, in small pieces between what is still in use, and gives
//! none of it back by itself: 15,000 connections left 60 MB behind for as long as anybody looked. So it is asked to,
//! by a thread of its own, when connections have become much fewer. It holds the lock of one arena at a time
//! meanwhile, which is why it is not done more often.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

/// How often the number of connections is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// So many fewer connections are worth the asking.
const FEWER: u64 = 500;

/// The thread that asks. It ends when this is dropped.
pub struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

impl Keeper {
    /// Looks at what `connections` says from now on.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(connections: impl Fn() -> u64 + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = thread::Builder::new().name("memory".into()).spawn(move || {
            let mut peak = Peak::default();
            while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                if peak.is_over(connections()) {
                    give_back();
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic of the thread has been printed by then
        }
    }
}

/// The most connections since memory was given back.
#[derive(Debug, Default)]
struct Peak(u64);

impl Peak {
    /// Whether there are much fewer `now`: half of the most, and by enough.
    fn is_over(&mut self, now: u64) -> bool {
        self.0 = self.0.max(now);
        let over = now <= self.0 / 2 && self.0 - now >= FEWER;
        if over {
            self.0 = now;
        }
        over
    }
}

/// Asks the C library to give back every page that is free.
#[cfg(target_env = "gnu")]
#[expect(
    unsafe_code,
    reason = "malloc_trim(3) has no safe form; it takes a number, and is safe to call from any thread"
)]
fn give_back() {
    // SAFETY: `malloc_trim` has no preconditions: it takes the locks of the allocator as every allocation does.
    unsafe { libc::malloc_trim(0) };
}

/// Other C libraries give it back by themselves, or cannot be asked.
#[cfg(not(target_env = "gnu"))]
const fn give_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_once_after_a_rush() {
        let mut peak = Peak::default();
        let asked: Vec<bool> = [0, 900, 10_000, 9_000, 5_001, 5_000, 4_000, 2_501, 2_000, 0, 0]
            .into_iter()
            .map(|now| peak.is_over(now))
            .collect();
        assert_eq!(asked, [false, false, false, false, false, true, false, false, true, true, false]);
    }

    #[test]
    fn a_keeper_ends_when_it_is_dropped() {
        let keeper = Keeper::start(|| 0).unwrap();
        drop(keeper);
    }
}
