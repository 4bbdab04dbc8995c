//! What the rows of a store hold. Times are kept to the second.

use common::Secret;
use jiff::Timestamp;

/// A certification authority: the certificates that speak for it, and its key where the store holds it.
#[derive(Debug, Clone)]
pub struct Authority {
    /// What people call it. Unique among authorities.
    pub name: String,
    /// DER: its own certificate first, then its parents up to the root.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8 DER. None where the key is kept elsewhere.
    pub key: Option<Secret>,
    /// When it was made.
    pub created: Timestamp,
}

/// Something that proves who it is: a server, a client, a peer.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What people call it. Unique among identities.
    pub name: String,
    /// The names that its certificate speaks for, in the certificate's order.
    pub names: Vec<String>,
    /// DER: the leaf first, then what leads to the root, without the root.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8 DER. None where the key is kept elsewhere.
    pub key: Option<Secret>,
    /// The authority of this store that issued it; none when it is self-signed or came from elsewhere.
    pub authority: Option<String>,
    /// From when its certificate is valid.
    pub not_before: Timestamp,
    /// Until when its certificate is valid.
    pub not_after: Timestamp,
    /// When it was made.
    pub created: Timestamp,
}

/// One certificate that an authority of this store has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The authority's name.
    pub authority: String,
    /// The serial number, big-endian. Leading zero bytes do not count: `00 7f` and `7f` are one number.
    pub serial: Vec<u8>,
    /// Whom it was issued to, for people to read.
    pub subject: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// The certificate's DER.
    pub der: Vec<u8>,
}

/// That an authority has taken a certificate back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The authority's name.
    pub authority: String,
    /// The serial number, as in [`Issued`].
    pub serial: Vec<u8>,
    /// Since when.
    pub since: Timestamp,
    /// Why: the number that RFC 5280 section 5.3.1 gives to the reason.
    pub reason: u8,
}

/// The newest list of what an authority has taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    /// The authority's name.
    pub authority: String,
    /// Its number, higher than that of every list before it.
    pub number: i64,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Timestamp,
    /// The list's DER.
    pub der: Vec<u8>,
}

/// One row of a batch, and what was issued for it.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// The job that the row belongs to.
    pub job: String,
    /// What tells the row from the others of its job.
    pub line: String,
    /// The certificate.
    pub issued: Issued,
    /// What is kept with it, where its key was made here.
    pub identity: Option<Identity>,
}

/// A key that waits for the certificate of an authority, which is signed elsewhere.
#[derive(Debug, Clone)]
pub struct AuthorityRequest {
    /// What the authority will be called.
    pub name: String,
    /// The request's DER.
    pub der: Vec<u8>,
    /// PKCS#8 DER.
    pub key: Option<Secret>,
    /// When it was made.
    pub created: Timestamp,
}

/// One change that was made to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// 1 for the first change of a store, and one more for each after it, without gaps.
    pub sequence: i64,
    /// When, by the clock of the host that made it.
    pub at: Timestamp,
    /// Who: the user id of the process.
    pub who: String,
    /// Why: what [`Change::new`](crate::Change::new) was given.
    pub reason: String,
    /// What was changed, for people to read.
    pub what: String,
}
