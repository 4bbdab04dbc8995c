//! A program that has ended, and claims about how it did.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What a program ended with.
#[derive(Debug)]
pub(in crate::e2e) struct Finished {
    shown: String,
    status: ExitStatus,
    /// All of its standard output.
    pub(in crate::e2e) stdout: String,
    /// All of its standard error.
    pub(in crate::e2e) stderr: String,
}

impl Finished {
    /// # Errors
    /// It panicked, which nothing may, whatever it was given.
    pub(super) fn new(shown: String, status: ExitStatus, stdout: String, stderr: String) -> Result<Self> {
        let finished = Self { shown, status, stdout, stderr };
        if finished.stderr.contains("panicked at") {
            bail!("it panicked\n{}", finished.transcript());
        }
        Ok(finished)
    }

    /// It ended with this code.
    pub(in crate::e2e) fn exits(self, code: i32) -> Result<Self> {
        if self.status.code() != Some(code) {
            bail!("it should exit {code}, and {}\n{}", self.ending(), self.transcript());
        }
        Ok(self)
    }

    /// It ended with 0.
    pub(in crate::e2e) fn succeeds(self) -> Result<Self> {
        self.exits(0)
    }

    /// It ended with anything but 0.
    pub(in crate::e2e) fn fails(self) -> Result<Self> {
        if self.status.success() {
            bail!("it should fail, and exited 0\n{}", self.transcript());
        }
        Ok(self)
    }

    /// Its standard output contains `text`.
    pub(in crate::e2e) fn says(self, text: &str) -> Result<Self> {
        if !self.stdout.contains(text) {
            bail!("its output should contain {text:?}\n{}", self.transcript());
        }
        Ok(self)
    }

    /// Its standard error contains `text`, upper or lower case.
    pub(in crate::e2e) fn notes(self, text: &str) -> Result<Self> {
        if !self.stderr.to_lowercase().contains(&text.to_lowercase()) {
            bail!("its standard error should contain {text:?}\n{}", self.transcript());
        }
        Ok(self)
    }

    /// Its standard error contains each of `texts`.
    pub(in crate::e2e) fn notes_all(self, texts: &[&str]) -> Result<Self> {
        texts.iter().try_fold(self, |finished, text| finished.notes(text))
    }

    /// Either stream contains `text`, upper or lower case.
    pub(in crate::e2e) fn mentions(self, text: &str) -> Result<Self> {
        let text = text.to_lowercase();
        if ![&self.stdout, &self.stderr].iter().any(|stream| stream.to_lowercase().contains(&text)) {
            bail!("it should mention {text:?}\n{}", self.transcript());
        }
        Ok(self)
    }

    /// Its standard output as one JSON document of this schema.
    pub(in crate::e2e) fn json(&self, schema: &str) -> Result<Value> {
        let value: Value =
            serde_json::from_str(&self.stdout).with_context(|| format!("reading JSON\n{}", self.transcript()))?;
        if value.get("schema").and_then(Value::as_str) != Some(schema) {
            bail!("its schema should be {schema:?}\n{}", self.transcript());
        }
        Ok(value)
    }

    fn ending(&self) -> String {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exited {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => self.status.to_string(),
        }
    }

    /// What was run and what it said.
    pub(in crate::e2e) fn transcript(&self) -> String {
        transcript(&self.shown, &self.stdout, &self.stderr)
    }
}

/// A command and what it said, indented so that the end of it can be seen.
pub(super) fn transcript(shown: &str, stdout: &str, stderr: &str) -> String {
    let mut text = format!("  $ {shown}\n");
    for (name, content) in [("stdout", stdout), ("stderr", stderr)] {
        for line in content.lines() {
            text.push_str(&format!("  {name}| {line}\n"));
        }
    }
    text
}
