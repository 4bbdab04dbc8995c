//! The one verifier: who is believed, and if not, every reason why.
//!
//! webpki builds the path and decides; the [rules](self) of this crate may veto a path that it found. What webpki
//! rejects is rejected. Where CRLs are given, [revocation](Revocation) is looked up there. Why there is no path is worked out by walking the candidates once more, so that the answer
//! names the certificate, the date or the name that is wrong.
//!
//! `pki cert verify`, `tls-client`, `tls-server` and the store's TLS use [`Verifier`] and no other, so a verdict
//! cannot differ between them.

mod candidate;
mod findings;
mod handshake;
mod problem;
mod recheck;
mod revocation;
mod rules;
#[cfg(test)]
mod tests;
mod verdict;
mod verifier;
mod walk;

pub use handshake::take_refusal;
pub(crate) use handshake::{answer, timestamp};
pub use problem::Problem;
pub use revocation::Revocation;
pub(crate) use rules::is_weak;
pub use verdict::{Path, Place, Reason, Refusal, Verdict};
pub use verifier::{AnchorError, ClientCertificates, Side, Verifier};
