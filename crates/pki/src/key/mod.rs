//! Keys: made, read, put under a passphrase, and known by their public half.

mod algorithm;
mod digest;
mod formats;
mod generate;
mod private;
mod protect;
mod public;
mod sign;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use digest::Digest;
pub use formats::{FormatError, PublicFormat, UnknownFormat};
pub use private::{KeyError, LoadError, PrivateKey};
pub use public::{PublicKey, PublicKeyError};
