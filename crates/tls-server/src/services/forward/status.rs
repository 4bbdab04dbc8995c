//! What can be seen of the backends, from any thread.

use std::fmt;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use engine::{DialFault, Target};

/// One backend, over all workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendStatus {
    /// As it was given.
    pub backend: String,
    /// Where it is.
    pub target: Target,
    /// Connections that it has now, those that are being opened included.
    pub connections: usize,
    /// How often it was reached.
    pub reached: u64,
    /// How often it was not.
    pub failed: u64,
    /// Why not, the last time.
    pub last_fault: Option<Fault>,
    /// When that was.
    pub last_failed: Option<SystemTime>,
    /// How many workers leave it alone now, after several failures. Where every one does, it is tried only if no
    /// other backend is left.
    pub resting: usize,
    /// How many workers know it.
    pub workers: usize,
}

/// Why a backend was not reached. A closed set, so that a counter can have one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens there.
    Refused,
    /// There is no way to it.
    Unreachable,
    /// There was no answer in time.
    Deadline,
    /// There is no such socket.
    Absent,
    /// The system does not allow it.
    NotAllowed,
    /// Its queue is full.
    Full,
    /// It broke off.
    Reset,
    /// Something else, which says more about this machine than about the backend.
    Other,
}

impl Fault {
    const ALL: [Self; 8] = [
        Self::Refused,
        Self::Unreachable,
        Self::Deadline,
        Self::Absent,
        Self::NotAllowed,
        Self::Full,
        Self::Reset,
        Self::Other,
    ];

    /// One word, for a counter's label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Deadline => "deadline",
            Self::Absent => "absent",
            Self::NotAllowed => "not_allowed",
            Self::Full => "full",
            Self::Reset => "reset",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "nothing listens there",
            Self::Unreachable => "there is no way to it",
            Self::Deadline => "there was no answer in time",
            Self::Absent => "there is no such socket",
            Self::NotAllowed => "the system does not allow it",
            Self::Full => "its queue is full",
            Self::Reset => "it broke off",
            Self::Other => "this system could not open a connection",
        })
    }
}

impl From<DialFault> for Fault {
    fn from(fault: DialFault) -> Self {
        let DialFault::Io(kind) = fault else { return Self::Deadline };
        match kind {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => Self::Unreachable,
            ErrorKind::TimedOut => Self::Deadline,
            ErrorKind::NotFound => Self::Absent,
            ErrorKind::PermissionDenied => Self::NotAllowed,
            ErrorKind::WouldBlock => Self::Full,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Self::Reset,
            _ => Self::Other,
        }
    }
}

