//! A reload: everything is read anew and checked as one, compared with what is in force, and put in its place; or what
//! is in force stays.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::context::tickets::TicketKeys;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Store;

use super::summary::{Difference, Summary};

/// Changes within this time are one reload, so that a certificate and its key that are written one after the other are
/// read together.
const TOGETHER: Duration = Duration::from_millis(100);

/// Reads everything that a server acts by. It is called on a thread of its own and may take its time.
pub trait Load: Send + 'static {
    /// What the server is given.
    type Plan: Send + 'static;

    /// Reads all of it anew, and checks it as one.
    ///
    /// # Errors
    /// Every problem there is, so that one reload shows them all.
    fn load(&mut self) -> Result<Loaded<Self::Plan>, Unloadable>;
}

/// Why nothing was read that could be put in force.
#[derive(Debug, Clone, Default)]
pub struct Unloadable {
    /// Every reason.
    pub problems: Vec<Problem>,
    /// What was looked at in vain, beside what is watched already: a change there may mend it.
    pub paths: Vec<PathBuf>,
}

/// What was read.
#[derive(Debug)]
pub struct Loaded<P> {
    /// For the server.
    pub plan: P,
    /// What goes with it.
    pub in_force: InForce,
}

/// What the control thread keeps of what is in force.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// All of it, to compare the next one with.
    pub summary: Summary,
    /// Where it came from.
    pub watched: Watched,
    /// The ticket keys that change with time.
    pub ticket_keys: Option<Arc<TicketKeys>>,
    /// How long connections may go on once the server is told to end.
    pub drain: Duration,
}

/// What is watched for changes.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Files, and directories whose files count.
    pub paths: Vec<PathBuf>,
    /// The store, if anything came from it.
    pub store: Option<WatchedStore>,
}

/// A store that was read.
#[derive(Debug, Clone)]
pub struct WatchedStore {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its [version](Store::version), asked for before anything was read, so that no change is missed.
    pub version: i64,
}

/// One reason why something cannot be put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong, and with which file or key.
    pub fact: String,
    /// What would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Problem {
    /// Something wrong, without advice.
    pub fn new(fact: impl fmt::Display) -> Self {
        Self { fact: fact.to_string(), advice: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.advice {
            Some(advice) => write!(f, "{} ({advice})", self.fact),
            None => f.write_str(&self.fact),
        }
    }
}

/// What a reload came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A watched file is not as it was.
    Files,
    /// The store was changed.
    Store,
    /// SIGHUP.
    Signal,
    /// `tls-server reload`.
    Command,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "a change of the files",
            Self::Store => "a change of the store",
            Self::Signal => "SIGHUP",
            Self::Command => "`tls-server reload`",
        })
    }
}

/// How a reload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every worker acts by the new generation.
    Changed,
    /// What was read is what is in force.
    Unchanged,
    /// The old generation stays.
    Refused,
}

/// One reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    /// When it ended.
    pub at: Timestamp,
    /// What it came from.
    pub trigger: Trigger,
    /// How it ended.
    pub outcome: Outcome,
    /// The generation in force after it.
    pub generation: u64,
    /// What it changed.
    pub difference: Difference,
    /// Why it changed nothing, where it was refused.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            Outcome::Refused => {
                write!(f, "{}: generation {} stays in force: ", self.trigger, self.generation)?;
                let problems: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
                f.write_str(&problems.join("; "))
            }
            Outcome::Unchanged => write!(f, "{}: {}", self.trigger, self.difference),
            Outcome::Changed => {
                write!(f, "{}: generation {} is in force: {}", self.trigger, self.generation, self.difference)
            }
        }
    }
}

/// What `/status` shows of reloads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadStatus {
    /// The generation in force; the first is 1.
    pub generation: u64,
    /// Since when.
    pub since: Timestamp,
    /// The last reload, whatever it came to.
    pub last: Option<Reload>,
}

/// When the next reload is due. One runs at a time; what is asked for meanwhile is one more after it, as the running one
/// may have read too early.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    next: Option<(Instant, Trigger)>,
    running: bool,
}

impl Schedule {
    /// A reload is wanted. Who asks is answered at once, what is seen waits for what comes with it.
    pub(super) fn ask(&mut self, now: Instant, trigger: Trigger) {
        let due = match trigger {
            Trigger::Files | Trigger::Store => now + TOGETHER,
            Trigger::Signal | Trigger::Command => now,
        };
        self.next = Some(match self.next {
            Some((earlier, other)) => (earlier.min(due), other.max(trigger)),
            None => (due, trigger),
        });
    }

    /// When [`Self::begin`] is to be called next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.next.filter(|_| !self.running).map(|(due, _)| due)
    }

    /// The reload that begins now, if one does.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Trigger> {
        self.due().filter(|due| *due <= now)?;
        self.running = true;
        self.next.take().map(|(_, trigger)| trigger)
    }

    /// The running one has ended.
    pub(super) fn ended(&mut self) {
        self.running = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn changes_that_come_together_are_one_reload() {
        let (start, mut schedule) = (Instant::now(), Schedule::default());
        schedule.ask(start, Trigger::Files);
        schedule.ask(start + 99 * MS, Trigger::Store);
        assert_eq!(schedule.due(), Some(start + 100 * MS), "the second does not put the first off");
        assert_eq!(schedule.begin(start + 99 * MS), None);
        assert_eq!(schedule.begin(start + 100 * MS), Some(Trigger::Store));
        schedule.ended();
        assert_eq!(schedule.begin(start + 1000 * MS), None);
    }

    #[test]
    fn who_asks_does_not_wait_for_what_is_seen() {
        let (start, mut schedule) = (Instant::now(), Schedule::default());
        schedule.ask(start, Trigger::Files);
        schedule.ask(start + MS, Trigger::Signal);
        assert_eq!(schedule.begin(start + MS), Some(Trigger::Signal));
    }

    #[test]
    fn what_is_asked_for_while_one_runs_is_one_more_after_it() {
        let (start, mut schedule) = (Instant::now(), Schedule::default());
        schedule.ask(start, Trigger::Command);
        assert!(schedule.begin(start).is_some());
        schedule.ask(start + MS, Trigger::Command);
        schedule.ask(start + 2 * MS, Trigger::Files);
        assert_eq!((schedule.due(), schedule.begin(start + 500 * MS)), (None, None));
        schedule.ended();
        assert_eq!(schedule.begin(start + 500 * MS), Some(Trigger::Command));
        schedule.ended();
        assert_eq!(schedule.due(), None);
    }

    #[test]
    fn a_refused_reload_tells_every_problem() {
        let reload = Reload {
            at: Timestamp::UNIX_EPOCH,
            trigger: Trigger::Signal,
            outcome: Outcome::Refused,
            generation: 3,
            difference: Difference::default(),
            problems: vec![
                Problem::new("cert.pem holds no certificate"),
                Problem { advice: Some("chmod 600 key.pem".to_owned()), ..Problem::new("key.pem is exposed") },
            ],
        };
        assert_eq!(
            reload.to_string(),
            "SIGHUP: generation 3 stays in force: cert.pem holds no certificate; key.pem is exposed (chmod 600 key.pem)"
        );
        let json = serde_json::to_string(&reload).unwrap();
        assert_eq!(serde_json::from_str::<Reload>(&json).unwrap(), reload);
    }
}
