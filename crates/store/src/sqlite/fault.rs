//! What an error of SQLite means for the store.

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
                ErrorCode::NotADatabase => Error::NotADatabase { path: store.database(), source: Some(error.into()) },
                ErrorCode::DatabaseCorrupt => damaged(store, error),
                _ => Error::Database { store, doing, source: error.into() },
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => damaged(store, error),
            _ => Error::Database { store, doing, source: error.into() },
        }
    }
}

fn damaged(store: Location, error: rusqlite::Error) -> Error {
    Error::Damaged { store, what: "its database holds what was never written".to_owned(), source: Some(error.into()) }
}
