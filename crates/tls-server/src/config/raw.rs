//! A configuration as it was written, in the file or as flags, before it is checked.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::keys::{self, Key};
use super::{Origin, Set};

/// What the configuration was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The command line alone.
    Flags,
    /// A file, and flags for the process.
    File(PathBuf),
}

impl Source {
    /// What a relative path in the file is relative to.
    pub(super) fn base(&self) -> Option<&Path> {
        match self {
            Self::Flags => None,
            Self::File(path) => path.parent(),
        }
    }
}

/// Everything that was written.
#[derive(Debug, Clone)]
pub struct Raw {
    /// Where.
    pub source: Source,
    /// [`keys::PROCESS`]
    pub process: Section,
    /// [`keys::LIMITS`]
    pub limits: Section,
    /// [`keys::ADMIN`]
    pub admin: Section,
    /// [`keys::LOG`]
    pub log: Section,
    /// [`keys::LISTENER`], each of them
    pub listeners: Vec<Section>,
}

impl Raw {
    /// Nothing written, and no listener.
    pub fn new(source: Source) -> Self {
        let section = Section::default;
        Self { source, process: section(), limits: section(), admin: section(), log: section(), listeners: Vec::new() }
    }

    /// Takes what the environment says: it overrides the file, and flags override it. A variable that is empty counts
    /// as absent.
    pub fn take_environment(&mut self, variable: impl Fn(&str) -> Option<OsString>) {
        const STORE: &str = "LATCHKEY_STORE";
        if let Some(value) = variable(STORE).filter(|value| !value.is_empty()) {
            self.process.replace(&keys::STORE, value.to_string_lossy(), Origin::Environment(STORE));
        }
    }
}

/// The keys of one table that were written.
#[derive(Debug, Clone)]
pub struct Section {
    /// Where the table begins.
    pub at: Origin,
    values: BTreeMap<&'static str, Vec<Set<String>>>,
}

impl Default for Section {
    fn default() -> Self {
        Self { at: Origin::Default, values: BTreeMap::new() }
    }
}

impl Section {
    /// A table that begins there and says nothing.
    pub fn at(origin: Origin) -> Self {
        Self { at: origin, ..Self::default() }
    }

    /// Adds a value to those of `key`.
    pub fn add(&mut self, key: &'static Key, text: impl Into<String>, origin: Origin) {
        self.values.entry(key.name).or_default().push(Set::new(text.into(), origin));
    }

    /// Sets `key` to one value, whatever was written before.
    pub fn replace(&mut self, key: &'static Key, text: impl Into<String>, origin: Origin) {
        self.values.insert(key.name, vec![Set::new(text.into(), origin)]);
    }

    /// Sets `key` to what its flag says, where the flag was given.
    pub fn flag<T: Into<String>>(&mut self, key: &'static Key, given: impl IntoIterator<Item = T>) {
        let origin = Origin::Flag(key.flag.unwrap_or(key.name));
        let values: Vec<Set<String>> = given.into_iter().map(|text| Set::new(text.into(), origin)).collect();
        if !values.is_empty() {
            self.values.insert(key.name, values);
        }
    }

    /// Where each value was written.
    pub fn origins(&self) -> impl Iterator<Item = Origin> {
        self.values.values().flatten().map(|value| value.origin)
    }

    /// What was written for `key`.
    pub(super) fn given(&self, key: &Key) -> &[Set<String>] {
        self.values.get(key.name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether anything was written.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
