//! Where a chain and its key lie, and how they are read: the certificate alone, or all of it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use common::Secret;
use common::context::{Identity, Provider};
use common::input::{Blob, Pieces};
use pki::stored::{self, StoredError};
use rustls::pki_types::CertificateDer;
use store::Store;

use super::problem::{Problem, Severity};
use super::stamp::{FileStamp, Stamp};

/// Where an identity is from.
#[derive(Debug, Clone)]
pub(super) enum Material {
    Files { certificate: Box<Path>, key: Box<Path>, passphrase: Option<Arc<Secret>> },
    Combined { file: Box<Path>, passphrase: Option<Arc<Secret>> },
    Stored { store: Arc<dyn Store>, name: Box<str> },
    Given(Identity),
}

/// What two materials have in common that are one identity, now and earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place<'a> {
    Files(&'a Path, &'a Path),
    Combined(&'a Path),
    Stored(&'a Path, &'a str),
    Given(&'a str),
}

/// The certificates of a material, and whether a key may be with them.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) leaf: Option<CertificateDer<'static>>,
    pub(super) has_key: bool,
}

impl Material {
    pub(super) fn place(&self) -> Place<'_> {
        match self {
            Self::Files { certificate, key, .. } => Place::Files(certificate, key),
            Self::Combined { file, .. } => Place::Combined(file),
            Self::Stored { store, name } => Place::Stored(store.location().path(), name),
            Self::Given(identity) => Place::Given(identity.name()),
        }
    }

    /// What a person knows it by: the certificate's file, or `store:NAME`.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Files { certificate: file, .. } | Self::Combined { file, .. } => file.display().to_string(),
            Self::Stored { name, .. } => format!("store:{name}"),
            Self::Given(identity) => identity.name().to_owned(),
        }
    }

    /// Whether what opened the key once still does.
    pub(super) fn has_passphrase_of(&self, other: &Self) -> bool {
        let bytes = |material: &Self| match material {
            Self::Files { passphrase, .. } | Self::Combined { passphrase, .. } => passphrase.clone(),
            Self::Stored { .. } | Self::Given(_) => None,
        };
        let (own, others) = (bytes(self), bytes(other));
        own.as_ref().map(|secret| secret.expose()) == others.as_ref().map(|secret| secret.expose())
    }

    /// What is there now. To be taken before anything is read, so that a change meanwhile is seen the next time.
    pub(super) fn stamp(&self) -> Result<Stamp, Problem> {
        match self {
            Self::Files { certificate, key, .. } => Ok(Stamp::Files(file_stamp(certificate)?, Some(file_stamp(key)?))),
            Self::Combined { file, .. } => Ok(Stamp::Files(file_stamp(file)?, None)),
            Self::Stored { store, name } => {
                let row = self.row(&**store, name)?;
                Ok(Stamp::of_chain(row.chain.iter().map(Vec::as_slice)))
            }
            Self::Given(identity) => Ok(Stamp::of_chain(identity.chain().iter().map(AsRef::as_ref))),
        }
    }

    /// Reads the certificates and no key, but for a file that holds both.
    pub(super) fn look(&self) -> Result<Look, Problem> {
        match self {
            Self::Files { certificate, passphrase, .. } => {
                let pieces = self.pieces(certificate, passphrase.as_deref())?;
                Ok(Look { leaf: pieces.certificates.into_iter().next(), has_key: true })
            }
            Self::Combined { file, passphrase } => {
                let pieces = self.pieces(file, passphrase.as_deref())?;
                let has_key = !pieces.keys.is_empty();
                Ok(Look { leaf: pieces.certificates.into_iter().next(), has_key })
            }
            Self::Stored { store, name } => {
                let row = self.row(&**store, name)?;
                let has_key = row.key.is_some();
                Ok(Look { leaf: row.chain.into_iter().next().map(CertificateDer::from), has_key })
            }
            Self::Given(identity) => Ok(Look { leaf: identity.chain().first().cloned(), has_key: true }),
        }
    }

    /// Reads chain and key, which belong together.
    pub(super) fn load(&self, provider: Provider) -> Result<Identity, Problem> {
        let identity = match self {
            Self::Files { certificate, key, passphrase } => {
                let (certificate, key) = (self.blob(certificate)?, self.blob(key)?);
                Identity::from_files(&certificate, &key, passphrase.as_deref(), provider)
            }
            Self::Combined { file, passphrase } => {
                Identity::from_combined(&self.blob(file)?, passphrase.as_deref(), provider)
            }
            Self::Stored { store, name } => {
                let identity = stored::identity(&**store, name, provider);
                return identity.map_err(|error| Problem::stored(self.source(), &error));
            }
            Self::Given(identity) => return Ok(identity.clone()),
        };
        identity.map_err(|error| Problem::identity(self.source(), &error))
    }

    fn blob(&self, path: &Path) -> Result<Blob, Problem> {
        Blob::read(path).map_err(|error| Problem::error(self.source(), &error))
    }

    fn pieces(&self, path: &Path, passphrase: Option<&Secret>) -> Result<Pieces, Problem> {
        self.blob(path)?.pieces_with(passphrase).map_err(|error| Problem::error(self.source(), &error))
    }

    fn row(&self, store: &dyn Store, name: &str) -> Result<store::Identity, Problem> {
        let row = store.identity(name).map_err(|error| Problem::stored(self.source(), &error.into()))?;
        row.ok_or_else(|| {
            Problem::stored(self.source(), &StoredError::NoIdentity { name: name.to_owned() })
                .with_mend(Some(format!("`pki store list` shows those it has, `pki cert new {name}` makes one")))
        })
    }
}

fn file_stamp(path: &Path) -> Result<FileStamp, Problem> {
    FileStamp::of(path).map_err(|error| unreadable(path, &error))
}

/// A file or directory that the system does not let us read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let path = path.display().to_string();
    let error = error.to_string();
    let reason = error.find(" (os error").map_or(error.as_str(), |end| &error[..end]);
    let sentence = format!("reading {path}: {reason}");
    Problem::new(Severity::Error, path, sentence)
}
