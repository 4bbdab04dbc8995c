//! Clients: who one is by its certificate, and which of those that a CA vouches for are let in.

mod admission;
mod identify;
mod rules;
#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use identify::identify;
pub use rules::{Decision, Explained, ExplainedRule, ExplainedTerm, Kind, Rule, RuleError, Rules};
