//! What is wrong with an identity, for the log, `/status` and a person at a terminal.

use std::fmt;

use common::context::IdentityError;
use common::terminal::ui;
use pki::bundle::{self, Finding};
use pki::stored::StoredError;
use serde::Serialize;

pub use pki::bundle::Severity;

/// Something that is wrong with an identity. `Display` is the whole sentence, without the full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// An error: it is not served, or not in place of what was. A warning or a note: it is.
    pub severity: Severity,
    /// The file, directory or name in the store that it is about.
    pub source: String,
    /// What is wrong; names the source.
    pub sentence: String,
    /// What would mend it.
    pub mend: Option<String>,
}

impl Problem {
    pub(super) fn new(severity: Severity, source: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { severity, source: source.into(), sentence: sentence.into(), mend: None }
    }

    /// An error and what caused it.
    pub(super) fn error(source: impl Into<String>, error: &dyn std::error::Error) -> Self {
        Self::new(Severity::Error, source, ui::chain(error))
    }

    pub(super) fn identity(source: impl Into<String>, error: &IdentityError) -> Self {
        Self::error(source, error).with_mend(bundle::mend(error))
    }

    pub(super) fn stored(source: impl Into<String>, error: &StoredError) -> Self {
        Self::error(source, error)
    }

    pub(super) fn finding(source: impl Into<String>, finding: &Finding) -> Self {
        Self::new(finding.severity, source, finding.to_string()).with_mend(finding.mend.clone())
    }

    pub(super) fn with_mend(mut self, mend: Option<String>) -> Self {
        self.mend = mend;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Identities that cannot be served as they were asked for. `Display` joins the errors among the problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Everything that was found, warnings and notes, too.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.problems.iter().filter(|problem| problem.severity == Severity::Error);
        for (index, problem) in errors.enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
