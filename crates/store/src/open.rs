//! Opening a store, and making one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use common::Clock;
use common::input::fsio::{self, FileError};

use crate::contract::Store;
use crate::error::{Error, Result};
use crate::key_file;
use crate::location::Location;
use crate::sqlite::Sqlite;

/// Opens the store at `location`, and makes it if there is none: a directory for its owner only (0700),
/// with a new store key and an empty database (0600). Of several processes that make one store at once,
/// all end with the same.
///
/// # Errors
/// The place is taken by something else, the store key is missing or another store's, the schema is newer
/// than this program, or the surroundings failed.
pub fn open(location: &Location, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    create_directory(location)?;
    // The key is made before the database, so that a database without its key is a loss and no race.
    let key = if has_database(location)? {
        key_file::load(&location.key())?
    } else {
        let key = key_file::load_or_create(&location.key()).map_err(|error| place_fault(location, error))?;
        create_database(location)?;
        key
    };
    Ok(Arc::new(Sqlite::create(location, key, clock)?))
}

/// Opens the store at `location` if there is one, and never makes one: for commands that only read.
///
/// # Errors
/// As [`open`].
pub fn open_existing(location: &Location, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>> {
    if !is_directory(location.path())? || !has_database(location)? {
        return Ok(None);
    }
    let key = key_file::load(&location.key())?;
    Ok(Sqlite::existing(location, key, clock)?.map(|store| Arc::new(store) as Arc<dyn Store>))
}

/// Whether there is a directory; false if there is nothing.
fn is_directory(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => Err(Error::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Error::NotADirectory { path: path.to_owned() })
        }
        Err(source) => Err(FileError::Read { path: path.to_owned(), source }.into()),
    }
}

/// Whether there is a database with something in it. An empty file is one that is being made, or whose
/// making was cut short.
fn has_database(location: &Location) -> Result<bool> {
    let path = location.database();
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len() > 0),
        Ok(_) => Err(Error::NotADatabase { path, source: None }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(FileError::Read { path, source }.into()),
    }
}

/// Makes the store's directory and those above it, each durable in the one above.
fn create_directory(location: &Location) -> Result<()> {
    let path = location.path();
    if is_directory(path)? {
        return Ok(());
    }
    let missing: Vec<&Path> =
        path.ancestors().take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists()).collect();
    fsio::create_private_directory(path).map_err(|error| place_fault(location, error.into()))?;
    missing.into_iter().try_for_each(|made| match made.parent() {
        Some(above) if !above.as_os_str().is_empty() => sync_directory(location, above),
        _ => sync_directory(location, Path::new(".")),
    })
}

/// Makes the database's file, so that it is its owner's only from the start; SQLite gives its log the same mode.
fn create_database(location: &Location) -> Result<()> {
    let path = location.database();
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| place_fault(location, FileError::Write { path, source }.into()))?;
    sync_directory(location, location.path())
}

fn sync_directory(location: &Location, path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| place_fault(location, FileError::Write { path: path.to_owned(), source }.into()))
}

