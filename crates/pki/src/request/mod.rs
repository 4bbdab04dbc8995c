//! What a certificate is asked for, and the signed request (PKCS#10, RFC 2986) that asks for it.

mod build;
pub(crate) mod encode;
mod name;
pub mod openssl_cnf;
mod parse;
mod spec;
mod subject;

pub use build::{Contents, RequestAttribute, RequestError, build, sign};
pub use name::{NameProblem, SubjectAltName};
pub use parse::{PossessionError, Proven, Request, RequestParseError, RequestedExtension};
pub use spec::{Problems, Spec};
pub use subject::{Attribute, DistinguishedName, Subject, SubjectProblem};
