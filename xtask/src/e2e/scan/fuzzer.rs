//! One script of tlsfuzzer, and what it says.

use std::time::Duration;

use anyhow::{Result, bail};

use super::expected::Script;
use crate::e2e::harness::{Harness, Listening};
use crate::scan;

/// The longest of them send thousands of ClientHellos.
const PATIENCE: Duration = Duration::from_secs(900);

/// A test that did not go as its script wants it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) test: String,
    /// The last thing that went wrong, as Python says it.
    pub(super) why: String,
}

/// What came of a script.
pub(super) struct Outcome {
    pub(super) tests: usize,
    pub(super) failures: Vec<Failure>,
}

/// Runs `script` against `server`.
pub(super) fn run(harness: &Harness<'_>, script: &Script, server: &Listening) -> Result<Outcome> {
    let directory = scan::directory()?;
    let checkout = if script.gcm { "tlsfuzzer-gcm" } else { "tlsfuzzer" };
    let path = directory.join(checkout).join("scripts").join(format!("{}.py", script.name));
    let mut arguments = script.arguments.clone();
    for (client, identity) in [("rsa", "rsa"), ("p256", "alice"), ("ed25519", "ed25519")] {
        let (key, chain) = (format!("client/{identity}.key"), format!("client/{identity}.pem"));
        let both = format!("-k {} -c {}", harness.fixture(&key), harness.fixture(&chain));
        arguments = arguments.replace(&format!("{{{client}}}"), &both);
    }
    let python = harness.program(directory.join("venv/bin/python"));
    let python = python.arguments([path.as_os_str()]).words(&format!("-h localhost -p {}", server.port));
    let finished = python.arguments(split(&arguments)).start()?.finish_within(PATIENCE)?;
    let Some(tests) = total(&finished.stdout) else { bail!("it came to no end\n{}", finished.transcript()) };
    Ok(Outcome { tests, failures: failures(&finished.stdout) })
}

/// Words, of which one in double quotes may hold spaces.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The number of tests, from the summary at the end.
fn total(output: &str) -> Option<usize> {
    output.lines().rev().find_map(|line| line.strip_prefix("TOTAL: ")?.trim().parse().ok())
}

/// A script names each test, then says OK or how it went wrong: the last line of the last traceback tells.
fn failures(output: &str) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    let mut test = None;
    let mut inside = false;
    for line in output.lines() {
        if let Some(name) = line.strip_suffix("...").filter(|name| !name.starts_with(' ')) {
            test = Some(name.trim_end().to_owned());
        } else if line.starts_with("Error ") {
            failures.extend(test.take().map(|test| Failure { test, why: String::new() }));
        } else if line.starts_with("Traceback") {
            inside = true;
        } else if inside && !line.is_empty() && !line.starts_with(' ') {
            inside = false;
            if let Some(failure) = failures.last_mut() {
                failure.why = line.to_owned();
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_says_is_understood() {
        let output = "sanity ...\nOK\n\none ...\nError encountered while processing node X\nError while processing\n\
            Traceback (most recent call last):\n  File x\nConnectionError: gone\n\n\
            During handling of the above exception, another exception occurred:\n\n\
            Traceback (most recent call last):\n  File y\nAssertionError: closed\n\n\
            \"two\" repeat 0...\nError encountered while processing node Y\nError while processing\n\
            Traceback (most recent call last):\n  File z\nAssertionError: alert\n\nTOTAL: 3\n";
        let failure = |test: &str, why: &str| Failure { test: test.to_owned(), why: why.to_owned() };
        assert_eq!(
            failures(output),
            [failure("one", "AssertionError: closed"), failure("\"two\" repeat 0", "AssertionError: alert")]
        );
        assert_eq!(total(output), Some(3));
        assert_eq!(split("-n 5 -e \"a test\""), ["-n", "5", "-e", "a test"]);
    }
}
