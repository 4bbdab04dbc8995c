//! What the control thread knows and others ask for: the phase of the server, and how the last reload went.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::reload::{Reload, ReloadStatus};

/// Where a server is in its life. It only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Phase {
    /// It is being set up.
    Starting = 0,
    /// It takes connections.
    Serving = 1,
    /// It takes no new ones, and those that are open may go on until the deadline.
    Draining = 2,
    /// The same, because another process has its sockets.
    HandedOver = 3,
    /// It ends at once.
    Stopping = 4,
}

impl Phase {
    /// Whether new connections are welcome: what `/readyz` says.
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Serving)
    }

    const fn of(number: u8) -> Self {
        match number {
            0 => Self::Starting,
            1 => Self::Serving,
            2 => Self::Draining,
            3 => Self::HandedOver,
            _ => Self::Stopping,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::HandedOver => "handed over",
            Self::Stopping => "stopping",
        })
    }
}

/// The state of a server, shared between the control thread, which writes it, and whoever shows it.
#[derive(Debug)]
pub struct State {
    phase: AtomicU8,
    reload: Mutex<ReloadStatus>,
}

impl State {
    /// A server that is being set up, with its first generation.
    pub fn new(now: Timestamp) -> Self {
        Self {
            phase: AtomicU8::new(Phase::Starting as u8),
            reload: Mutex::new(ReloadStatus { generation: 1, since: now, last: None }),
        }
    }

    /// The phase now.
    pub fn phase(&self) -> Phase {
        Phase::of(self.phase.load(Ordering::Acquire))
    }

    /// The generation in force, and how the last reload went.
    pub fn reload(&self) -> ReloadStatus {
        self.lock().clone()
    }

    /// Goes to `phase`, unless the server is further already.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::AcqRel);
    }

    /// Keeps how a reload went.
    pub(super) fn reloaded(&self, reload: Reload) {
        let mut status = self.lock();
        if reload.generation != status.generation {
            status.generation = reload.generation;
            status.since = reload.at;
        }
        status.last = Some(reload);
    }

    fn lock(&self) -> MutexGuard<'_, ReloadStatus> {
        // Nothing panics while it is held, and a status that is half written is still one.
        self.reload.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_only_goes_forward_and_one_of_them_is_ready() {
        let state = State::new(Timestamp::UNIX_EPOCH);
        let all = [Phase::Starting, Phase::Serving, Phase::Draining, Phase::HandedOver, Phase::Stopping];
        for phase in all {
            state.enter(phase);
            assert_eq!(state.phase(), phase);
            state.enter(Phase::Starting);
            assert_eq!(state.phase(), phase);
        }
        assert_eq!(all.iter().filter(|phase| phase.is_ready()).count(), 1);
    }
}
