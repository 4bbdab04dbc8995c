//! Certificates: reading, showing, issuing.

mod configured;
mod extras;
pub mod fingerprint;
mod inspect;
mod issue;
mod parse;
mod profile;
mod renewed;
mod validity;

pub use configured::self_sign_parts;
pub use extras::Extras;
pub use inspect::{
    Attribute, Authority, Detail, Extension, Inspected, Key, KeyAlgorithm, Name, Names, Particulars, Purpose,
    SignatureAlgorithm, Usage,
};
pub(crate) use inspect::{Element, Unreadable, printable, public_key, word};
pub use issue::{IssueError, Role, Template, self_sign};
pub(crate) use issue::{Signer, sign};
pub use parse::ParseError;
pub(crate) use parse::{Parsed, Signature, element, verify_signed};
pub use profile::Profile;
pub use renewed::RenewError;
pub use validity::{Validity, ValidityError};
