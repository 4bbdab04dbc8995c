//! Certificates: reading, showing, issuing.

pub mod fingerprint;
mod inspect;
mod issue;
mod parse;
mod profile;
mod validity;

pub use inspect::{Authority, Inspected, Key, KeyAlgorithm, Name, Names, Purpose, SignatureAlgorithm, Usage};
pub use issue::{IssueError, Role, Template, self_sign};
pub(crate) use issue::{Signer, sign};
pub use parse::ParseError;
pub(crate) use parse::{Parsed, Signature, element, verify_signed};
pub use profile::Profile;
pub use validity::{Validity, ValidityError};
