//! What is wrong with a rule.

/// What is wrong with a rule, where, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule `{rule}`, column {column}: {reason}{}", meant(nearest.as_deref()))]
pub struct RuleError {
    /// The rule as it was written.
    pub rule: String,
    /// The character at which it goes wrong, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
    /// The nearest right form of it.
    pub nearest: Option<String>,
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; write `{nearest}`")).unwrap_or_default()
}

/// What is wrong with a pattern. Where the rule is and which term it is in is added by the parser.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) reason: String,
    /// A pattern of the same kind that is right.
    pub(super) nearest: Option<String>,
}

impl PatternError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), nearest: None }
    }

    pub(super) fn nearest(mut self, pattern: impl Into<String>) -> Self {
        self.nearest = Some(pattern.into());
        self
    }
}
