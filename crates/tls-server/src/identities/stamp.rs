//! What was on disk when an identity was read, so that a reload reads what has changed and nothing else.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use pki::certificate::fingerprint::fingerprint;

/// What a chain and a key are known by without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stamp {
    /// One file, or two.
    Files(FileStamp, Option<FileStamp>),
    /// SHA-256 over the chain of what lies in no file.
    Digest(Box<str>),
}

/// What no writer can leave as it was: the inode's number is another after a rename, and its change time cannot be
/// set back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileStamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    /// Of what a symbolic link points to.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl Stamp {
    pub(super) fn of_chain<'a>(chain: impl Iterator<Item = &'a [u8]>) -> Self {
        let each: Vec<String> = chain.map(fingerprint).collect();
        Self::Digest(fingerprint(each.concat().as_bytes()).into())
    }
}
