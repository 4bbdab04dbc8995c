//! Renewal: which certificates of the store are due, why, and how they are issued again.
//!
//! [`Standing`] is pure: the dates of the certificate that was issued and a clock. [`renew`] issues again what the store
//! holds, by the CA that issued it, in one change of the store.

mod renewal;
mod standing;
#[cfg(test)]
mod tests;

pub use renewal::{Kept, NotRenewed, Renewed, Terms, renew, standing};
pub use standing::{HOLD, Standing, held_until};
