//! Rows kept safely: authorities, identities, issued certificates, and the history of who changed what.
//!
//! A store is opened once, at a [`Location`], as an `Arc<dyn Store>`. Reading is by name; writing is by
//! [`Change`], one unit of work that happens whole or not at all and is durable when [`Store::apply`]
//! returns. Private keys are sealed before they reach the database, under a key that lies beside it.
//!
//! ```
//! use std::sync::Arc;
//! use common::SystemClock;
//! use store::{Authority, Change, Location};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = tempfile::tempdir()?;
//! # let directory = scratch.path();
//! let store = store::open(&Location::directory(directory), Arc::new(SystemClock))?;
//! let authority = Authority { name: "local".into(), chain: vec![b"DER".to_vec()], key: None, created: jiff::Timestamp::now() };
//! store.apply(Change::new("ca new local").insert_authority(authority))?;
//! assert!(store.authority("local")?.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! This crate knows rows and bytes: it parses no certificate and no private key.

mod change;
mod contract;
mod error;
mod frame;
mod key_file;
mod location;
mod migrate;
mod open;
mod row;
mod seal;
mod sql;
mod sqlite;

#[cfg(test)]
mod conformance;

pub use change::Change;
pub use contract::Store;
pub use error::{Error, Record, Result};
pub use location::Location;
pub use open::{open, open_existing};
pub use row::{Authority, AuthorityRequest, BatchRow, HistoryEntry, Identity, Issued, Revocation, RevocationList};
