//! Keys: made, read, put under a passphrase, and known by their public half.

mod algorithm;
mod generate;
mod private;
mod protect;
mod public;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use private::{KeyError, LoadError, PrivateKey};
pub use public::{PublicKey, PublicKeyError};
