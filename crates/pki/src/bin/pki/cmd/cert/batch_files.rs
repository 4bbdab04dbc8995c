//! The directory that a batch writes into: a certificate, and a key where one was made, for each row.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use common::input::fsio::FileError;
use common::terminal::CliError;
use pki::authority::Issuer;
use pki::batch::{Ask, Row};
use pki::convert::pem;
use pki::key::PrivateKey;
use rustix::fs::{FlockOperation, flock, syncfs};
use store::BatchRow;

use crate::error::OrExplain;

/// What a file is called until it is complete.
const UNFINISHED: &str = ".latchkey-batch.tmp";

/// The directory, which one batch at a time writes into.
pub(super) struct Directory {
    path: PathBuf,
    handle: File,
    force: bool,
}

impl Directory {
    /// Makes it where it is missing, and takes it for this process alone.
    pub(super) fn open(path: &Path, force: bool) -> Result<Self, CliError> {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let handle = File::open(path).map_err(failed)?;
        if flock(&handle, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(CliError::usage(format_args!("another batch is writing into {}", path.display()))
                .advise("wait for it, or name another directory with --out-dir"));
        }
        // What a batch that was killed had begun.
        match fs::remove_file(path.join(UNFINISHED)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(failed(source).into()),
            _ => {}
        }
        Ok(Self { path: path.to_owned(), handle, force })
    }

    /// Refuses rows whose files are there already.
    pub(super) fn refuse_existing(&self, open: &[(usize, Row)], before: &[(Row, BatchRow)]) -> Result<(), CliError> {
        let ours: std::collections::BTreeSet<&str> = before.iter().map(|(row, _)| row.file.as_str()).collect();
        for (_, row) in open {
            if ours.contains(row.file.as_str()) {
                return Err(CliError::usage(format_args!(
                    "{}: `{}.pem` is the file of a row that was done before",
                    row.place, row.file
                ))
                .advise("give the row another name in the column `out`"));
            }
            for path in [self.certificate(row), self.key(row)] {
                if !self.force && fs::symlink_metadata(&path).is_ok() {
                    return Err(CliError::usage(format_args!("writing {}: the file exists", path.display()))
                        .advise("name another directory with --out-dir, or replace files with --force"));
                }
            }
        }
        Ok(())
    }

    /// Whether the files of a row that was done before are there and whole.
    pub(super) fn is_complete(&self, row: &Row, done: &BatchRow, issuer: &Issuer) -> Result<bool, CliError> {
        let has_key = !matches!(row.ask, Ask::Names(_)) || self.key(row).is_file();
        match fs::read(self.certificate(row)) {
            Ok(found) if found == text(done, issuer).as_bytes() => Ok(has_key),
            // As long as every file takes its name when it is complete, this is somebody else's.
            Ok(found) if !found.is_empty() && !self.force => {
                let path = self.certificate(row);
                Err(CliError::usage(format_args!(
                    "{} is not the certificate that was issued for {}",
                    path.display(),
                    row.place
                ))
                .advise("--force puts the one that was issued in its place"))
            }
            _ => Ok(false),
        }
    }

    /// Writes a row's files, each in one step: the key first, as a certificate without its key is of no use.
    pub(super) fn write(&self, row: &Row, done: &BatchRow, issuer: &Issuer) -> Result<usize, CliError> {
        let mut written = 1;
        if let Some(key) = done.identity.as_ref().and_then(|identity| identity.key.as_ref()) {
            let key = PrivateKey::from_pkcs8(key.expose()).or_explain()?;
            self.place(&self.key(row), pem::private_key(&key).expose(), 0o600)?;
            written += 1;
        }
        self.place(&self.certificate(row), text(done, issuer).as_bytes(), 0o644)?;
        Ok(written)
    }

    /// The store has everything already, so that the files are synced together at the end, and not one by one.
    pub(super) fn sync(&self) -> Result<(), CliError> {
        let failed = |error: rustix::io::Errno| FileError::Write { path: self.path.clone(), source: error.into() };
        Ok(syncfs(&self.handle).map_err(failed)?)
    }

    fn place(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), CliError> {
        let unfinished = self.path.join(UNFINISHED);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
            file.write_all(bytes)?;
            fs::rename(&unfinished, path)
        };
        write().map_err(|source| FileError::Write { path: path.to_owned(), source }.into())
    }

    fn certificate(&self, row: &Row) -> PathBuf {
        self.path.join(format!("{}.pem", row.file))
    }

    fn key(&self, row: &Row) -> PathBuf {
        self.path.join(format!("{}.key", row.file))
    }
}

fn text(done: &BatchRow, issuer: &Issuer) -> String {
    let mut text = pem::certificate(&done.issued.der);
    text.push_str(&pem::chain(issuer.chain_to_send()));
    text
}
