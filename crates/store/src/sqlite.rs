//! The embedded engine: SQLite in the store's directory, with a write-ahead log, synced at each commit.

pub(crate) mod fault;
mod read;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use common::Clock;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use uuid::ContextV7;

use self::fault::fault;
use crate::change::Change;
use crate::contract::Store;
use crate::error::{Error, Result};
use crate::location::Location;
use crate::migrate::{self, Found, MIGRATIONS};
use crate::row::{Authority, AuthorityRequest, BatchRow, HistoryEntry, Identity, Issued, Revocation, RevocationList};
use crate::seal::StoreKey;

/// How long a connection waits for others to unlock the database.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A store whose rows lie in an SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    location: Location,
    key: StoreKey,
    clock: Arc<dyn Clock>,
    session: Mutex<Session>,
}

/// What one thread at a time uses.
#[derive(Debug)]
struct Session {
    connection: Connection,
    /// Keeps the ids of one millisecond in the order they were made.
    ids: ContextV7,
}

impl Sqlite {
    /// Opens the database, whose file exists, and makes the schema if it is empty.
    pub(crate) fn create(location: &Location, key: StoreKey, clock: Arc<dyn Clock>) -> Result<Self> {
        let (connection, found) = connect(location)?;
        Self::finish(location, key, clock, connection, found)
    }

    /// Opens the database if there is a schema in it.
    pub(crate) fn existing(location: &Location, key: StoreKey, clock: Arc<dyn Clock>) -> Result<Option<Self>> {
        match connect(location)? {
            (_, Found::Empty) => Ok(None),
            (connection, found) => Self::finish(location, key, clock, connection, found).map(Some),
        }
    }

    fn finish(
        location: &Location,
        key: StoreKey,
        clock: Arc<dyn Clock>,
        mut connection: Connection,
        found: Found,
    ) -> Result<Self> {
        // Everything that could refuse the store comes before anything that changes it.
        let pending = match found {
            Found::Empty => true,
            Found::Foreign => return Err(Error::NotADatabase { path: location.database(), source: None }),
            Found::Schema(schema) => {
                schema.check(MIGRATIONS, &key, location)?;
                schema.is_older_than(MIGRATIONS)
            }
        };
        make_durable(&connection, location)?;
        if pending {
            migrate::run(&mut connection, MIGRATIONS, &key, location, &*clock)?;
        }
        let session = Mutex::new(Session { connection, ids: ContextV7::new() });
        Ok(Self { location: location.clone(), key, clock, session })
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        // A thread that panicked rolled its transaction back as it unwound, so the session is whole.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Sqlite {
    fn location(&self) -> &Location {
        &self.location
    }

    fn authority(&self, name: &str) -> Result<Option<Authority>> {
        self.read_authority(name)
    }

    fn authorities(&self) -> Result<Vec<Authority>> {
        self.read_authorities()
    }

    fn identity(&self, name: &str) -> Result<Option<Identity>> {
        self.read_identity(name)
    }

    fn identities(&self) -> Result<Vec<Identity>> {
        self.read_identities()
    }

    fn issued(&self, authority: &str) -> Result<Vec<Issued>> {
        self.read_issued(authority)
    }

    fn issued_with_serial(&self, serial: &[u8]) -> Result<Vec<Issued>> {
        self.read_issued_with_serial(serial)
    }

    fn revocations(&self, authority: &str) -> Result<Vec<Revocation>> {
        self.read_revocations(authority)
    }

    fn revocation_list(&self, authority: &str) -> Result<Option<RevocationList>> {
        self.read_revocation_list(authority)
    }

    fn batch(&self, job: &str) -> Result<Vec<BatchRow>> {
        self.read_batch(job)
    }

    fn authority_request(&self, name: &str) -> Result<Option<AuthorityRequest>> {
        self.read_authority_request(name)
    }

    fn history(&self) -> Result<Vec<HistoryEntry>> {
        self.read_history()
    }

    fn version(&self) -> Result<i64> {
        self.read_version()
    }

    fn apply(&self, change: Change) -> Result<()> {
        self.write(change)
    }
}

/// A connection, and what is in the database. Nothing is changed yet.
fn connect(location: &Location) -> Result<(Connection, Found)> {
    let failed = || fault(location, "opening the database");
    // Without SQLITE_OPEN_CREATE: the file is made before, with its mode.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(location.database(), flags).map_err(failed())?;
    connection.busy_timeout(PATIENCE).map_err(failed())?;
    // SQLite opens a file that it may not write for reading, and says so only when asked.
    if connection.is_readonly("main").map_err(failed())? {
        return Err(Error::ReadOnly { store: location.clone() });
    }
    let found = migrate::find(&mut connection, location)?;
    Ok((connection, found))
}

/// Turns on what the contract stands on: a commit is synced before it returns, and references hold.
fn make_durable(connection: &Connection, location: &Location) -> Result<()> {
    use_write_ahead_log(connection, location)?;
    for (pragma, value) in [("synchronous", "FULL"), ("foreign_keys", "ON"), ("trusted_schema", "OFF")] {
        connection.pragma_update(None, pragma, value).map_err(fault(location, "setting the database up"))?;
    }
    Ok(())
}

/// The log is a property of the file, so that this does something only for a new one. Then it needs the
/// file for itself, and SQLite does not wait for that: whoever makes the store at the same time is waited for here.
fn use_write_ahead_log(connection: &Connection, location: &Location) -> Result<()> {
    let doing = "turning the write-ahead log on";
    let start = Instant::now();
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let source = format!("its file system allows only the journal mode `{mode}`").into();
                return Err(Error::Database { store: location.clone(), doing, source });
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && start.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(fault(location, doing)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use common::SystemClock;

    use super::*;
    use crate::conformance::{self, Engine};

    /// Directories below one scratch directory.
    struct Embedded(tempfile::TempDir);

    impl Engine for Embedded {
        fn open(&self, place: &str) -> Arc<dyn Store> {
            crate::open(&Location::directory(self.0.path().join(place)), Arc::new(SystemClock)).unwrap()
        }
    }

    #[test]
    fn it_keeps_the_contract() {
        conformance::check(&Embedded(tempfile::tempdir().unwrap()));
    }

    fn store() -> (tempfile::TempDir, Sqlite) {
        let scratch = tempfile::tempdir().unwrap();
        let location = Location::directory(scratch.path());
        fs::write(location.database(), b"").unwrap();
        let key = StoreKey::new(&[1; StoreKey::LEN]).unwrap();
        let store = Sqlite::create(&location, key, Arc::new(SystemClock)).unwrap();
        (scratch, store)
    }

    #[test]
    fn what_durability_stands_on_is_set() {
        let (_scratch, store) = store();
        let session = store.session();
        let pragma = |name| session.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(pragma("synchronous"), 2, "FULL");
        assert_eq!(pragma("foreign_keys"), 1);
        assert_eq!(pragma("busy_timeout"), 10_000);
        let mode: String = session.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_second_writer_that_runs_out_of_patience_is_told() {
        let (_scratch, store) = store();
        let other = Connection::open(store.location.database()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        store.session().connection.busy_timeout(Duration::ZERO).unwrap();
        let change = Change::new("test").insert_authority(conformance::authority("local"));
        assert!(matches!(store.apply(change), Err(Error::Busy { .. })));
        assert!(store.authorities().unwrap().is_empty(), "a reader does not wait");
    }
}
