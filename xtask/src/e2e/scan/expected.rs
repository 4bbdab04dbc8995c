//! What is expected of tlsfuzzer's scripts: the table, and what it allows.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::fuzzer::Failure;

/// The scripts, and what each may say.
const TABLE: &str = include_str!("tlsfuzzer.toml");

/// Everything in the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// In the order in which they are run.
    pub(super) script: Vec<Script>,
}

/// One run of one script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// Without `.py`.
    pub(super) name: String,
    /// Beside host and port.
    #[serde(default)]
    pub(super) arguments: String,
    /// What the server is started with.
    #[serde(default)]
    pub(super) server: Serving,
    /// Offer AES-128-GCM where the script has AES-128-CBC, which rustls has not.
    #[serde(default)]
    pub(super) gcm: bool,
    /// It says what is no request, so that nobody but `echo` answers.
    #[serde(default)]
    pub(super) echo_only: bool,
    /// Failures that are right, and why.
    #[serde(default)]
    pub(super) fails: Vec<Allowed>,
}

/// How the server is set up for a script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Serving {
    /// With an RSA certificate.
    #[default]
    Rsa,
    /// With a P-256 certificate.
    P256,
    /// With an RSA certificate, and clients are asked for theirs.
    Clients,
}

/// Failures that are as they should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allowed {
    /// The names of the tests; `*` stands for anything.
    #[serde(default = "anything")]
    tests: Vec<String>,
    /// What is said of them; `*` stands for anything.
    #[serde(default = "anything")]
    with: Vec<String>,
    /// The reason, for who reads the table.
    #[expect(dead_code, reason = "a table without reasons is worth nothing, and no program reads them")]
    why: String,
}

fn anything() -> Vec<String> {
    vec!["*".to_owned()]
}

impl Expected {
    pub(super) fn read() -> Result<Self> {
        toml::from_str(TABLE).context("reading tlsfuzzer.toml")
    }
}

impl Script {
    /// The failures that the table does not allow. Where not even the sanity test passes the others tell nothing.
    pub(super) fn unexpected<'f>(&self, failures: &'f [Failure]) -> Vec<&'f Failure> {
        failures.iter().filter(|failure| failure.test == "sanity" || !self.allows(failure)).collect()
    }

    fn allows(&self, failure: &Failure) -> bool {
        self.fails.iter().any(|allowed| {
            allowed.tests.iter().any(|pattern| fits(pattern, &failure.test))
                && allowed.with.iter().any(|pattern| fits(pattern, &failure.why))
        })
    }
}

/// Whether `text` is `pattern`, in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(fits("*", "") && fits("*", "any") && fits("a*", "abc") && fits("*c", "abc") && fits("a*c*e", "abcde"));
        assert!(fits("abc", "abc") && !fits("abc", "abcd") && !fits("a*c", "abcd") && !fits("*x*", "abc"));
        assert!(!fits("ab*ba", "aba"));
    }

    #[test]
    fn the_table_can_be_read() {
        assert!(Expected::read().unwrap().script.len() > 40);
    }

    #[test]
    fn sanity_is_never_allowed_to_fail() {
        let script: Script = toml::from_str("name = 'x'\nfails = [{ why = 'whatever' }]").unwrap();
        let failure = |test: &str| Failure { test: test.to_owned(), why: String::new() };
        let failures = [failure("sanity"), failure("other")];
        assert_eq!(script.unexpected(&failures).len(), 1);
    }
}
