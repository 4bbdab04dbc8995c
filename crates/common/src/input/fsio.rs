//! Files written so that a crash, a full disk or a second writer leaves the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The largest file that is read as a certificate, key or request. A chain is a few kilobytes.
pub const MAX_INPUT: u64 = 16 * 1024 * 1024;

/// How much room there is at first for what has no length, such as a pipe.
const FIRST_READ: usize = 16 * 1024;

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
    /// It is larger than what is read: [`MAX_INPUT`], or the bound that was given.
    #[error("reading {path}: larger than {limit} bytes, which is the most that is read of such a file", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound in bytes.
        limit: u64,
    },
    /// It exists and is a device, a pipe or a socket, which a file is never put in the place of.
    #[error("writing {path}: it is no regular file", path = path.display())]
    Special {
        /// The file.
        path: PathBuf,
    },
    /// Two of the files to be written are one.
    #[error("writing {path}: two outputs are this file, and one would be lost", path = path.display())]
    Twice {
        /// The file.
        path: PathBuf,
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
pub fn plain(error: &io::Error) -> String {
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
    read_at_most(path, MAX_INPUT)
}

/// Reads `path` whole under another bound than [`MAX_INPUT`]: CRLs are longer than anything else.
///
/// # Errors
/// It cannot be opened, is a directory, or is larger than `limit` bytes.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(FileError::Directory { path: path.to_owned() });
    }
    read_bounded(file, metadata.len(), path, limit)
}

/// Reads standard input whole, under the same bound.
///
/// # Errors
/// As [`read`], with `-` as the path.
pub fn read_stdin() -> Result<Vec<u8>, FileError> {
    read_bounded(io::stdin().lock(), 0, Path::new("-"), MAX_INPUT)
}

/// Reads to the end. What is read may be a private key, and a vector that grows by itself leaves a copy behind: there
/// is room for the `expected` length from the start, and what was outgrown is wiped.
fn read_bounded(mut reader: impl Read, expected: u64, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    // With one byte more than is expected the end is seen without growing.
    let expected = usize::try_from(expected.min(limit)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected.max(FIRST_READ) + 1));
    loop {
        let room = (bytes.capacity() - bytes.len()) as u64;
        let read = (&mut reader).take(room).read_to_end(&mut bytes);
        let read = read.map_err(|source| FileError::Read { path: path.to_owned(), source })?;
        if bytes.len() as u64 > limit {
            return Err(FileError::TooLarge { path: path.to_owned(), limit });
        }
        if (read as u64) < room {
            return Ok(std::mem::take(&mut *bytes));
        }
        let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 2));
        larger.extend_from_slice(&bytes);
        bytes = larger;
    }
}

