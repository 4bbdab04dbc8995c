//! What was seen, for a person and for a program: one value, and the text that is rendered from it.

mod certificate;
mod explain;
mod model;
pub mod text;

#[cfg(test)]
mod golden;

pub use certificate::{Life, Shown};
pub use model::{
    Address, Attempt, CertificateRequested, Conversation, Finding, HandshakeReport, Path, Peer, Report, Times, Verdict,
};
