//! The TLS context that a client and a server share, and the manners every Latchkey program has.
//!
//! [`context`] is to a Rust program what `ssl.create_default_context` is to Python: purpose, identity,
//! trust, verify mode, versions, ciphers and groups, checked as one and turned into a rustls
//! configuration. It holds slots rather than opinions: alone it verifies with webpki, and `pki` fills
//! the same slot with its stricter verifier.
//!
//! This crate never parses a certificate, and only [`terminal`] prints.

pub mod clock;
pub mod context;
pub mod facts;
pub mod input;
pub mod pbe;
pub mod pkcs12;
pub mod random;
pub mod secret;
pub mod terminal;

pub use clock::{Clock, FixedClock, SystemClock};
pub use secret::Secret;
