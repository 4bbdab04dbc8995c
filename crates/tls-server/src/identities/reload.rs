//! From one generation to the next: what is the same on disk is kept, and what was served and is broken now stays.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use common::context::Policy;
use rustls::SupportedCipherSuite;

use super::entry::{Entry, Loaded, Progress, Read};
use super::index::Index;
use super::leaf::Leaf;
use super::loader::{self, Loader, THREADS, Terms};
use super::material::Place;
use super::problem::{Problem, Refused, Severity};
use super::source::{Candidate, Gathered, Source};
use super::{Identities, Options, Unknown};

/// How the next generation differs from the one before. Identities are named `good.example (certs/good.pem)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Those that are new.
    pub added: Vec<String>,
    /// Those whose files, or whose row in the store, are not what they were.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// How many are as they were.
    pub kept: usize,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Difference {
    /// Whether nothing was added, changed or removed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Makes a generation, after `previous` if there is one.
pub(super) fn build(
    previous: Option<&Identities>,
    sources: &[Source],
    options: &Options,
) -> Result<(Identities, Difference), Refused> {
    let gathered = Gathered::from(sources);
    let loader = match previous {
        Some(previous) => Arc::clone(&previous.loader),
        None => Arc::new(Loader::start().map_err(|error| cannot_start(&error))?),
    };
    let mut build = Build {
        known: known(previous, options),
        terms: Arc::new(Terms {
            provider: options.policy.provider,
            clock: Arc::clone(&options.clock),
            report: Arc::clone(&options.report),
        }),
        problems: gathered.problems,
        failed: gathered.failed,
    };
    let entries = build.read(gathered.candidates);
    let entries = build.check(entries);
    if entries.is_empty() {
        build.refuse("there is no certificate to show to anybody");
    }
    let leaves: Vec<&Leaf> = entries.iter().map(|entry| &entry.leaf).collect();
    let index = Index::build(&leaves);
    let fallback = build.fallback(&entries, &index, options);
    if build.failed {
        return Err(Refused { problems: build.problems });
    }
    build.problems.extend(out_of_reach(&entries, &fallback));
    let difference = Difference { problems: build.problems, ..difference(previous, &entries) };
    let suites = suites(&options.policy);
    let identities =
        Identities { entries, index, fallback, unknown: options.unknown, suites, terms: build.terms, loader };
    Ok((identities, difference))
}

/// A generation in the making.
struct Build<'a> {
    known: HashMap<Place<'a>, &'a Arc<Entry>>,
    terms: Arc<Terms>,
    problems: Vec<Problem>,
    /// Something is wrong with what was asked for by name.
    failed: bool,
}

/// The entries of the generation before; none where its keys belong to another provider.
fn known<'a>(previous: Option<&'a Identities>, options: &Options) -> HashMap<Place<'a>, &'a Arc<Entry>> {
    let usable = previous.filter(|previous| previous.terms.provider == options.policy.provider);
    let entries = usable.map(|previous| previous.entries.as_slice()).unwrap_or_default();
    entries.iter().map(|entry| (entry.material.place(), entry)).collect()
}

impl<'a> Build<'a> {
    /// Reads the certificate of each candidate that is not known to be as it was.
    fn read(&mut self, candidates: Vec<Candidate>) -> Vec<Arc<Entry>> {
        let read = in_parallel(candidates, |candidate| {
            let earlier = self.earlier(&candidate.material.place());
            let (stand_in, named) = (earlier.cloned(), candidate.named);
            read(candidate, earlier).map_err(|problem| (stand_in, named, problem))
        });
        let mut entries = Vec::with_capacity(read.len());
        for result in read {
            match result {
                Ok((entry, note)) => {
                    entries.extend(entry);
                    self.problems.extend(note);
                }
                Err((earlier, named, problem)) => entries.extend(self.stand_in(earlier, named, problem)),
            }
        }
        entries
    }

    /// Loads what was named and what was in use before it changed.
    fn check(&mut self, entries: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
        let checked = in_parallel(entries, |entry| {
            let earlier = self.earlier(&entry.material.place()).filter(|earlier| earlier.loaded().is_some());
            let due = entry.loaded().is_none() && (entry.named || earlier.is_some());
            let result = due.then(|| warnings(loader::load(&entry, &self.terms)));
            let earlier = earlier.cloned();
            (entry, earlier, result)
        });
        let mut usable = Vec::with_capacity(checked.len());
        for (entry, earlier, result) in checked {
            match result {
                Some(Err(problem)) => usable.extend(self.stand_in(earlier, entry.named, problem)),
                loaded => {
                    self.problems.extend(loaded.and_then(Result::ok).into_iter().flatten());
                    usable.push(entry);
                }
            }
        }
        usable
    }

    /// Something is wrong with an identity: what is served in its place, if anything.
    fn stand_in(&mut self, earlier: Option<Arc<Entry>>, named: bool, problem: Problem) -> Option<Arc<Entry>> {
        self.problems.push(problem);
        self.failed |= named;
        earlier.filter(|earlier| earlier.loaded().is_some())
    }

