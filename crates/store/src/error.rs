//! What can go wrong with a store, by who is at fault.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use common::input::fsio::FileError;

use crate::location::Location;

/// The result of everything a store does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. `Display` is the fact, [`Error::advice`] what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // The caller's change does not fit the store.
    /// The name is taken.
    #[error("the store at {store} already has the {record} `{name}`")]
    Exists {
        /// The store.
        store: Location,
        /// What has that name.
        record: Record,
        /// The name.
        name: String,
    },
    /// A change names something that is not there.
    #[error("the store at {store} has no {record} `{name}`")]
    Unknown {
        /// The store.
        store: Location,
        /// What was looked for.
        record: Record,
        /// The name.
        name: String,
    },
    /// Someone else changed or removed it after it was read.
    #[error("the {record} `{name}` in the store at {store} was changed by another meanwhile")]
    Changed {
        /// The store.
        store: Location,
        /// What was changed.
        record: Record,
        /// The name.
        name: String,
    },
    /// The authority has used that serial number before.
    #[error("the CA `{authority}` in the store at {store} has already issued serial {serial}")]
    SerialUsed {
        /// The store.
        store: Location,
        /// The authority's name.
        authority: String,
        /// The serial, in hexadecimal.
        serial: String,
    },
    /// A certificate that is to be taken back was never issued.
    #[error("the CA `{authority}` in the store at {store} has never issued serial {serial}")]
    NotIssued {
        /// The store.
        store: Location,
        /// The authority's name.
        authority: String,
        /// The serial, in hexadecimal.
        serial: String,
    },
    /// A certificate that is to be taken back was taken back before.
    #[error("serial {serial} of the CA `{authority}` in the store at {store} is revoked already")]
    AlreadyRevoked {
        /// The store.
        store: Location,
        /// The authority's name.
        authority: String,
        /// The serial, in hexadecimal.
        serial: String,
    },
    /// A row of a batch is done already.
    #[error("the row {line} of the job {job} in the store at {store} was issued by another process meanwhile")]
    RowDone {
        /// The store.
        store: Location,
        /// The job.
        job: String,
        /// The row.
        line: String,
    },
    /// A name that no row may have: empty, longer than 255 bytes, or with a control character.
    #[error("{name:?} cannot be the name of the {record}")]
    Name {
        /// What was to have that name.
        record: Record,
        /// The name.
        name: String,
    },

    // What was given as the store is none.
    /// No store was named, and there is no home directory to look for one in.
    #[error("no store was named, and neither XDG_DATA_HOME nor a home directory is known")]
    NoHome,
    /// A URL whose kind of store this program knows, but has no engine for.
    #[error("the PostgreSQL engine is not built yet, so that a {scheme}:// store cannot be opened")]
    EngineMissing {
        /// What stands before `://`. The rest may hold a password and is not repeated.
        scheme: &'static str,
    },
    /// A name that is neither a directory nor a known URL.
    #[error("`{name}` does not name a store")]
    Location {
        /// The name, without what follows `://`.
        name: String,
    },
    /// There is something else where the store's directory should be.
    #[error("{path} is not a directory, and a store is one", path = path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The file in the database's place is none, or another program's.
    #[error("{path} is not the database of a store", path = path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What the database said; none if it is another program's.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },

    // The store's key.
    /// There is a database, but not the key that its secrets are sealed under.
    #[error("the store key {path} is missing, and without it the store's private keys cannot be read", path = path.display())]
    KeyMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key file is not as it was written.
    #[error("the store key {path} is damaged", path = path.display())]
    KeyMalformed {
        /// The key file.
        path: PathBuf,
    },
    /// Others than its owner may read or write the key file.
    #[error("the store key {path} is open to others than its owner (mode {mode:04o})", path = path.display())]
    KeyExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key is another store's.
    #[error("the store key {path} is not the one that the store was sealed under", path = path.display())]
    WrongKey {
        /// The key file.
        path: PathBuf,
    },

    // The store is not as this program left it.
    /// Another, later version of the program has changed the store's schema.
    #[error(
        "the store at {store} has schema {found}, which needs a program that knows schema {needs}; this one knows {known}"
    )]
    NewerSchema {
        /// The store.
        store: Location,
        /// The store's schema version.
        found: i64,
        /// The lowest schema version that a program must know to use the store.
        needs: i64,
        /// The schema version that this program knows.
        known: i64,
    },
    /// The schema was made by another text than this program's.
    #[error(
        "schema {version} of the store at {store} was not made by the migration of that number that this program has"
    )]
    AlteredSchema {
        /// The store.
        store: Location,
        /// The migration's number.
        version: i64,
    },
    /// What is stored cannot be what was written.
    #[error("the store at {store} is damaged: {what}")]
    Damaged {
        /// The store.
        store: Location,
        /// Which part, and in which way.
        what: String,
        /// What the database said, where it was the one to notice.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },

    // The surroundings.
    /// A file or directory of the store could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store cannot be written, which even reading needs.
    #[error("the store at {store} cannot be used: it is on a read-only disk, or write-protected")]
    ReadOnly {
        /// The store.
        store: Location,
    },
    /// No space is left on the store's disk.
    #[error("the store at {store} was not changed: its disk is full")]
    Full {
        /// The store.
        store: Location,
    },
    /// Others kept the store locked for longer than a change waits.
    #[error("the store at {store} was kept busy by other processes for {seconds} s")]
    Busy {
        /// The store.
        store: Location,
        /// How long was waited.
        seconds: u64,
    },
    /// The database failed in another way.
    #[error("{doing} in the store at {store}: {source}")]
    Database {
        /// The store.
        store: Location,
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The system gave no random bytes, or the cipher failed.
    #[error("sealing a secret for the store failed: the cryptographic provider gave no random bytes")]
    Sealing,
}

/// What kind of row an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// An [`Authority`](crate::Authority).
    Authority,
    /// An [`Identity`](crate::Identity).
    Identity,
    /// An [`AuthorityRequest`](crate::AuthorityRequest).
    AuthorityRequest,
    /// A [`RevocationList`](crate::RevocationList).
    RevocationList,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authority => "CA",
            Self::Identity => "identity",
            Self::AuthorityRequest => "CA's request",
            Self::RevocationList => "CA's revocation list",
        })
    }
}

