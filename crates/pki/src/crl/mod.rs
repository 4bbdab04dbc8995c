//! Certificate revocation lists (RFC 5280 section 5): read, indexed, looked into, and made.
//!
//! A list of a million entries is kept as the bytes it came as, with an index of four bytes an entry. What is signed
//! by whom is found out where a path is known: in [`verify`](crate::verify).

mod build;
mod entry;
mod error;
mod extensions;
mod list;
mod listing;
mod parse;
mod reason;
mod set;
#[cfg(test)]
pub(crate) mod specimen;
#[cfg(test)]
mod tests;

pub use build::{ListError, NewEntry, NewList};
pub use entry::Revoked;
pub use error::{CrlError, CrlFault};
pub use list::Crl;
pub use listing::{Entry, Listing};
pub use reason::{RevocationReason, UnknownReason};
pub use set::{Crls, MAX_CRL_FILE, read};