/// Where every worker shows what it knows. Cloned for whoever reads it.
#[derive(Debug, Clone)]
pub(super) struct Board {
    started: Instant,
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[derive(Debug)]
struct Shown {
    backend: Arc<str>,
    target: Target,
    figures: Weak<Figures>,
}

/// One worker's figures of one backend. That worker alone writes them.
#[derive(Debug)]
pub(super) struct Figures {
    started: Instant,
    connections: AtomicUsize,
    reached: AtomicU64,
    failed: AtomicU64,
    /// 0, or an index into [`Fault::ALL`] plus one.
    last_fault: AtomicU8,
    /// In milliseconds from the board's start, as is all time here.
    last_failed: AtomicU64,
    /// 0 where it does not rest.
    rests_until: AtomicU64,
}

impl Board {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), shown: Arc::default() }
    }

    /// A place for a worker's figures. It is taken down when they are dropped.
    pub(super) fn post(&self, backend: &Arc<str>, target: &Target) -> Arc<Figures> {
        let figures = Arc::new(Figures {
            started: self.started,
            connections: AtomicUsize::new(0),
            reached: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_fault: AtomicU8::new(0),
            last_failed: AtomicU64::new(0),
            rests_until: AtomicU64::new(0),
        });
        let mut shown = self.lock();
        shown.retain(|one| one.figures.strong_count() > 0);
        shown.push(Shown { backend: Arc::clone(backend), target: target.clone(), figures: Arc::downgrade(&figures) });
        figures
    }

    /// Every backend that a worker knows, in the order in which they became known.
    pub(super) fn read(&self, now: Instant) -> Vec<BackendStatus> {
        let mut read: Vec<BackendStatus> = Vec::new();
        for one in self.lock().iter() {
            let Some(figures) = one.figures.upgrade() else { continue };
            let known = read.iter().position(|known| *known.backend == *one.backend && known.target == one.target);
            let index = known.unwrap_or_else(|| {
                read.push(BackendStatus::unknown(&one.backend, &one.target));
                read.len() - 1
            });
            read[index].add(&figures, now);
        }
        read
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackendStatus {
    fn unknown(backend: &str, target: &Target) -> Self {
        Self {
            backend: backend.to_owned(),
            target: target.clone(),
            connections: 0,
            reached: 0,
            failed: 0,
            last_fault: None,
            last_failed: None,
            resting: 0,
            workers: 0,
        }
    }

    fn add(&mut self, figures: &Figures, now: Instant) {
        self.connections += figures.connections();
        self.reached += figures.reached.load(Relaxed);
        self.failed += figures.failed.load(Relaxed);
        self.workers += 1;
        self.resting += usize::from(figures.rests_until.load(Relaxed) > figures.millis(now));
        if let Some(fault) = usize::from(figures.last_fault.load(Relaxed)).checked_sub(1) {
            let age = figures.millis(now).saturating_sub(figures.last_failed.load(Relaxed));
            let when = SystemTime::now().checked_sub(Duration::from_millis(age));
            if when > self.last_failed {
                (self.last_failed, self.last_fault) = (when, Fault::ALL.get(fault).copied());
            }
        }
    }
}

impl Figures {
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }

    pub(super) fn begun(&self) {
        self.connections.store(self.connections() + 1, Relaxed);
    }

    pub(super) fn ended(&self) {
        self.connections.store(self.connections().saturating_sub(1), Relaxed);
    }

    pub(super) fn reached(&self) {
        self.reached.store(self.reached.load(Relaxed) + 1, Relaxed);
    }

    pub(super) fn failed(&self, fault: Fault, now: Instant) {
        let index = Fault::ALL.iter().position(|known| *known == fault).unwrap_or(Fault::ALL.len() - 1);
        self.failed.store(self.failed.load(Relaxed) + 1, Relaxed);
        self.last_failed.store(self.millis(now), Relaxed);
        self.last_fault.store(u8::try_from(index + 1).unwrap_or(u8::MAX), Relaxed);
    }

    pub(super) fn rests_until(&self, until: Option<Instant>) {
        self.rests_until.store(until.map_or(0, |until| self.millis(until)), Relaxed);
    }

    fn millis(&self, time: Instant) -> u64 {
        u64::try_from(time.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> (Arc<str>, Target) {
        ("localhost:1".into(), Target::Tcp("127.0.0.1:1".parse().unwrap()))
    }

    #[test]
    fn workers_are_summed_and_those_that_are_gone_leave_nothing() {
        let (name, target) = here();
        let (board, now) = (Board::new(), Instant::now());
        let (one, two) = (board.post(&name, &target), board.post(&name, &target));
        let other = board.post(&"unix:/a".into(), &Target::Unix(std::path::Path::new("/a").into()));
        one.begun();
        one.begun();
        one.ended();
        two.begun();
        two.reached();
        two.rests_until(Some(now + Duration::from_secs(5)));
        let read = board.read(now);
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].connections, read[0].reached, read[0].workers, read[0].resting), (2, 1, 2, 1));
        assert_eq!(board.read(now + Duration::from_secs(6))[0].resting, 0);
        assert_eq!((read[1].workers, read[1].connections), (1, 0));
        drop((one, two));
        assert_eq!(board.read(now).len(), 1);
        drop(other);
        assert!(board.read(now).is_empty());
    }

    #[test]
    fn the_last_fault_is_the_one_that_is_shown() {
        let (name, target) = here();
        let (board, now) = (Board::new(), Instant::now());
        let (one, two) = (board.post(&name, &target), board.post(&name, &target));
        assert_eq!(board.read(now)[0].last_fault, None);
        one.failed(DialFault::Io(ErrorKind::ConnectionRefused).into(), now + Duration::from_secs(2));
        two.failed(DialFault::Deadline.into(), now + Duration::from_secs(1));
        let read = board.read(now + Duration::from_secs(3));
        assert_eq!((read[0].failed, read[0].last_fault), (2, Some(Fault::Refused)));
        assert!(read[0].last_failed.unwrap() < SystemTime::now());
    }

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let mut names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Fault::ALL.len());
    }
}
