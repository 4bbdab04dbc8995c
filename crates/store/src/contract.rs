//! The contract that every engine keeps. `conformance` holds each engine to it.

use std::fmt::Debug;

use crate::change::Change;
use crate::error::Result;
use crate::location::Location;
use crate::row::{Authority, AuthorityRequest, BatchRow, HistoryEntry, Identity, Issued, Revocation, RevocationList};

/// A store that is open.
///
/// **Not found** is `Ok(None)` or an empty list, never an error.
///
/// **Atomic** is a [`Change`]: after [`apply`](Store::apply) all of its steps are there, or none. Each
/// reading method sees one moment: a change that is applied meanwhile is in its answer whole or not at
/// all. Two calls may see two moments.
///
/// **Who may write at once**: any number of threads and processes may have one store open, read it and
/// change it. Changes happen one after the other; a writer waits for its turn and gives up with
/// [`Error::Busy`](crate::Error::Busy) after ten seconds. A reader never waits for a writer.
///
/// **Who is told**: of two that insert the same name, or record the same serial of one authority, the
/// first to commit wins and the second gets the error that says so. What was read may be old by the time
/// it is written; a change therefore checks what it needs itself.
///
/// **Secrets** leave the store only through a row's `key`. A row whose key cannot be unsealed is an error,
/// never a row without a key.
///
/// Every method blocks, and none is for the path of a connection.
pub trait Store: Debug + Send + Sync {
    /// Where the store is.
    fn location(&self) -> &Location;

    /// The authority of that name.
    ///
    /// # Errors
    /// The database could not be read, or the row or its sealed key is damaged. As for every method.
    fn authority(&self, name: &str) -> Result<Option<Authority>>;

    /// All authorities, ordered by name.
    fn authorities(&self) -> Result<Vec<Authority>>;

    /// The identity of that name.
    fn identity(&self, name: &str) -> Result<Option<Identity>>;

    /// All identities, ordered by name.
    fn identities(&self) -> Result<Vec<Identity>>;

    /// What the authority of that name has issued, oldest record first.
    fn issued(&self, authority: &str) -> Result<Vec<Issued>>;

    /// What any authority has issued under that serial number.
    fn issued_with_serial(&self, serial: &[u8]) -> Result<Vec<Issued>>;

    /// What the authority of that name has taken back, ordered by serial number.
    fn revocations(&self, authority: &str) -> Result<Vec<Revocation>>;

    /// The newest list of the authority of that name.
    fn revocation_list(&self, authority: &str) -> Result<Option<RevocationList>>;

    /// The rows of that job that are done, without their identities.
    fn batch(&self, job: &str) -> Result<Vec<BatchRow>>;

    /// The key that waits for the certificate of that authority.
    fn authority_request(&self, name: &str) -> Result<Option<AuthorityRequest>>;

    /// Every change that was made, oldest first.
    fn history(&self) -> Result<Vec<HistoryEntry>>;

    /// The number of the last change, 0 before the first: another number than at an earlier call says that somebody, in
    /// whatever process, has changed the store since. It costs one look at an index, so that it can be asked each second.
    fn version(&self) -> Result<i64>;

    /// Makes the change: all of it, or nothing. When it returns `Ok`, the change is on stable storage and
    /// survives a crash of the process and of the machine, and has one entry in the history. When it
    /// returns an error, nothing was changed. A change without steps leaves no entry.
    ///
    /// # Errors
    /// What the steps name (see [`Change`]), [`Error::Name`](crate::Error::Name) for a name that no row
    /// may have, [`Error::Busy`](crate::Error::Busy), [`Error::Full`](crate::Error::Full), or the database
    /// failed.
    fn apply(&self, change: Change) -> Result<()>;
}
