//! Encryption under a passphrase, as it is met in files: PBES2 (RFC 8018), the schemes of PKCS#12 (RFC 7292 appendix C),
//! and OpenSSL's traditional PEM encryption.
//!
//! What a file asks for is bounded before it is done: a hostile one costs neither memory nor hours.

mod fault;
mod old;
mod scheme;
mod traditional;
mod work;

pub use fault::Fault;
pub(crate) use old::{Purpose, derive, utf16};
pub(crate) use scheme::{Scheme, word};
pub(crate) use traditional::Traditional;
pub(crate) use work::Work;
