//! TLS as bytes: what can be said of a stream before, or without, a TLS stack.
//!
//! Bytes in, values out: nothing here reads a socket, a file or a clock, and no input makes it panic.

pub mod fields;
pub mod fingerprint;
pub mod handshake;
pub mod hello;
pub mod names;
mod protection;
mod reader;
pub mod record;
mod secrets;
pub mod speaks;
pub mod transcript;

pub use fields::Field;
pub use hello::{ClientHello, Decoded, Malformed};
pub use secrets::Secrets;
pub use speaks::Speaks;
pub use transcript::Transcript;
