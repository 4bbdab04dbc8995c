//! One table of a configuration, looked up key by key: what is wrong is noted, and what holds is remembered for
//! `config show`.

use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{Key, Table};
use super::problem::{Advice, Fault, Problem, Severity};
use super::raw::{Section, Source};
use super::shown::{ShownTable, ShownValue};
use super::{Origin, Set, document};

/// A table that is looked up.
pub(super) struct Look<'a> {
    source: &'a Source,
    table: &'static Table,
    section: &'a Section,
    pub(super) problems: &'a mut Vec<Problem>,
    pub(super) shown: ShownTable,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        source: &'a Source,
        table: &'static Table,
        section: &'a Section,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self { source, table, section, problems, shown: ShownTable::new(table) }
    }

    /// Whether anything was written for `key`.
    pub(super) fn has(&self, key: &Key) -> bool {
        !self.section.given(key).is_empty()
    }

    /// Where `key` was written; where it was not, the table.
    pub(super) fn origin(&self, key: &Key) -> Origin {
        self.section.given(key).first().map_or(self.section.at, |given| given.origin)
    }

    /// The value of `key`, or nothing where none was written, or what was is wrong.
    pub(super) fn optional<T>(&mut self, key: &'static Key, read: impl Fn(&str) -> Result<T, Fault>) -> Option<Set<T>> {
        let given = self.section.given(key).first()?;
        self.read(key, given, read)
    }

    /// The value of `key`, or its default. Nothing where what was written is wrong.
    pub(super) fn defaulted<T>(
        &mut self,
        key: &'static Key,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<Set<T>> {
        match self.section.given(key).first() {
            Some(given) => self.read(key, given, read),
            None => {
                let default = Set::new(key.default.unwrap_or_default().to_owned(), Origin::Default);
                self.read(key, &default, read)
            }
        }
    }

    /// Every value of `key`, or its default. What is wrong is left out.
    pub(super) fn each<T>(&mut self, key: &'static Key, read: impl Fn(&str) -> Result<T, Fault>) -> Vec<Set<T>> {
        let default: Vec<Set<String>> =
            key.default.iter().map(|&text| Set::new(text.to_owned(), Origin::Default)).collect();
        let given = match self.section.given(key) {
            [] => default.as_slice(),
            given => given,
        };
        given.iter().filter_map(|given| self.read(key, given, &read)).collect()
    }

    /// The path of `key`.
    pub(super) fn path(
        &mut self,
        key: &'static Key,
        look: impl Fn(&Path) -> Result<(), Fault>,
    ) -> Option<Set<PathBuf>> {
        let given = self.section.given(key).first()?;
        self.read_path(key, given, look)
    }

    /// Every path of `key`.
    pub(super) fn paths(&mut self, key: &'static Key, look: impl Fn(&Path) -> Result<(), Fault>) -> Vec<Set<PathBuf>> {
        self.section.given(key).iter().filter_map(|given| self.read_path(key, given, &look)).collect()
    }

    fn read_path(
        &mut self,
        key: &'static Key,
        given: &Set<String>,
        look: impl Fn(&Path) -> Result<(), Fault>,
    ) -> Option<Set<PathBuf>> {
        if given.is_empty() {
            self.report(key, given, Fault::new("this is empty").advise("name a file, or leave it out"));
            return None;
        }
        let path = self.located(given);
        match look(&path) {
            Ok(()) => {
                self.show(key, absolute(&path), given.origin);
                Some(Set::new(path, given.origin))
            }
            Err(fault) => {
                self.report_path(key, given, &path, fault);
                None
            }
        }
    }

    /// A path that is wrong, with where it was looked for.
    pub(super) fn report_path(&mut self, key: &'static Key, given: &Set<String>, path: &Path, fault: Fault) {
        let fault = match (&fault.advice, path == Path::new(&given.value)) {
            (None, false) => fault.advise(format_args!(
                "a relative path begins at the file's directory, which makes this {}",
                path.display()
            )),
            _ => fault,
        };
        self.report(key, given, fault);
    }

    /// Where a path leads: in a file, from its directory.
    pub(super) fn located(&self, given: &Set<String>) -> PathBuf {
        match (given.origin, self.source.base()) {
            (Origin::File { .. }, Some(base)) => base.join(&given.value),
            _ => PathBuf::from(&given.value),
        }
    }

    /// What was written for `key`, as it is.
    pub(super) fn given(&self, key: &Key) -> &'a [Set<String>] {
        self.section.given(key)
    }

    fn read<T>(
        &mut self,
        key: &'static Key,
        given: &Set<String>,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<Set<T>> {
        match read(&given.value) {
            Ok(value) => {
                self.show(key, given.value.clone(), given.origin);
                Some(Set::new(value, given.origin))
            }
            Err(fault) => {
                self.report(key, given, fault);
                None
            }
        }
    }

    /// Remembers what holds.
    pub(super) fn show(&mut self, key: &'static Key, text: String, origin: Origin) {
        self.shown.add(ShownValue { key, text, origin });
    }

    /// A value that is wrong.
    pub(super) fn report(&mut self, key: &'static Key, given: &Set<String>, fault: Fault) {
        self.note(Severity::Error, key, Some(given), given.origin, fault);
    }

    /// A value that works and is not as it should be.
    pub(super) fn warn(&mut self, key: &'static Key, given: &Set<String>, fault: Fault) {
        self.note(Severity::Warning, key, Some(given), given.origin, fault);
    }

    /// A value that is not there and should be.
    pub(super) fn missing(&mut self, key: &'static Key, fault: Fault) {
        self.note(Severity::Error, key, None, self.section.at, fault);
    }

    /// A value that would change nothing, because of what stands elsewhere.
    pub(super) fn without_effect(&mut self, key: &'static Key, because: impl fmt::Display, advice: impl fmt::Display) {
        let Some(given) = self.section.given(key).first() else { return };
        self.report(key, given, Fault::new(format_args!("this has no effect {because}")).advise(advice));
    }

    /// How `key` is written where this configuration came from: `--client-ca`, or `client_ca`.
    pub(super) fn called(&self, key: &Key) -> String {
        match (self.origin(key), self.source, key.flag) {
            (Origin::Flag(flag), ..) => flag.to_owned(),
            (_, Source::Flags, Some(flag)) => flag.to_owned(),
            _ => format!("`{}`", key.name),
        }
    }

    /// `key` with a value, as it is written where this configuration came from.
    pub(super) fn written(&self, key: &Key, value: &str) -> String {
        let as_flag = matches!(self.origin(key), Origin::Flag(_)) || *self.source == Source::Flags;
        match key.flag {
            Some(flag) if as_flag => argument(flag, value),
            _ => format!("{} = {}", key.name, document::quoted(value)),
        }
    }

    fn note(
        &mut self,
        severity: Severity,
        key: &'static Key,
        given: Option<&Set<String>>,
        origin: Origin,
        fault: Fault,
    ) {
        let flagged = matches!(origin, Origin::Flag(_) | Origin::Environment(_));
        let advice = fault.advice.map(|advice| match (advice, origin) {
            (Advice::Say(words), _) => words,
            (Advice::Write(value), Origin::Flag(flag)) => format!("write {}", argument(flag, &value)),
            (Advice::Write(value), Origin::Environment(name)) => format!("write {name}={value}"),
            (Advice::Write(value), _) => format!("write {}", document::quoted(&value)),
        });
        let origin = match (origin, self.source, key.flag) {
            (Origin::Default, Source::Flags, Some(flag)) => Origin::Flag(flag),
            (origin, ..) => origin,
        };
        self.problems.push(Problem {
            severity,
            file: match self.source {
                Source::File(path) if !flagged => Some(path.display().to_string()),
                _ => None,
            },
            origin,
            key: Some(self.table.path(key.name)),
            value: given.map(|given| match origin {
                Origin::File { .. } if key.kind.is_quoted() => document::quoted(&given.value),
                _ => given.value.clone(),
            }),
            problem: fault.problem,
            advice,
        });
    }
}

/// `--listen 127.0.0.1:8443`; an argument without a flag is its value alone.
fn argument(flag: &str, value: &str) -> String {
    if flag.starts_with('-') { format!("{flag} {value}") } else { value.to_owned() }
}

/// A path that reads the same from everywhere.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
