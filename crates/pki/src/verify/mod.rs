//! The one verifier: who is believed, and if not, every reason why.
//!
//! webpki builds the path and decides; the [rules](self) of this crate may veto a path that it found. What webpki
//! rejects is rejected. Why there is no path is worked out by walking the candidates once more, so that the answer
//! names the certificate, the date or the name that is wrong.
//!
//! `pki cert verify`, `tls-client`, `tls-server` and the store's TLS use [`Verifier`] and no other, so a verdict
//! cannot differ between them.

mod candidate;
mod findings;
mod handshake;
mod problem;
mod rules;
#[cfg(test)]
mod tests;
mod verdict;
mod verifier;
mod walk;

pub use handshake::take_refusal;
pub use problem::Problem;
pub(crate) use rules::is_weak;
pub use verdict::{Path, Place, Reason, Refusal, Verdict};
pub use verifier::{AnchorError, ClientCertificates, Side, Verifier};
