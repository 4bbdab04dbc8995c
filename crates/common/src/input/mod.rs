//! What comes from outside: files and standard input, read whole and with bounds.

pub mod files;
pub mod fsio;
mod key_file;
pub mod source;

pub use files::{Blob, InputError, KeyFile, Pieces};
pub use key_file::EncryptedKey;
pub use source::Reference;
