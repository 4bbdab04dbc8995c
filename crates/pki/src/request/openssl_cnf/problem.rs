//! What is wrong with a configuration, where it is written, and what would be right.

use std::fmt;

use crate::certificate::printable;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CnfProblem {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// The section and the key, as `[req] default_bits`; empty where the line has none.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub advice: Option<String>,
}

/// How many problems are worth telling at once.
pub(super) const ENOUGH: usize = 50;

/// How many letters of one thing that is said are worth reading.
const MAX_SHOWN: usize = 500;

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CnfError(Vec<CnfProblem>);

impl CnfProblem {
    /// Of a file as a whole.
    pub(super) fn of_file(file: &str, what: impl fmt::Display) -> Self {
        Self { file: shown(file), line: None, key: String::new(), what: shown(&what.to_string()), advice: None }
    }

    /// On a line that has no key yet.
    pub(super) fn on_line(file: &str, line: usize, what: impl fmt::Display) -> Self {
        Self { line: Some(line), ..Self::of_file(file, what) }
    }

    /// Adds what would be right.
    #[must_use]
    pub(super) fn advise(mut self, advice: impl fmt::Display) -> Self {
        self.advice = Some(shown(&advice.to_string()));
        self
    }
}

/// What a configuration says, for people: nothing of it moves a terminal's cursor or fills its screen.
pub(super) fn shown(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl CnfError {
    /// The problems in the order in which they were met; there is at least one.
    pub fn problems(&self) -> &[CnfProblem] {
        &self.0
    }

    /// An error where there are problems, else `value`.
    pub(super) fn unless_none<T>(problems: Vec<CnfProblem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }
}

impl From<CnfProblem> for CnfError {
    fn from(problem: CnfProblem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for CnfProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

impl fmt::Display for CnfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&sentences.join("; "))
    }
}

impl std::error::Error for CnfError {}
