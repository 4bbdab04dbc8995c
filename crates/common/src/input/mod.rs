//! What comes from outside: files and standard input, read whole and with bounds.

mod der;
mod error;
pub mod fsio;
mod key_file;
mod pem;
mod pieces;
mod pkcs7;
pub mod source;
pub(crate) mod tlv;

pub use error::InputError;
pub use key_file::{EncryptedKey, KeyFile, PlainKey};
pub use pieces::{Blob, Pieces};
pub use source::Reference;
