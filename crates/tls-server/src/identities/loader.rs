//! Chains and keys are read and checked here, on two threads of their own, when they are first asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use common::Clock;
use common::context::Provider;
use pki::bundle;
use pki::verify::Side;

use super::Report;
use super::entry::{Entry, Loaded};
use super::leaf::Leaf;
use super::problem::{Problem, Severity};

/// Threads that load.
pub(super) const THREADS: usize = 2;

/// Identities that wait to be loaded, each of which is there once, however many sessions wait for it.
const QUEUE: usize = 16_384;

/// The pool. Its threads end when it is dropped.
pub(super) struct Loader {
    jobs: SyncSender<Job>,
}

struct Job {
    entry: Arc<Entry>,
    terms: Arc<Terms>,
}

/// What loading depends on beside the identity.
pub(super) struct Terms {
    pub(super) provider: Provider,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) report: Report,
}

impl Loader {
    pub(super) fn start() -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..THREADS {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name(format!("loader-{number}")).spawn(move || work(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Has `entry` loaded. False where too many wait already.
    pub(super) fn queue(&self, entry: &Arc<Entry>, terms: &Arc<Terms>) -> bool {
        self.jobs.try_send(Job { entry: Arc::clone(entry), terms: Arc::clone(terms) }).is_ok()
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is given back before the job is begun.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { entry, terms }) = next else { return };
        let result = attempt(&entry, &terms);
        // What is known is told before anybody acts by it.
        match &result {
            Ok(loaded) => loaded.warnings.iter().for_each(|warning| (terms.report)(warning)),
            Err(problem) => (terms.report)(problem),
        }
        let _ = entry.finish(result, terms.clock.now());
    }
}

/// Loads `entry` here and now, and wakes everybody who waits for it. Reports nothing.
pub(super) fn load<'a>(entry: &'a Entry, terms: &Terms) -> Result<&'a Loaded, Arc<Problem>> {
    entry.finish(attempt(entry, terms), terms.clock.now())
}

fn attempt(entry: &Entry, terms: &Terms) -> Result<Loaded, Arc<Problem>> {
    // Sessions wait for an answer, and there are only so many threads to lose.
    let result = catch_unwind(AssertUnwindSafe(|| read(entry, terms))).unwrap_or_else(|_| {
        let source = entry.material.source();
        let sentence = format!("reading {source} panicked, which is a fault in this program");
        Err(Problem::new(Severity::Error, source, sentence))
    });
    result.map_err(Arc::new)
}

fn read(entry: &Entry, terms: &Terms) -> Result<Loaded, Problem> {
    let source = entry.material.source();
    let identity = entry.material.load(terms.provider)?;
    let findings = bundle::check(identity.name(), identity.chain(), Side::Server, terms.clock.now());
    // The worst comes first.
    if let Some(worst) = findings.first().filter(|finding| finding.severity == Severity::Error) {
        return Err(Problem::finding(source, worst));
    }
    let der = identity.chain().first().map(AsRef::as_ref).unwrap_or_default();
    let leaf = Leaf::read(der).map_err(|error| Problem::error(&source, &error))?;
    if !leaf.serves_as(&entry.leaf) {
        let sentence = format!("{source} has changed and is for other names now, which a reload takes up");
        return Err(Problem::new(Severity::Error, source, sentence));
    }
    let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
    Ok(Loaded {
        certified: identity.certified_key(),
        warnings: warnings.map(|finding| Problem::finding(source.as_str(), finding)).collect(),
        leaf: (leaf != entry.leaf).then(|| Box::new(leaf)),
    })
}
