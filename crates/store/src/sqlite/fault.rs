//! What an error of SQLite means for the store.

use std::error::Error as StdError;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::PATIENCE;
use crate::error::Error;
use crate::location::Location;

/// Turns what SQLite said while `doing` something into the store's error.
pub(crate) fn fault(location: &Location, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    let store = location.clone();
    move |error| {
        let store = store.clone();
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                    Error::Busy { store, seconds: PATIENCE.as_secs() }
                }
                ErrorCode::ReadOnly => Error::ReadOnly { store },
                ErrorCode::DiskFull => Error::Full { store },
                // The log's index is a file in memory, and what it says of a full disk is its own.
                _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Error::Full { store },
                ErrorCode::NotADatabase => Error::NotADatabase { path: store.database(), source: Some(said(&error)) },
                ErrorCode::DatabaseCorrupt => damaged(store, &error),
                _ => Error::Database { store, doing, source: said(&error) },
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => damaged(store, &error),
            _ => Error::Database { store, doing, source: said(&error) },
        }
    }
}

fn damaged(store: Location, error: &rusqlite::Error) -> Error {
    Error::Damaged { store, what: "its database holds what was never written".to_owned(), source: Some(said(error)) }
}

/// SQLite's words alone: its error's own source says them again, with a number.
fn said(error: &rusqlite::Error) -> Box<dyn StdError + Send + Sync> {
    error.to_string().into()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn what_sqlite_says_is_said_once() {
        let failure = ffi::Error::new(ffi::SQLITE_CORRUPT);
        let error = rusqlite::Error::SqliteFailure(failure, Some("the disk image is malformed".to_owned()));
        let error = fault(&Location::directory("/x"), "reading")(error);
        let source = error.source().unwrap();
        assert_eq!(source.to_string(), "the disk image is malformed");
        assert!(source.source().is_none());
    }
}
