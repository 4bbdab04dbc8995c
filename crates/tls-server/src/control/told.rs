//! What the control thread has to tell, for the log.

use std::fmt;
use std::time::Duration;

use super::reload::{Outcome, Reload, Trigger};
use super::signal::Signal;
use crate::access::Level;

/// Something to tell: a [level](Told::level), a [word](Told::event), and the sentence that it displays as.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// A signal asks the server to drain.
    Drain {
        /// The signal.
        signal: Signal,
        /// How many connections are open.
        connections: u64,
        /// How long they may go on.
        deadline: Duration,
    },
    /// A second signal asks it to stop at once.
    Stop {
        /// The signal.
        signal: Signal,
        /// How many connections are open.
        connections: u64,
    },
    /// A reload ended.
    Reloaded(Reload),
    /// A reload was asked for by a signal while the server was ending.
    NotReloaded(Trigger),
    /// A new key seals tickets.
    TicketKey,
    /// No new ticket key could be made.
    NoTicketKey(String),
    /// Files can be polled alone.
    Blind(String),
    /// Another process has the sockets and sets itself up.
    TakenOver {
        /// Its number.
        process: u32,
    },
    /// It is ready, and this one drains.
    HandedOver {
        /// Its number.
        process: u32,
        /// How many connections are open.
        connections: u64,
        /// How long they may go on.
        deadline: Duration,
    },
    /// It is not, and this one goes on.
    GoesOn {
        /// Its number.
        process: u32,
        /// What it or the system said.
        reason: String,
    },
}

impl Told {
    /// How grave it is.
    pub const fn level(&self) -> Level {
        match self {
            Self::TicketKey => Level::Debug,
            Self::Reloaded(reload) => match (reload.outcome, reload.trigger) {
                (Outcome::Refused, _) => Level::Error,
                // A file that was touched, a store that holds something new for others.
                (Outcome::Unchanged, Trigger::Files | Trigger::Store) => Level::Debug,
                _ => Level::Info,
            },
            Self::NoTicketKey(_) | Self::Blind(_) | Self::GoesOn { .. } | Self::NotReloaded(_) => Level::Warn,
            Self::Drain { .. } | Self::Stop { .. } | Self::TakenOver { .. } | Self::HandedOver { .. } => Level::Info,
        }
    }

    /// Whether SIGHUP asked for it.
    pub const fn is_of_a_signal(&self) -> bool {
        match self {
            Self::Reloaded(reload) => matches!(reload.trigger, Trigger::Signal),
            Self::NotReloaded(trigger) => matches!(trigger, Trigger::Signal),
            _ => false,
        }
    }

    /// The word by which a program finds it in the log.
    pub const fn event(&self) -> &'static str {
        match self {
            Self::Drain { .. } => "draining",
            Self::Stop { .. } => "stopping",
            Self::Reloaded(reload) => match reload.outcome {
                Outcome::Changed => "reloaded",
                Outcome::Unchanged => "unchanged",
                Outcome::Refused => "reload_refused",
            },
            Self::NotReloaded(_) => "reload_refused",
            Self::TicketKey | Self::NoTicketKey(_) => "ticket_key",
            Self::Blind(_) => "watch",
            Self::TakenOver { .. } | Self::HandedOver { .. } | Self::GoesOn { .. } => "upgrade",
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drain { signal, connections, deadline } => write!(
                f,
                "{}: nothing new is accepted, and {} may go on for {deadline:?}; a second signal stops at once",
                signal.name(),
                Open(*connections)
            ),
            Self::Stop { signal, connections } => write!(f, "{}: ending {}", signal.name(), Open(*connections)),
            Self::Reloaded(reload) => reload.fmt(f),
            Self::NotReloaded(trigger) => write!(f, "{trigger}: nothing is read again, as the server is ending"),
            Self::TicketKey => f.write_str("a new key seals session tickets"),
            Self::NoTicketKey(error) => write!(f, "{error}; the old key goes on sealing tickets"),
            Self::Blind(error) => write!(
                f,
                "the system gives no events for files ({error}), and they are looked at every 30 seconds instead; see \
                 fs.inotify.max_user_instances and max_user_watches"
            ),
            Self::TakenOver { process } => {
                write!(f, "process {process} has been given the listening sockets and is getting ready")
            }
            Self::HandedOver { process, connections, deadline } => write!(
                f,
                "process {process} serves now: nothing new is accepted here, and {} may go on for {deadline:?}",
                Open(*connections)
            ),
            Self::GoesOn { process, reason } => {
                write!(f, "process {process} does not take over, and this one goes on: {reason}")
            }
        }
    }
}

struct Open(u64);

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 connection"),
            many => write!(f, "{many} connections"),
        }
    }
}
