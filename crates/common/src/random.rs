//! Random bytes from the system.
//!
//! AWS-LC's own generator measures the jitter of the processor before its first bytes, which takes a process tens of
//! milliseconds: more than everything else that a short command does. The system's has its seed already.

use ring::rand::{SecureRandom as _, SystemRandom};

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Fills `bytes`.
///
/// # Errors
/// The system has none to give.
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    SystemRandom::new().fill(bytes).map_err(|_| NoRandomness)
}
