//! Names of backends: resolved at the start, and again every 30 s on a thread of their own.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use engine::Target;

use super::backends::{List, Place};
use super::notice::{Notice, Tell};
use super::target::{Backend, is_local};

/// How often names are resolved again.
const EVERY: Duration = Duration::from_secs(30);

/// Whether a plain service may be on another machine, though nothing is encrypted on the way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Remote {
    /// It must be on this machine.
    #[default]
    Refused,
    /// It may be anywhere.
    Allowed,
}

/// Why it is not known where a backend is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Its name has no address.
    #[error("the name of the backend {backend} cannot be resolved: {source}")]
    Name {
        /// The backend, as it was given.
        backend: Backend,
        /// Why.
        source: io::Error,
    },
    /// It is on another machine.
    #[error(
        "the backend {backend}{} is on another machine, and what goes there would not be encrypted",
        at(backend, target)
    )]
    Remote {
        /// The backend, as it was given.
        backend: Backend,
        /// Where it is.
        target: Target,
    },
}

/// The address behind a name, where it was given as one.
fn at(backend: &Backend, target: &Target) -> String {
    match backend {
        Backend::Name { .. } => format!(" ({target})"),
        Backend::Address(_) | Backend::Unix(_) => String::new(),
    }
}

/// Answers with the addresses of a host.
pub(super) type Lookup = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// The system's answer.
pub(super) fn system(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

/// Finds out where backends are.
pub(super) struct Resolver<L = Lookup> {
    backends: Vec<Known>,
    remote: Remote,
    lookup: L,
}

/// A backend, and what was found out about it last.
struct Known {
    backend: Backend,
    targets: Vec<Target>,
    /// The last attempt failed, and that was told.
    told: bool,
}

impl<L: FnMut(&str, u16) -> io::Result<Vec<SocketAddr>>> Resolver<L> {
    /// Finds out where each of `backends` is.
    pub(super) fn new(backends: Vec<Backend>, remote: Remote, mut lookup: L) -> Result<Self, ResolveError> {
        let known = |backend: Backend| {
            let targets = targets(&backend, remote, &mut lookup)?;
            Ok(Known { backend, targets, told: false })
        };
        let backends = backends.into_iter().map(known).collect::<Result<_, ResolveError>>()?;
        Ok(Self { backends, remote, lookup })
    }

    /// Whether there is a name among them.
    fn has_names(&self) -> bool {
        self.backends.iter().any(|known| known.backend.target().is_none())
    }

    /// Where they are, each place once.
    pub(super) fn list(&self) -> List {
        let mut places: Vec<Place> = Vec::new();
        for known in &self.backends {
            let backend: Arc<str> = known.backend.to_string().into();
            for target in &known.targets {
                if !places.iter().any(|place| place.target == *target) {
                    places.push(Place { backend: Arc::clone(&backend), target: target.clone() });
                }
            }
        }
        List { places }
    }

    /// Resolves the names again. Whether anything changed.
    fn again(&mut self, tell: &dyn Fn(&Notice)) -> bool {
        let Self { backends, remote, lookup } = self;
        let mut changed = false;
        for known in backends.iter_mut().filter(|known| known.backend.target().is_none()) {
            match targets(&known.backend, *remote, lookup) {
                Ok(targets) => {
                    known.told = false;
                    if targets != known.targets {
                        known.targets.clone_from(&targets);
                        changed = true;
                        tell(&Notice::Moved { backend: known.backend.clone(), targets });
                    }
                }
                Err(error) if !known.told => {
                    known.told = true;
                    tell(&Notice::Kept(error));
                }
                Err(_) => {}
            }
        }
        changed
    }
}

/// Where `backend` is: in a fixed order, so that a name server that changes its order changes nothing.
fn targets(
    backend: &Backend,
    remote: Remote,
    lookup: &mut impl FnMut(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<Vec<Target>, ResolveError> {
    let targets = match (backend, backend.target()) {
        (_, Some(target)) => vec![target],
        (Backend::Name { host, port }, None) => named(backend, host, *port, lookup)?,
        (Backend::Address(_) | Backend::Unix(_), None) => Vec::new(),
    };
    match targets.iter().find(|target| remote == Remote::Refused && !is_local(target)) {
        Some(target) => Err(ResolveError::Remote { backend: backend.clone(), target: target.clone() }),
        None => Ok(targets),
    }
}

fn named(
    backend: &Backend,
    host: &str,
    port: u16,
    lookup: &mut impl FnMut(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<Vec<Target>, ResolveError> {
    let fail = |source| ResolveError::Name { backend: backend.clone(), source };
    let mut addresses = lookup(host, port).map_err(fail)?;
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.is_empty() {
        return Err(fail(io::Error::new(io::ErrorKind::NotFound, "it has no address")));
    }
    Ok(addresses.into_iter().map(Target::Tcp).collect())
}

/// Resolves the names of `resolver` again and again on a thread, for as long as the result is held.
///
/// # Errors
/// The system gives no thread.
pub(super) fn keep_resolving(
    resolver: Resolver,
    list: Arc<ArcSwap<List>>,
    tell: Tell,
) -> io::Result<Option<Sender<()>>> {
    if !resolver.has_names() {
        return Ok(None);
    }
    let (sender, wishes) = channel();
    thread::Builder::new().name("resolver".into()).spawn(move || resolve(resolver, &list, &tell, &wishes))?;
    Ok(Some(sender))
}

/// Until nobody is left to wish for more.
fn resolve(mut resolver: Resolver, list: &ArcSwap<List>, tell: &Tell, wishes: &Receiver<()>) {
    while let Ok(()) | Err(RecvTimeoutError::Timeout) = wishes.recv_timeout(EVERY) {
        if resolver.again(&**tell) {
            list.store(Arc::new(resolver.list()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::*;

    /// Addresses, and names at port 5.
    fn backends(texts: &[&str]) -> Vec<Backend> {
        let backend = |text: &&str| match text.parse() {
            Ok(address) => Backend::Address(address),
            Err(_) => Backend::Name { host: (*text).to_owned(), port: 5 },
        };
        texts.iter().map(backend).collect()
    }

    /// Gives one answer after the other; an empty one for a failure.
    fn answers(answers: &[&[&str]]) -> impl FnMut(&str, u16) -> io::Result<Vec<SocketAddr>> {
        let mut answers: VecDeque<Vec<String>> =
            answers.iter().map(|answer| answer.iter().map(|&address| address.to_owned()).collect()).collect();
        move |_, port| match answers.pop_front() {
            Some(answer) if !answer.is_empty() => {
                Ok(answer.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
            }
            _ => Err(io::Error::other("no answer")),
        }
    }

    fn places(list: &List) -> Vec<String> {
        list.places.iter().map(|place| format!("{} {}", place.backend, place.target)).collect()
    }

    #[test]
    fn a_name_stands_for_all_its_addresses_and_each_place_is_there_once() {
        let given = backends(&["127.0.0.1:5", "db"]);
        let lookup = answers(&[&["127.0.0.2", "::1", "127.0.0.1", "127.0.0.2"]]);
        let resolver = Resolver::new(given, Remote::Refused, lookup).unwrap();
        let expected = ["127.0.0.1:5 127.0.0.1:5", "db:5 127.0.0.2:5", "db:5 [::1]:5"];
        assert_eq!(places(&resolver.list()), expected);
    }

    #[test]
    fn another_machine_is_refused_unless_it_is_allowed() {
        let refused = |given: &[&str], answer: &[&[&str]]| {
            Resolver::new(backends(given), Remote::Refused, answers(answer)).err().unwrap().to_string()
        };
        assert!(refused(&["192.0.2.1:5"], &[]).starts_with("the backend 192.0.2.1:5 is on another machine"));
        assert!(refused(&["db"], &[&["127.0.0.1", "192.0.2.1"]]).contains("db:5 (192.0.2.1:5) is on another"));
        assert!(refused(&["db"], &[]).contains("cannot be resolved: no answer"));
        assert!(Resolver::new(backends(&["192.0.2.1:5"]), Remote::Allowed, answers(&[])).is_ok());
    }

    #[test]
    fn what_was_known_is_kept_when_a_name_cannot_be_resolved_and_that_is_told_once() {
        let lookup = answers(&[&["127.0.0.1"], &[], &[], &["192.0.2.1"], &["127.0.0.1"], &[], &["127.0.0.3"]]);
        let mut resolver = Resolver::new(backends(&["db", "127.0.0.9:5"]), Remote::Refused, lookup).unwrap();
        let told = RefCell::new(Vec::new());
        let changes: Vec<bool> =
            (0..6).map(|_| resolver.again(&|notice| told.borrow_mut().push(notice.to_string()))).collect();
        assert_eq!(changes, [false, false, false, false, false, true]);
        assert_eq!(places(&resolver.list()), ["db:5 127.0.0.3:5", "127.0.0.9:5 127.0.0.9:5"]);
        let told = told.into_inner();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].ends_with("no answer; the addresses that were known are kept"));
        assert!(told[1].ends_with("kept"), "after it could be resolved a failure is news again");
        assert_eq!(told[2], "the backend db:5 is at 127.0.0.3:5 now");
    }

    #[test]
    fn an_order_that_changes_is_no_change() {
        let lookup = answers(&[&["127.0.0.1", "127.0.0.2"], &["127.0.0.2", "127.0.0.1"]]);
        let mut resolver = Resolver::new(backends(&["db"]), Remote::Refused, lookup).unwrap();
        assert!(!resolver.again(&|notice| panic!("{notice}")));
    }

    #[test]
    fn a_change_reaches_the_list_and_the_thread_ends_with_its_owner() {
        fn lookup(_host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            let on_the_thread = thread::current().name() == Some("resolver");
            Ok(vec![SocketAddr::from(([127, 0, 0, if on_the_thread { 2 } else { 1 }], port))])
        }
        let resolver = Resolver::new(backends(&["db"]), Remote::Refused, lookup as Lookup).unwrap();
        let list = Arc::new(ArcSwap::from_pointee(resolver.list()));
        let (sender, told) = channel();
        let tell: Tell = Arc::new(move |notice| sender.send(notice.to_string()).unwrap());
        let wish = keep_resolving(resolver, Arc::clone(&list), tell).unwrap().unwrap();
        wish.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), "the backend db:5 is at 127.0.0.2:5 now");
        drop(wish);
        assert!(told.recv().is_err(), "the thread is gone, and its sender with it");
        assert_eq!(places(&list.load()), ["db:5 127.0.0.2:5"]);
    }
}
