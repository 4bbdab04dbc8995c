//! The one verifier: who is believed, and if not, every reason why.
//!
//! webpki builds the path and decides; the [rules](self) of this crate may veto a path that it found. What webpki
//! rejects is rejected, and what it cannot do is refused by name ([`Unsupported`]). Where CRLs are given,
//! [revocation](Revocation) is looked up there. Why there is no path is worked out by walking the candidates once
//! more, so that the answer names the certificate, the date or the name that is wrong.
//!
//! `pki cert verify`, `tls-client`, `tls-server` and the store's TLS use [`Verifier`] and no other, so a verdict
//! cannot differ between them.

mod breach;
mod candidate;
mod findings;
mod handshake;
mod problem;
mod recheck;
mod refusing;
mod related;
mod revocation;
mod rules;
mod sentence;
mod side;
mod strictness;
mod subject;
mod terms;
#[cfg(test)]
mod tests;
mod unsupported;
mod verdict;
mod verifier;
mod violation;
mod walk;

pub use breach::Breach;
pub use handshake::take_refusal;
pub(crate) use handshake::{answer, timestamp};
pub use problem::Problem;
pub use revocation::{Revocation, UnusableList};
pub(crate) use rules::is_weak;
pub use side::Side;
pub use strictness::Strictness;
pub use subject::{Subject, SubjectError};
pub use terms::{Question, Terms};
pub use unsupported::Unsupported;
pub use verdict::{Path, Place, Reason, Refusal, Verdict};
pub use verifier::{AnchorError, ClientCertificates, Verifier};
