//! What is asked of a chain, and by which terms it is judged.

use jiff::Timestamp;
use serde::Serialize;

use super::side::Side;
use super::strictness::Strictness;
use super::subject::Subject;

/// What is asked of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Whose certificate it is to be.
    pub side: Side,
    /// The name that it must be for; without one any will do.
    pub name: Option<&'a Subject>,
    /// The time at which it must hold.
    pub at: Timestamp,
}

/// By which terms a verifier judges, whatever is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// How much of the form must be right.
    pub strictness: Strictness,
    /// How many CAs may stand between the certificate and the anchor; none given is no bound but webpki's six.
    pub max_depth: Option<u32>,
}
