//! Which rule decides about a client, and why each of the others does not.

use std::fmt;

use common::facts::ClientIdentity;
use serde::Serialize;

use super::Rules;
use crate::words::join;

/// What a set of rules says to a client, down to each term. `Display` is lines for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Whether it is let in.
    pub allowed: bool,
    /// The first rule that holds, from 1.
    pub decided_by: Option<usize>,
    /// Every rule, in order.
    pub rules: Vec<ExplainedRule>,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedRule {
    /// The rule.
    pub rule: String,
    /// Whether all of its terms hold.
    pub holds: bool,
    /// Each of them.
    pub terms: Vec<ExplainedTerm>,
}

/// What one term says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedTerm {
    /// The term.
    pub term: String,
    /// Whether it holds.
    pub holds: bool,
    /// What of the certificate it was held against; nothing where there is no name of this kind.
    pub values: Vec<String>,
}

pub(super) fn explain(rules: &Rules, client: &ClientIdentity) -> Explained {
    let decision = rules.decide(client);
    let explained = rules.all().iter().map(|rule| ExplainedRule {
        rule: rule.to_string(),
        holds: rule.holds(client),
        terms: rule
            .terms
            .iter()
            .map(|term| ExplainedTerm {
                term: term.to_string(),
                holds: term.holds(client),
                values: term.values(client),
            })
            .collect(),
    });
    Explained {
        allowed: decision.allowed,
        decided_by: decision.rule.map(|index| index + 1),
        rules: explained.collect(),
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.allowed, self.decided_by) {
            (true, None) => writeln!(f, "allowed: there are no rules, so everybody is whom the CA vouches for")?,
            (true, Some(number)) => writeln!(f, "allowed by rule {number}")?,
            (false, _) => writeln!(f, "not allowed: no rule holds")?,
        }
        for (index, rule) in self.rules.iter().enumerate() {
            writeln!(f, "rule {} {}: {}", index + 1, holds(rule.holds), rule.rule)?;
            for term in &rule.terms {
                let values = if term.values.is_empty() { "there is none".to_owned() } else { join(&term.values) };
                writeln!(f, "  {} {}: {values}", term.term, holds(term.holds))?;
            }
        }
        Ok(())
    }
}

fn holds(holds: bool) -> &'static str {
    if holds { "holds" } else { "does not hold" }
}