/// Checks that `path` can be written under `existing`, before any work is done for it.
///
/// # Errors
/// It exists and is to be kept, or is no regular file. A symbolic link is judged by what it points to.
pub fn check_writable(path: &Path, existing: Existing) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    let kind = match fs::metadata(path) {
        Ok(metadata) => Some(metadata.file_type()),
        Err(source) if source.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(failed(source)),
    };
    match kind {
        Some(kind) if kind.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
        Some(kind) if !kind.is_file() => Err(FileError::Special { path: path.to_owned() }),
        // A link that points nowhere has the name, too.
        _ if existing == Existing::Keep && fs::symlink_metadata(path).is_ok() => {
            Err(FileError::Exists { path: path.to_owned() })
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
/// takes its name, so that a full disk leaves none of them. A symbolic link is itself replaced, and what it points
/// to left as it is.
///
/// # Errors
/// As [`write()`], or two of them are one file. Files that had already taken their name when a later one failed are
/// removed again, but for those that replaced an older one.
pub fn write_all(outputs: &[Output<'_>], existing: Existing) -> Result<(), FileError> {
    for output in outputs {
        check_writable(output.path, existing)?;
    }
    check_distinct(outputs)?;
    let mut staged = Vec::with_capacity(outputs.len());
    for output in outputs {
        staged.push(Staged::write(output)?);
    }
    let mut placed = Placed { paths: Vec::with_capacity(outputs.len()), existing };
    for (output, staged) in outputs.iter().zip(staged) {
        staged.place(output.path, existing)?;
        placed.paths.push(output.path);
    }
    for output in outputs {
        sync_directory(output.path)?;
    }
    placed.paths.clear();
    Ok(())
}

/// By the directory that holds them and the name in it, so that `a` and `./a` are one.
fn check_distinct(outputs: &[Output<'_>]) -> Result<(), FileError> {
    let mut places = Vec::with_capacity(outputs.len());
    for Output { path, .. } in outputs {
        let directory = fs::canonicalize(parent(path));
        let directory = directory.map_err(|source| FileError::Write { path: path.to_path_buf(), source })?;
        let place = (directory, path.file_name());
        if places.contains(&place) {
            return Err(FileError::Twice { path: path.to_path_buf() });
        }
        places.push(place);
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

/// Files that have taken their names, and lose them again unless all goes well.
struct Placed<'a> {
    paths: Vec<&'a Path>,
    existing: Existing,
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        if self.existing == Existing::Keep {
            for path in &self.paths {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// A complete, synced file beside its destination that has not taken its name yet.
struct Staged {
    path: PathBuf,
    done: bool,
}

impl Staged {
    fn write(output: &Output<'_>) -> Result<Self, FileError> {
        let failed = |source| FileError::Write { path: output.path.to_owned(), source };
        if output.path.file_name().is_none() {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        }
        let mode = match output.access {
            Access::Private => 0o600,
            Access::Public => 0o644,
        };
        for attempt in 0..64 {
            // Without the file's own name, which may be as long as a name can be.
            let path = output.path.with_file_name(format!(".latchkey-{}-{attempt}.tmp", std::process::id()));
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
    File::open(parent(path))
        .and_then(|directory| directory.sync_all())
        .map_err(|source| FileError::Write { path: path.to_owned(), source })
}

/// The directory that `path` is in.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
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

    #[test]
    fn two_outputs_that_are_one_file_are_refused_before_anything_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let (plain, dotted) = (directory.path().join("x.pem"), directory.path().join("./x.pem"));
        let outputs = [
            Output { path: &plain, bytes: b"k", access: Access::Private },
            Output { path: &dotted, bytes: b"c", access: Access::Public },
        ];
        for existing in [Existing::Keep, Existing::Replace] {
            assert!(matches!(write_all(&outputs, existing), Err(FileError::Twice { .. })));
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_device_is_replaced_and_of_a_link_only_the_link() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (directory.path().join("link"), directory.path().join("target"));
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        for existing in [Existing::Keep, Existing::Replace] {
            let error = write(&link, b"x", Access::Public, existing).unwrap_err();
            assert!(matches!(error, FileError::Special { .. }), "{error}");
        }
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(write(&link, b"x", Access::Public, Existing::Keep), Err(FileError::Exists { .. })));
        fs::write(&target, b"old").unwrap();
        write(&link, b"new", Access::Public, Existing::Replace).unwrap();
        assert_eq!((fs::read(&link).unwrap(), fs::read(&target).unwrap()), (b"new".to_vec(), b"old".to_vec()));
    }

    #[test]
    fn the_longest_name_can_be_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("n".repeat(255));
        write(&path, b"x", Access::Public, Existing::Keep).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_stream_of_any_length_is_read_whole_up_to_the_bound() {
        let path = Path::new("x");
        for length in [0, 1, FIRST_READ, FIRST_READ + 1, FIRST_READ + 2, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            for expected in [0, length as u64 / 2, length as u64] {
                assert_eq!(read_bounded(&bytes[..], expected, path, MAX_INPUT).unwrap(), bytes);
            }
        }
        let longest = io::repeat(1).take(MAX_INPUT);
        assert_eq!(read_bounded(longest, 0, path, MAX_INPUT).unwrap().len() as u64, MAX_INPUT);
        assert!(matches!(read_bounded(io::repeat(1), u64::MAX, path, MAX_INPUT), Err(FileError::TooLarge { .. })));
    }
}