impl Error {
    /// Whether what was asked for is at fault (exit 2) rather than the surroundings or the store (exit 3).
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Self::Exists { .. }
                | Self::Unknown { .. }
                | Self::SerialUsed { .. }
                | Self::NotIssued { .. }
                | Self::AlreadyRevoked { .. }
                | Self::Name { .. }
                | Self::NoHome
                | Self::EngineMissing { .. }
                | Self::Location { .. }
                | Self::NotADirectory { .. }
        )
    }

    /// What to do about it, as one line.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Exists { .. } => "choose another name",
            Self::Changed { .. } | Self::RowDone { .. } => "run the command again",
            Self::AlreadyRevoked { .. } => "`pki crl new` lists it, if the newest list does not",
            Self::SerialUsed { .. } => "leave the serial out, and a random one is taken",
            Self::Name { .. } => "choose a name of 1 to 255 bytes without control characters",
            Self::NoHome | Self::Location { .. } => "name a directory with --store or LATCHKEY_STORE",
            Self::EngineMissing { .. } => {
                "name a directory with --store or LATCHKEY_STORE: the embedded store is built"
            }
            Self::NotADirectory { .. } => {
                "name another directory with --store or LATCHKEY_STORE, or move the file away"
            }
            Self::NotADatabase { .. } => {
                "name another directory with --store or LATCHKEY_STORE, or put the store's own database back from a backup"
            }
            Self::KeyMissing { .. } | Self::KeyMalformed { .. } | Self::WrongKey { .. } => {
                "put this store's own key file back, from a backup or another host; a new key cannot open the old secrets"
            }
            Self::KeyExposed { .. } => "chmod 600 the file, and consider who may have read it",
            Self::NewerSchema { .. } => "use the version of Latchkey that last changed the store, or a later one",
            Self::AlteredSchema { .. } => "use the version of Latchkey that made the store, or restore a backup",
            Self::Damaged { .. } => "restore the store from a backup, and check the disk",
            Self::ReadOnly { .. } => "make its disk and files writable, or copy the whole directory to where they are",
            Self::Full { .. } => "free some space and run the command again",
            Self::Busy { .. } => "run the command again when the other processes are done",
            Self::Unknown { .. } | Self::NotIssued { .. } | Self::File(_) | Self::Database { .. } | Self::Sealing => {
                return None;
            }
        })
    }
}
