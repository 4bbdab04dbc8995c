//! One input to one command, and whether it did what it should.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::seeds::PASSPHRASE;
use super::verbs::Verb;
use crate::workspace;

/// Bytes of memory that a run may have of its own.
const MEMORY: u64 = 64 << 20;
/// Seconds of CPU time.
const TIME: u64 = 1;

/// An input that something went wrong with.
pub(super) struct Finding {
    pub(super) number: usize,
    pub(super) wrong: String,
    pub(super) input: Vec<u8>,
}

/// The runs of one command.
pub(super) struct Trials<'a> {
    verb: &'a Verb,
    program: PathBuf,
    /// The fixtures are named from here.
    root: PathBuf,
    directory: TempDir,
    endings: Mutex<BTreeMap<String, usize>>,
}

impl<'a> Trials<'a> {
    pub(super) fn new(verb: &'a Verb) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("latchkey-").tempdir().context("making a directory")?;
        let program = workspace::programs()?.join("pki");
        fs::write(directory.path().join("passphrase"), PASSPHRASE).context("writing the passphrase")?;
        Ok(Self { verb, program, root: workspace::root()?, directory, endings: Mutex::default() })
    }

    /// Shows an input: what went wrong, if anything did.
    pub(super) fn run(&self, number: usize, input: &[u8]) -> Result<Option<String>> {
        let path = self.directory.path().join(number.to_string());
        fs::write(&path, input).with_context(|| format!("writing {}", path.display()))?;
        let form = self.verb.forms[number % self.verb.forms.len()];
        let mut command = Command::new("prlimit");
        command.args([format!("--data={MEMORY}"), format!("--cpu={TIME}"), "--core=0".to_owned()]);
        command.arg(&self.program).args(self.verb.command).arg(&path).args(form).current_dir(&self.root);
        if self.verb.under_passphrase && !number.is_multiple_of(6) {
            command.arg("--passphrase-file").arg(self.directory.path().join("passphrase"));
        }
        command.stdin(Stdio::null()).env("LATCHKEY_STORE", self.directory.path().join("store")).env("NO_COLOR", "1");
        let output = command.output().context("starting prlimit")?;
        fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        let ending = output.status.code().map_or_else(|| output.status.to_string(), |code| format!("exit {code}"));
        *self.endings.lock().unwrap_or_else(PoisonError::into_inner).entry(ending).or_default() += 1;
        Ok(wrong(&output, self.verb.exits, form.contains(&"--json")))
    }

    /// How the runs ended, and how many in each way.
    pub(super) fn tally(&self) -> String {
        let endings = self.endings.lock().unwrap_or_else(PoisonError::into_inner);
        endings.iter().map(|(ending, count)| format!("{count} with {ending}")).collect::<Vec<_>>().join(", ")
    }
}

fn wrong(output: &Output, exits: &[i32], is_json: bool) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(signal) = output.status.signal() {
        return Some(format!("it was ended by signal {signal}: {}", last_line(&said)));
    }
    if said.contains("panicked at") {
        return Some(format!("it panicked: {}", said.lines().find(|line| line.contains("panicked at"))?));
    }
    if !output.status.code().is_some_and(|code| exits.contains(&code)) {
        return Some(format!("it ended with {}: {}", output.status, last_line(&said)));
    }
    let Ok(shown) = std::str::from_utf8(&output.stdout) else { return Some("it printed what is no text".to_owned()) };
    if is_json {
        let document: Result<serde_json::Value, _> = serde_json::from_str(shown);
        return document.err().map(|error| format!("its JSON cannot be read: {error}"));
    }
    let is_control = |letter: char| letter.is_control() && letter != '\n';
    [shown, &said].iter().any(|text| text.contains(is_control)).then(|| "it printed a control character".to_owned())
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}