    /// The entries that are shown by default, of which one at least is loaded.
    fn fallback(&mut self, entries: &[Arc<Entry>], index: &Index, options: &Options) -> Box<[u32]> {
        match (options.unknown, &options.default_name) {
            (Unknown::Refuse, _) => Box::new([]),
            (Unknown::Default, Some(name)) => {
                let Some(found) = index.find(name) else {
                    self.refuse(&format!("there is no certificate for `{name}`, which is to be shown by default"));
                    return Box::new([]);
                };
                self.first_that_loads(entries, found.iter().copied());
                found.into()
            }
            (Unknown::Default, None) => {
                let numbers = (0..).zip(entries).map(|(number, _)| number);
                let Some((number, entry)) = self.first_that_loads(entries, numbers) else { return Box::new([]) };
                index.beside(&entry.leaf).map_or_else(|| Box::from([number]), Box::from)
            }
        }
    }

    /// Those before it are told of. It is an error where there is none.
    fn first_that_loads<'e>(
        &mut self,
        entries: &'e [Arc<Entry>],
        numbers: impl Iterator<Item = u32>,
    ) -> Option<(u32, &'e Arc<Entry>)> {
        for number in numbers {
            let Some(entry) = entries.get(number as usize) else { continue };
            if entry.loaded().is_some() {
                return Some((number, entry));
            }
            match warnings(loader::load(entry, &self.terms)) {
                Ok(warnings) => {
                    self.problems.extend(warnings);
                    return Some((number, entry));
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        self.failed = true;
        None
    }

    fn refuse(&mut self, sentence: &str) {
        self.failed = true;
        self.problems.push(Problem::new(Severity::Error, "", sentence));
    }

    fn earlier(&self, place: &Place<'_>) -> Option<&'a Arc<Entry>> {
        self.known.get(place).copied()
    }
}

/// What there is to say of an identity that was loaded, or could not be.
fn warnings(result: Result<&Loaded, Arc<Problem>>) -> Result<Vec<Problem>, Problem> {
    result.map(|loaded| loaded.warnings.to_vec()).map_err(Arc::unwrap_or_clone)
}

/// The entry of a candidate, which is the earlier one where nothing has changed; or none, and perhaps why.
fn read(candidate: Candidate, earlier: Option<&Arc<Entry>>) -> Result<(Option<Arc<Entry>>, Option<Problem>), Problem> {
    let stamp = candidate.material.stamp()?;
    if let Some(earlier) = earlier.filter(|earlier| is_same(earlier, &candidate) && earlier.stamp == stamp) {
        return Ok((Some(Arc::clone(earlier)), None));
    }
    Ok(match Entry::read(candidate.material, candidate.named, stamp)? {
        Read::Entry(entry) => (Some(entry), None),
        Read::Nothing(note) => (None, note),
    })
}

/// Whether the earlier entry will do as long as its files are the same. What failed is tried again, as the reason
/// may lie elsewhere.
fn is_same(earlier: &Entry, candidate: &Candidate) -> bool {
    earlier.named == candidate.named
        && earlier.material.has_passphrase_of(&candidate.material)
        && !matches!(earlier.progress(), Progress::Failed(_))
}

/// Those that no client is shown.
fn out_of_reach(entries: &[Arc<Entry>], fallback: &[u32]) -> Vec<Problem> {
    let unreachable = |(number, entry): &(u32, &Arc<Entry>)| entry.leaf.dns.is_empty() && !fallback.contains(number);
    let note = |(_, entry): (u32, &Arc<Entry>)| {
        let source = entry.material.source();
        let sentence = format!("the certificate in {source} has no DNS name, so that no client is shown it");
        Problem::new(Severity::Note, source, sentence)
    };
    (0..).zip(entries).filter(unreachable).map(note).collect()
}

fn difference(previous: Option<&Identities>, entries: &[Arc<Entry>]) -> Difference {
    let before = previous.map(|previous| previous.entries.as_slice()).unwrap_or_default();
    let mut gone: HashMap<Place<'_>, &Arc<Entry>> =
        before.iter().map(|entry| (entry.material.place(), entry)).collect();
    let mut difference = Difference::default();
    for entry in entries {
        match gone.remove(&entry.material.place()) {
            None => difference.added.push(entry.title()),
            Some(earlier) if earlier.stamp != entry.stamp => difference.changed.push(entry.title()),
            Some(_) => difference.kept += 1,
        }
    }
    difference.removed = gone.into_values().map(|entry| entry.title()).collect();
    difference.removed.sort_unstable();
    difference
}

/// Those of the versions that the server has: another's say nothing about what a client can verify.
fn suites(policy: &Policy) -> Vec<SupportedCipherSuite> {
    let all = policy.crypto().cipher_suites.clone();
    all.into_iter().filter(|suite| policy.versions.contains(suite.version().version)).collect()
}

fn cannot_start(error: &std::io::Error) -> Refused {
    let problem = Problem::new(Severity::Error, "", format!("starting the threads that load certificates: {error}"));
    Refused { problems: vec![problem] }
}

/// What `work` makes of each item, in their order.
fn in_parallel<T: Send, R: Send>(mut items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let second = items.split_off(items.len().div_ceil(THREADS));
    thread::scope(|scope| {
        let second = scope.spawn(|| second.into_iter().map(&work).collect::<Vec<R>>());
        let first = items.into_iter().map(&work);
        let mut done: Vec<R> = first.collect();
        done.extend(second.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done
    })
}
