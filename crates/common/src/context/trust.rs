//! Whom to believe: trust anchors, each with where it came from.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;

use crate::input::fsio::FileError;
use crate::input::{Blob, InputError};

/// Where an anchor came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, by its name.
    File(String),
    /// A hashed directory.
    Directory(String),
    /// Bytes that a program gave.
    Bytes,
    /// The system's roots.
    System,
    /// A CA of the store, by its name.
    Store(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) => write!(f, "the file {name}"),
            Self::Directory(name) => write!(f, "the directory {name}"),
            Self::Bytes => f.write_str("the bytes given"),
            Self::System => f.write_str("the system's roots"),
            Self::Store(name) => write!(f, "the store's CA `{name}`"),
        }
    }
}

/// A certificate that is believed without asking further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// Where it came from.
    pub origin: Origin,
}

/// The anchors. Every source that is added must bring one at least.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    anchors: Vec<Anchor>,
}

/// Why a source of anchors cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file or its content.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The directory cannot be read.
    #[error("reading the directory {path}: {source}", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory has no hashed names, so OpenSSL and Python would find nothing in it.
    #[error("the directory {path} holds no file with a hashed name such as 5a4d6fc8.0, so it trusts nobody", path = path.display())]
    Unhashed {
        /// The directory.
        path: PathBuf,
    },
    /// The system has no roots.
    #[error("the system's root certificates cannot be had: {reason}")]
    System {
        /// What was tried, and what the system said.
        reason: String,
    },
}

impl From<FileError> for TrustError {
    fn from(error: FileError) -> Self {
        Self::Input(error.into())
    }
}

impl Trust {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that is believed, in the order it was added.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Whether nobody is believed.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// One more anchor. One that is there already keeps its first origin.
    pub fn add(&mut self, anchor: Anchor) {
        if !self.anchors.iter().any(|known| known.der == anchor.der) {
            self.anchors.push(anchor);
        }
    }

    /// Python's `cafile`: every certificate of a PEM or DER file.
    ///
    /// # Errors
    /// There is no certificate in it.
    pub fn add_file(&mut self, file: &Blob) -> Result<(), TrustError> {
        self.add_blob(file, &Origin::File(file.name.clone()))
    }

    /// Python's `cadata`: certificates as PEM or DER.
    ///
    /// # Errors
    /// There is no certificate in it.
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<(), TrustError> {
        self.add_blob(&Blob::new("the bytes given", bytes.to_vec()), &Origin::Bytes)
    }

    /// Python's `capath`: a directory as `openssl rehash` makes it. All of its hashed files are read now.
    ///
    /// # Errors
    /// It cannot be read, or has no hashed file.
    pub fn add_directory(&mut self, path: &Path) -> Result<(), TrustError> {
        let failed = |source| TrustError::Directory { path: path.to_owned(), source };
        let mut hashed = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if is_hashed(&entry.file_name().to_string_lossy()) {
                hashed.push(entry.path());
            }
        }
        if hashed.is_empty() {
            return Err(TrustError::Unhashed { path: path.to_owned() });
        }
        hashed.sort();
        let origin = Origin::Directory(path.display().to_string());
        hashed.iter().try_for_each(|file| self.add_blob(&Blob::read(file)?, &origin))
    }

    /// The system's roots: `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set, else the distribution's.
    ///
    /// # Errors
    /// There is none to be had.
    pub fn add_system(&mut self) -> Result<(), TrustError> {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            let reasons: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
            let reason = if reasons.is_empty() { "none is installed".to_owned() } else { reasons.join("; ") };
            return Err(TrustError::System { reason });
        }
        for der in found.certs {
            self.add(Anchor { der, origin: Origin::System });
        }
        Ok(())
    }

    fn add_blob(&mut self, blob: &Blob, origin: &Origin) -> Result<(), TrustError> {
        for der in blob.pieces()?.require_certificates()? {
            self.add(Anchor { der, origin: origin.clone() });
        }
        Ok(())
    }
}

/// `5a4d6fc8.0`: eight hexadecimal digits, a dot, a number. A CRL's `.r0` is none.
fn is_hashed(name: &str) -> bool {
    let Some((hash, number)) = name.split_once('.') else { return false };
    hash.len() == 8
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unhashed_directory_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), "").unwrap();
        let error = Trust::new().add_directory(directory.path()).unwrap_err();
        assert!(matches!(error, TrustError::Unhashed { .. }), "{error}");
    }

    #[test]
    fn an_empty_file_trusts_nobody_and_says_so() {
        let error = Trust::new().add_file(&Blob::new("ca.pem", b"\n".to_vec())).unwrap_err();
        assert_eq!(error.to_string(), "ca.pem is empty");
    }

    #[test]
    fn hashed_names_are_told_from_others() {
        assert!(is_hashed("5a4d6fc8.0"));
        for other in ["5a4d6fc8.r0", "ca.pem", "5a4d6fc8", "5a4d6fc8.", "5a4d6fcg.0"] {
            assert!(!is_hashed(other), "{other}");
        }
    }
}
