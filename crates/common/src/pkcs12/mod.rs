//! PKCS#12 (RFC 7292): what is in one, and a new one. Certificates are bytes here, and none is parsed.

mod bag;
mod mac;
mod read;
mod recipe;
#[cfg(test)]
mod tests;
mod write;

pub use read::Contents;
pub use recipe::Recipe;
pub use write::{Entry, WriteError, write};