/// Says of a failed write what holds for the store as a whole, where the system's reason tells.
fn place_fault(location: &Location, error: Error) -> Error {
    let Error::File(FileError::Write { path, source }) = error else { return error };
    let store = location.clone();
    match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { store },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full { store },
        io::ErrorKind::NotADirectory => Error::NotADirectory { path: location.path().to_owned() },
        _ => Error::File(FileError::Write { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use common::SystemClock;

    use super::*;
    use crate::conformance::authority;
    use crate::{Change, Record};

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    /// A new store with the authority `local`, and the directory it lies in.
    fn made() -> (tempfile::TempDir, Location) {
        let scratch = tempfile::tempdir().unwrap();
        let location = Location::directory(scratch.path().join("store"));
        let store = open(&location, clock()).unwrap();
        store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
        (scratch, location)
    }

    #[test]
    fn a_new_store_is_its_owners_only() {
        let scratch = tempfile::tempdir().unwrap();
        let location = Location::directory(scratch.path().join("a/b/store"));
        let store = open(&location, clock()).unwrap();
        store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
        assert_eq!(mode(location.path()), 0o700);
        for file in fs::read_dir(location.path()).unwrap() {
            assert_eq!(mode(&file.as_ref().unwrap().path()), 0o600, "{file:?}");
        }
    }

    #[test]
    fn open_existing_makes_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let location = Location::directory(scratch.path().join("store"));
        assert!(open_existing(&location, clock()).unwrap().is_none());
        assert!(!location.path().exists());

        let location = Location::directory(scratch.path());
        fs::write(location.database(), b"").unwrap();
        assert!(open_existing(&location, clock()).unwrap().is_none());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_stored_is_there_when_it_is_opened_again() {
        let (_scratch, location) = made();
        let store = open_existing(&location, clock()).unwrap().unwrap();
        let kept = store.authority("local").unwrap().unwrap();
        assert_eq!(kept.key.unwrap().expose(), authority("local").key.unwrap().expose());
    }

    #[test]
    fn no_file_of_the_store_shows_a_secret() {
        let (_scratch, location) = made();
        let secret = authority("local").key.unwrap();
        for file in fs::read_dir(location.path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.expose()));
        }
    }

    #[test]
    fn a_file_in_the_directorys_place_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [file.path().to_owned(), file.path().join("below")] {
            let location = Location::directory(&path);
            assert!(matches!(open(&location, clock()), Err(Error::NotADirectory { path: named }) if named == path));
            assert!(matches!(open_existing(&location, clock()), Err(Error::NotADirectory { .. })));
        }
    }

    #[test]
    fn a_missing_a_damaged_and_another_stores_key_are_told_apart_and_left_alone() {
        let (_scratch, location) = made();
        let (_other_scratch, other) = made();
        let own = fs::read(location.key()).unwrap();

        fs::remove_file(location.key()).unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::KeyMissing { path }) if path == location.key()));
        assert!(!location.key().exists());

        fsio::write(&location.key(), &own[1..], fsio::Access::Private, fsio::Existing::Keep).unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::KeyMalformed { .. })));

        fs::copy(other.key(), location.key()).unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::WrongKey { .. })));
        assert!(matches!(open_existing(&location, clock()), Err(Error::WrongKey { .. })));

        fs::write(location.key(), own).unwrap();
        assert!(open(&location, clock()).is_ok());
    }

    #[test]
    fn what_is_no_database_or_another_programs_is_left_as_it_is() {
        let (_scratch, location) = made();
        fs::remove_file(location.database()).unwrap();
        fs::write(location.database(), [b'x'; 8192]).unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::NotADatabase { source: Some(_), .. })));
        assert_eq!(fs::read(location.database()).unwrap(), [b'x'; 8192]);

        fs::remove_file(location.database()).unwrap();
        let foreign = rusqlite::Connection::open(location.database()).unwrap();
        foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
        let before = fs::read(location.database()).unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::NotADatabase { source: None, .. })));
        assert_eq!(fs::read(location.database()).unwrap(), before);
    }

    #[test]
    fn a_damaged_envelope_is_an_error_that_names_its_row() {
        let (_scratch, location) = made();
        let database = rusqlite::Connection::open(location.database()).unwrap();
        database
            .execute_batch("UPDATE authority SET sealed_key = substr(sealed_key, 1, length(sealed_key) - 1)")
            .unwrap();
        let store = open(&location, clock()).unwrap();
        let error = store.authority("local").unwrap_err();
        assert!(matches!(&error, Error::Damaged { what, .. } if what.contains("CA `local`")), "{error}");
    }

    #[test]
    fn a_newer_schema_is_refused_and_one_that_older_programs_may_use_is_not() {
        let (_scratch, location) = made();
        let database = rusqlite::Connection::open(location.database()).unwrap();
        database.execute_batch("UPDATE store SET schema_version = 99").unwrap();
        assert!(open(&location, clock()).is_ok());
        database.execute_batch("UPDATE store SET min_reader = 98").unwrap();
        assert!(matches!(open(&location, clock()), Err(Error::NewerSchema { found: 99, needs: 98, .. })));
    }

    #[test]
    fn threads_that_make_one_store_at_once_end_with_one_key_and_one_store() {
        let scratch = tempfile::tempdir().unwrap();
        let location = Location::directory(scratch.path().join("store"));
        let inserted: Vec<Result<()>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        open(&location, clock())?.apply(Change::new("test").insert_authority(authority("local")))
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(inserted.iter().filter(|result| result.is_ok()).count(), 1, "{inserted:?}");
        for error in inserted.into_iter().filter_map(Result::err) {
            assert!(matches!(error, Error::Exists { record: Record::Authority, .. }), "{error}");
        }
        assert!(open(&location, clock()).unwrap().authority("local").unwrap().is_some());
    }
}
