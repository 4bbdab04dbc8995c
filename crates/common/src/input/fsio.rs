//! Files written so that a crash, a full disk or a second writer leaves the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The largest file that is read as a certificate, key or request. A chain is a few kilobytes.
pub const MAX_INPUT: u64 = 16 * 1024 * 1024;

/// What went wrong with a file, and which.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It could not be opened or read.
    #[error("reading {path}: {reason}", path = path.display(), reason = plain(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a directory.
    #[error("reading {path}: it is a directory, not a file", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// It is larger than [`MAX_INPUT`].
    #[error("reading {path}: larger than {limit} bytes, which no certificate, key or request is", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound in bytes.
        limit: u64,
    },
    /// It exists, and nothing is overwritten unless asked.
    #[error("writing {path}: the file exists and was left as it is", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It could not be written.
    #[error("writing {path}: {reason}", path = path.display(), reason = plain(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileError {
    /// Whether the input is at fault rather than the surroundings.
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}

/// `No such file or directory`, without the operating system's number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// 0600: private keys and everything that holds one.
    Private,
    /// 0644, less the umask.
    Public,
}

/// What happens to a file that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing is an error.
    Keep,
    /// It is replaced in one step (`--force`).
    Replace,
}

/// Reads `path` whole.
///
/// # Errors
/// It cannot be opened, is a directory, or is larger than [`MAX_INPUT`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(FileError::Directory { path: path.to_owned() });
    }
    read_bounded(file, path)
}

/// Reads standard input whole, under the same bound.
///
/// # Errors
/// As [`read`], with `-` as the path.
pub fn read_stdin() -> Result<Vec<u8>, FileError> {
    read_bounded(io::stdin().lock(), Path::new("-"))
}

fn read_bounded(reader: impl Read, path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_INPUT + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(FileError::TooLarge { path: path.to_owned(), limit: MAX_INPUT });
    }
    Ok(bytes)
}

/// Checks that `path` can be written under `existing`, before any work is done for it.
///
/// # Errors
/// It exists and is to be kept, or is a directory.
pub fn check_writable(path: &Path, existing: Existing) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            Err(FileError::Write { path: path.to_owned(), source: io::ErrorKind::IsADirectory.into() })
        }
        Ok(_) if existing == Existing::Keep => Err(FileError::Exists { path: path.to_owned() }),
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// One file to be written together with others.
#[derive(Debug)]
pub struct Output<'a> {
    /// Where to.
    pub path: &'a Path,
    /// What.
    pub bytes: &'a [u8],
    /// Who may read it.
    pub access: Access,
}

/// Writes `bytes` to `path` in one step: the file is complete and synced, or as it was before.
///
/// # Errors
/// The file exists and is to be kept, or the system refused.
pub fn write(path: &Path, bytes: &[u8], access: Access, existing: Existing) -> Result<(), FileError> {
    write_all(&[Output { path, bytes, access }], existing)
}

/// Writes several files, such as a key and its certificate: all are complete on disk before the first
/// takes its name, so that a full disk leaves none of them. `-` as a path is standard output and is the
/// caller's.
///
/// # Errors
/// As [`write()`]. Files that had already taken their name when a later one failed are removed again, but
/// for those that replaced an older one.
pub fn write_all(outputs: &[Output<'_>], existing: Existing) -> Result<(), FileError> {
    for output in outputs {
        check_writable(output.path, existing)?;
    }
    let mut staged = Vec::with_capacity(outputs.len());
    for output in outputs {
        staged.push(Staged::write(output)?);
    }
    let mut placed: Vec<&Path> = Vec::with_capacity(outputs.len());
    for (output, staged) in outputs.iter().zip(staged) {
        if let Err(error) = staged.place(output.path, existing) {
            if existing == Existing::Keep {
                for path in placed {
                    let _ = fs::remove_file(path);
                }
            }
            return Err(error);
        }
        placed.push(output.path);
    }
    for output in outputs {
        sync_directory(output.path)?;
    }
    Ok(())
}

/// Makes a directory and those above it that only its owner may enter (0700).
///
/// # Errors
/// The system refused. A directory that is there already is left as it is.
pub fn create_private_directory(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| FileError::Write { path: path.to_owned(), source })
}

/// A complete, synced file beside its destination that has not taken its name yet.
struct Staged {
    path: PathBuf,
    done: bool,
}

impl Staged {
    fn write(output: &Output<'_>) -> Result<Self, FileError> {
        let failed = |source| FileError::Write { path: output.path.to_owned(), source };
        let name = output.path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let mode = match output.access {
            Access::Private => 0o600,
            Access::Public => 0o644,
        };
        for attempt in 0..64 {
            let mut temporary = std::ffi::OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
            let path = output.path.with_file_name(temporary);
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Ok(mut file) => {
                    let staged = Self { path, done: false };
                    file.write_all(output.bytes).and_then(|()| file.sync_all()).map_err(failed)?;
                    return Ok(staged);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    fn place(mut self, path: &Path, existing: Existing) -> Result<(), FileError> {
        let placed = match existing {
            // A link fails where the name is taken, so that of two writers at once one is told.
            Existing::Keep => fs::hard_link(&self.path, path),
            Existing::Replace => fs::rename(&self.path, path).inspect(|()| self.done = true),
        };
        placed.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists { path: path.to_owned() },
            _ => FileError::Write { path: path.to_owned(), source },
        })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn sync_directory(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| FileError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_file_is_0600_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        write(&path, b"secret", Access::Private, Existing::Keep).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_is_kept_and_its_partner_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let (key, cert) = (directory.path().join("key.pem"), directory.path().join("cert.pem"));
        fs::write(&cert, b"old").unwrap();
        let outputs = [
            Output { path: &key, bytes: b"k", access: Access::Private },
            Output { path: &cert, bytes: b"c", access: Access::Public },
        ];
        let error = write_all(&outputs, Existing::Keep).unwrap_err();
        assert!(matches!(error, FileError::Exists { path } if path == cert));
        assert!(!key.exists());
        assert_eq!(fs::read(&cert).unwrap(), b"old");
    }

    #[test]
    fn force_replaces_in_one_step() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cert.pem");
        fs::write(&path, b"old").unwrap();
        write(&path, b"new", Access::Public, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_is_named_as_one() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(read(directory.path()), Err(FileError::Directory { .. })));
    }
}
