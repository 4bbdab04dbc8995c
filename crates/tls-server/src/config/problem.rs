//! What is wrong with a configuration, each with where, what, and what would be right.

use std::fmt;

use serde::Serialize;

use super::Origin;

/// Whether a problem keeps the server from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not, and is told.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it keeps the server from starting.
    pub severity: Severity,
    /// The file, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where the value came from, or where one should be.
    pub origin: Origin,
    /// The key (`limits.max_connections`), where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Problem {
    /// What is wrong and where, without what would be right.
    pub fn fact(&self) -> String {
        let place = match (&self.file, self.origin) {
            (Some(file), Origin::File { line, column }) => format!("{file}:{line}:{column}: "),
            (Some(file), Origin::Default) => format!("{file}: "),
            _ => String::new(),
        };
        format!("{place}{}{}", self.subject(), self.problem)
    }

    fn subject(&self) -> String {
        match (self.origin, &self.key, &self.value) {
            (Origin::Flag(flag), _, Some(value)) => format!("{flag} {}: ", shortened(value)),
            (Origin::Flag(flag), _, None) => format!("{flag}: "),
            (Origin::Environment(name), _, Some(value)) => format!("{name}={}: ", shortened(value)),
            (_, Some(key), Some(value)) => format!("{key} = {}: ", shortened(value)),
            (_, Some(key), None) => format!("{key}: "),
            _ => String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact())?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// Everything that keeps a configuration from being used, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Those that keep the server from starting.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// By line and column, errors and warnings as they come.
pub(super) fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| match problem.origin {
        Origin::File { line, column } => (line, column),
        _ => (usize::MAX, 0),
    });
}

/// What is wrong with a text, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) problem: String,
    /// What would be right.
    pub(super) advice: Option<Advice>,
}

/// What would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    /// This value in its place.
    Write(String),
    /// What these words say.
    Say(String),
}

impl Fault {
    /// What is wrong.
    pub(super) fn new(problem: impl fmt::Display) -> Self {
        Self { problem: problem.to_string(), advice: None }
    }

    /// The value that would be right.
    #[must_use]
    pub(super) fn write(self, value: impl fmt::Display) -> Self {
        Self { advice: Some(Advice::Write(value.to_string())), ..self }
    }

    /// What would be right, in words.
    #[must_use]
    pub(super) fn advise(self, words: impl fmt::Display) -> Self {
        Self { advice: Some(Advice::Say(words.to_string())), ..self }
    }
}

/// A value on one line, and no longer than a line.
fn shortened(value: &str) -> String {
    const SHOWN: usize = 100;
    let printable: String = value
        .chars()
        .flat_map(|letter| match letter.is_control() {
            true => letter.escape_default().collect::<Vec<_>>(),
            false => vec![letter],
        })
        .collect();
    match printable.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &printable[..end]),
        None => printable,
    }
}
