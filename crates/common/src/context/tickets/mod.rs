//! Session tickets that open only while what they were made under still holds.
//!
//! A resumed session calls no verifier: whoever has a ticket is believed to be who was verified when it was made. So a
//! ticket is sealed with the digest of what was trusted then (a [`Binding`]: listener, purpose, anchors, rules, revoked
//! serials) as associated data. After any change of these it does not open, the handshake is a full one, and the
//! verifier says what it thinks of the client now.
//!
//! The keys are a process's own, and change every six hours, or lie in a file that several servers share.
//!
//! ```
//! use std::sync::Arc;
//! use common::SystemClock;
//! use common::context::tickets::{Binding, TicketKeys, Ticketer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Arc::new(TicketKeys::random(Arc::new(SystemClock))?);
//! let binding = Binding::new().listener("public").purpose("server").digest();
//! let ticketer = Ticketer::new(keys, binding, Ticketer::LIFETIME);
//! # let _ = ticketer;
//! # Ok(())
//! # }
//! ```

mod binding;
mod file;
mod key;
mod keys;
#[cfg(test)]
mod tests;
mod ticketer;

pub use binding::Binding;
pub use file::TicketKeysError;
pub use keys::TicketKeys;
pub use ticketer::Ticketer;
