//! Where identities are taken from.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::Secret;
use common::context::Identity;
use store::Store;

use super::directory::{self, Found};
use super::material::{Material, Place, unreadable};
use super::problem::Problem;

/// Where identities are. What is named (everything but what is found in a directory or in a whole store) has to be
/// right when it is read; of what is found, something wrong is told, and the rest is served.
#[derive(Debug, Clone)]
pub enum Source {
    /// A chain and its key, each in a file of its own.
    Files {
        /// The chain, leaf first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
        /// What opens it where it is encrypted.
        passphrase: Option<Arc<Secret>>,
    },
    /// A chain and its key in one file.
    Combined {
        /// The file.
        file: PathBuf,
        /// What opens the key where it is encrypted.
        passphrase: Option<Arc<Secret>>,
    },
    /// Everything in a directory and those below it, by the usual names: `NAME.crt` and `NAME.key`, `NAME.pem`,
    /// certbot's `NAME/fullchain.pem` and `NAME/privkey.pem`, and the like.
    Directory {
        /// The directory.
        path: PathBuf,
        /// What opens the keys that are encrypted.
        passphrase: Option<Arc<Secret>>,
    },
    /// One identity of a store.
    Stored {
        /// The store.
        store: Arc<dyn Store>,
        /// The identity's name in it.
        name: String,
    },
    /// Every identity of a store whose key is there.
    Store(Arc<dyn Store>),
    /// One that is in memory: from standard input, or made by the program.
    Given(Identity),
}

/// One that a source has or may have.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) material: Material,
    /// It was asked for by name, so that what is wrong with it is an error.
    pub(super) named: bool,
}

/// What the sources have.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// In the order of the sources, each once.
    pub(super) candidates: Vec<Candidate>,
    pub(super) problems: Vec<Problem>,
    /// A directory or a store could not be read at all, so that what is missing is not known.
    pub(super) failed: bool,
}

impl Gathered {
    pub(super) fn from(sources: &[Source]) -> Self {
        let mut gathered = Self::default();
        sources.iter().for_each(|source| gathered.add(source.clone()));
        gathered.candidates = each_once(gathered.candidates);
        gathered
    }

    fn add(&mut self, source: Source) {
        let material = match source {
            Source::Files { certificate, key, passphrase } => {
                Material::Files { certificate: certificate.into(), key: key.into(), passphrase }
            }
            Source::Combined { file, passphrase } => Material::Combined { file: file.into(), passphrase },
            Source::Stored { store, name } => Material::Stored { store, name: name.into() },
            Source::Given(identity) => Material::Given(identity),
            Source::Directory { path, passphrase } => return self.add_directory(&path, passphrase.as_ref()),
            Source::Store(store) => return self.add_store(&store),
        };
        self.candidates.push(Candidate { material, named: true });
    }

    fn add_directory(&mut self, path: &Path, passphrase: Option<&Arc<Secret>>) {
        let (found, failed) = directory::search(path);
        self.candidates.extend(found.into_iter().map(|found| {
            let passphrase = passphrase.cloned();
            let material = match found {
                Found::Pair(certificate, key) => {
                    Material::Files { certificate: certificate.into(), key: key.into(), passphrase }
                }
                Found::Alone(file) => Material::Combined { file: file.into(), passphrase },
            };
            Candidate { material, named: false }
        }));
        self.failed |= failed.iter().any(|(directory, _)| directory == path);
        self.problems.extend(failed.iter().map(|(path, error)| unreadable(path, error)));
    }

    fn add_store(&mut self, store: &Arc<dyn Store>) {
        match store.identities() {
            Ok(rows) => self.candidates.extend(rows.into_iter().filter(|row| row.key.is_some()).map(|row| Candidate {
                material: Material::Stored { store: Arc::clone(store), name: row.name.into() },
                named: false,
            })),
            Err(error) => {
                self.failed = true;
                self.problems.push(Problem::error(store.location().to_string(), &error));
            }
        }
    }
}

/// A file that is named and lies in a directory that is searched, too, is one.
fn each_once(all: Vec<Candidate>) -> Vec<Candidate> {
    let mut seen: HashSet<Place<'_>> = HashSet::with_capacity(all.len());
    let first: Vec<bool> = all.iter().map(|candidate| seen.insert(candidate.material.place())).collect();
    all.into_iter().zip(first).filter(|(_, first)| *first).map(|(candidate, _)| candidate).collect()
}
