//! From what was written to what can be used, with everything that is wrong at once.

mod between;
mod clients;
mod identity;
mod listener;
mod policy;
mod process;
mod service;

use store::Location;

use super::keys;
use super::look::Look;
use super::problem::{self, Fault, Problem, Problems, Severity};
use super::raw::{Raw, Section};
use super::shown::Shown;
use super::{Checked, Origin, Set};

/// Checks what was written.
///
/// # Errors
/// Everything that is wrong with it, and what is to be warned of.
pub fn check(raw: &Raw) -> Result<Checked, Problems> {
    check_after(raw, Vec::new())
}

/// The same, with what was wrong before.
pub(super) fn check_after(raw: &Raw, mut problems: Vec<Problem>) -> Result<Checked, Problems> {
    let checked = all(raw, &mut problems);
    problem::sort(&mut problems);
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    match checked {
        Some(checked) if !wrong => Ok(Checked { warnings: problems, ..checked }),
        _ => Err(Problems(problems)),
    }
}

/// Nothing where a problem was noted that leaves no value.
fn all(raw: &Raw, problems: &mut Vec<Problem>) -> Option<Checked> {
    let mut shown = Shown::default();
    let mut process = Look::new(&raw.source, &keys::PROCESS, &raw.process, problems);
    let instance = process.optional(&keys::INSTANCE, super::values::instance);
    let workers = process.optional(&keys::WORKERS, super::values::count);
    let store = store(&mut process, raw);
    shown.tables.push(process.shown);

    let limits = process::limits(&raw.source, &raw.limits, problems, &mut shown);
    let admin = process::admin(&raw.source, &raw.admin, problems, &mut shown);
    let log = process::log(&raw.source, &raw.log, problems, &mut shown);

    let mut listeners = Vec::new();
    for section in &raw.listeners {
        let look = Look::new(&raw.source, &keys::LISTENER, section, problems);
        listeners.push(listener::check(look, limits.as_ref(), &mut shown));
    }
    if raw.listeners.is_empty() {
        no_listener(raw, problems);
    }
    between::names(&raw.listeners, &raw.source, problems);
    between::addresses(&raw.listeners, admin.as_ref().and_then(Option::as_ref), &raw.source, problems);
    let wrong = listeners.iter().any(Option::is_none);
    let mut listeners: Vec<_> = listeners.into_iter().flatten().collect();
    if wrong || listeners.is_empty() {
        return None;
    }
    between::name(&mut listeners, &mut shown);
    Some(Checked {
        source: raw.source.clone(),
        listeners,
        instance,
        store: store?,
        workers,
        limits: limits?.limits,
        admin: admin?,
        log: log?,
        warnings: Vec::new(),
        shown,
    })
}

/// The store, where a listener takes an identity from it. `None` within: no listener does.
fn store(process: &mut Look<'_>, raw: &Raw) -> Option<Option<Set<Location>>> {
    let used = raw.listeners.iter().any(uses_store);
    let given = process.given(&keys::STORE).first();
    match given {
        Some(given) if !used => {
            // A variable is for every program of the machine.
            if !matches!(given.origin, Origin::Environment(_)) {
                process.without_effect(
                    &keys::STORE,
                    "where every certificate comes from files",
                    "leave it out, or name an identity of the store",
                );
            }
            Some(None)
        }
        None if !used => Some(None),
        Some(given) => {
            let is_url = given.contains("://");
            let located =
                if is_url { given.value.clone() } else { process.located(given).to_string_lossy().into_owned() };
            let location =
                if given.is_empty() { Location::resolve(Some("")) } else { Location::resolve(Some(&located)) };
            match location {
                Ok(location) => {
                    process.show(&keys::STORE, super::look::absolute(location.path()), given.origin);
                    Some(Some(Set::new(location, given.origin)))
                }
                Err(error) => {
                    // A URL may hold a password, which is not repeated.
                    let told = if is_url { Set::new("…".to_owned(), given.origin) } else { given.clone() };
                    process.report(&keys::STORE, &told, Fault::new(error).advise("name a directory"));
                    None
                }
            }
        }
        None => match Location::resolve(None) {
            Ok(location) => {
                process.show(&keys::STORE, super::look::absolute(location.path()), Origin::Default);
                Some(Some(Set::new(location, Origin::Default)))
            }
            Err(error) => {
                process.missing(&keys::STORE, Fault::new(error).advise("name the store's directory"));
                None
            }
        },
    }
}

/// Whether an identity of this listener comes from the store.
fn uses_store(listener: &Section) -> bool {
    let given = |key| !listener.given(key).is_empty();
    let from_store = listener.given(&keys::PEM).iter().any(|given| given.starts_with("store:"));
    let from_files = given(&keys::CERT) || given(&keys::KEY) || given(&keys::PEM) || given(&keys::CERTS);
    given(&keys::STORE_NAMES) || from_store || !from_files
}

fn no_listener(raw: &Raw, problems: &mut Vec<Problem>) {
    let file = match &raw.source {
        super::raw::Source::Flags => None,
        super::raw::Source::File(path) => Some(path.display().to_string()),
    };
    problems.push(Problem {
        severity: Severity::Error,
        file,
        origin: Origin::Default,
        key: Some(keys::LISTENER.name.to_owned()),
        value: None,
        problem: "there is no listener".to_owned(),
        advice: Some("write [[listener]], and below it what it serves: service = \"hello\"".to_owned()),
    });
}
