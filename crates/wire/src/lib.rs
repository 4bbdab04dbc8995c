//! TLS as bytes: what can be said of a stream before, or without, a TLS stack.
//!
//! Bytes in, values out: nothing here reads a socket, a file or a clock, and no input makes it panic.

pub mod fingerprint;
pub mod hello;
pub mod names;
mod reader;
pub mod record;
pub mod speaks;

pub use hello::{ClientHello, Decoded, Malformed};
pub use speaks::Speaks;
