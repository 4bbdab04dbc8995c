//! One identity: what is known of it without its key, and the key once it is loaded.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustls::sign::CertifiedKey;

use super::Waiter;
use super::leaf::Leaf;
use super::material::Material;
use super::problem::{Problem, Severity};
use super::stamp::Stamp;

/// For so long nobody tries again what could not be loaded. A change on disk makes a new entry at the next reload,
/// which does not wait.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// So many sessions wait for one identity; more are refused.
const MAX_WAITERS: usize = 65_536;

/// One identity.
pub(super) struct Entry {
    pub(super) material: Material,
    /// It was asked for by name.
    pub(super) named: bool,
    pub(super) leaf: Leaf,
    pub(super) stamp: Stamp,
    /// Set once. Read by every handshake, so there is no lock to it.
    loaded: OnceLock<Loaded>,
    /// Touched only while there is nothing in `loaded`, and never held while anything is read.
    state: Mutex<State>,
}

/// Chain and key, checked as one.
pub(super) struct Loaded {
    pub(super) certified: Arc<CertifiedKey>,
    /// Where the certificate was replaced between indexing and loading, what it is now.
    pub(super) leaf: Option<Box<Leaf>>,
    /// What is not as good as it could be.
    pub(super) warnings: Box<[Problem]>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    /// The loader has it, or will.
    Queued(Vec<Waiter>),
    Failed {
        until: Timestamp,
        problem: Arc<Problem>,
    },
}

/// What a session is told that asks for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is there.
    Loaded,
    /// The waiter is called when that has changed.
    Waits,
    /// It could not be loaded a moment ago.
    Failed,
    /// Too many wait already.
    Crowded,
}

/// How far an identity is, for a person.
pub(super) enum Progress {
    NotLoaded,
    Loading,
    Failed(Arc<Problem>),
}

/// What came of an attempt to read one.
pub(super) enum Read {
    Entry(Arc<Entry>),
    /// There is no identity in it. Where it looks like one, this says so.
    Nothing(Option<Problem>),
}

impl Entry {
    /// Reads the certificate that is in `material`; of `stamp` it is known that it was taken before.
    pub(super) fn read(material: Material, named: bool, stamp: Stamp) -> Result<Read, Problem> {
        let (source, look) = (material.source(), material.look()?);
        let Some(der) = look.leaf else {
            let sentence = format!("{source} holds no certificate");
            return if named { Err(Problem::new(Severity::Error, source, sentence)) } else { Ok(Read::Nothing(None)) };
        };
        if !look.has_key && !named {
            let sentence = format!("{source} is not served: there is no private key in it or beside it");
            return Ok(Read::Nothing(Some(Problem::new(Severity::Note, source, sentence))));
        }
        let leaf = Leaf::read(&der).map_err(|error| {
            let sentence = format!("the first certificate in {source} is broken: {error}");
            Problem::new(Severity::Error, source, sentence)
        })?;
        let (loaded, state) = (OnceLock::new(), Mutex::default());
        Ok(Read::Entry(Arc::new(Self { material, named, leaf, stamp, loaded, state })))
    }

    /// Chain and key, if they are there.
    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.loaded.get()
    }

    /// The certificate that clients are shown.
    pub(super) fn shown(&self) -> &Leaf {
        self.loaded().and_then(|loaded| loaded.leaf.as_deref()).unwrap_or(&self.leaf)
    }

    /// Asks for the identity: `queue` is called where it has to be loaded and is not going to be yet, and says
    /// whether there was room.
    pub(super) fn ask(&self, now: Timestamp, waiter: &dyn Fn() -> Waiter, queue: impl FnOnce() -> bool) -> Asked {
        if self.loaded().is_some() {
            return Asked::Loaded;
        }
        let mut state = self.state();
        // It may have come while we waited for the lock.
        if self.loaded().is_some() {
            return Asked::Loaded;
        }
        match &mut *state {
            State::Queued(waiters) if waiters.len() < MAX_WAITERS => {
                waiters.push(waiter());
                Asked::Waits
            }
            State::Queued(_) => Asked::Crowded,
            State::Failed { until, .. } if now < *until => Asked::Failed,
            State::Failed { .. } | State::Idle => {
                if !queue() {
                    return Asked::Crowded;
                }
                *state = State::Queued(vec![waiter()]);
                Asked::Waits
            }
        }
    }

    /// Keeps what came of loading it, and wakes whoever waits.
    pub(super) fn finish(&self, result: Result<Loaded, Arc<Problem>>, now: Timestamp) -> Result<&Loaded, Arc<Problem>> {
        let mut state = self.state();
        let (next, result) = match result {
            // Of two that loaded it at once either is as good.
            Ok(loaded) => (State::Idle, Ok(self.loaded.get_or_init(|| loaded))),
            Err(problem) => {
                let until = now.saturating_add(RETRY_AFTER).unwrap_or(now);
                (State::Failed { until, problem: Arc::clone(&problem) }, Err(problem))
            }
        };
        let before = std::mem::replace(&mut *state, next);
        drop(state);
        if let State::Queued(waiters) = before {
            waiters.into_iter().for_each(|wake| wake());
        }
        result
    }

    /// How far it is while it is not loaded.
    pub(super) fn progress(&self) -> Progress {
        match &*self.state() {
            State::Idle => Progress::NotLoaded,
            State::Queued(_) => Progress::Loading,
            State::Failed { problem, .. } => Progress::Failed(Arc::clone(problem)),
        }
    }

    /// `good.example (certs/good.pem)`.
    pub(super) fn title(&self) -> String {
        format!("{} ({})", self.leaf.label(), self.material.source())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in there is ever half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
