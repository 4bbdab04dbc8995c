//! A program with its arguments, to be run to its end or started.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::file_name;
use super::finished::Finished;
use super::running::Running;

/// No program may take longer. Far beyond what any takes, since the machine may be busy with other things.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Variables of the developer's own that would change what programs do.
const PERSONAL: [&str; 5] = ["OPENSSL_CONF", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "NO_COLOR"];

/// What standard input is.
enum Input {
    Empty,
    Text(Vec<u8>),
    Open,
}

/// A program, not yet running.
pub(in crate::e2e) struct Program {
    path: PathBuf,
    directory: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    input: Input,
}

impl Program {
    pub(super) fn new(path: PathBuf, directory: &Path) -> Self {
        let environment = PERSONAL.iter().map(|name| (OsString::from(name), None)).collect();
        Self { path, directory: directory.to_path_buf(), arguments: Vec::new(), environment, input: Input::Empty }
    }

    /// Adds arguments.
    pub(in crate::e2e) fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_os_string()));
        self
    }

    /// Adds the words of `line` as arguments; none of them may hold a space.
    pub(in crate::e2e) fn words(self, line: &str) -> Self {
        self.arguments(line.split_whitespace())
    }

    /// Where it runs, if not in the scenario's directory.
    pub(in crate::e2e) fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Sets an environment variable.
    pub(in crate::e2e) fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), Some(value.as_ref().to_os_string())));
        self
    }

    /// Takes an environment variable away.
    pub(in crate::e2e) fn without(mut self, name: &str) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// Runs it in this directory.
    pub(in crate::e2e) fn inside(mut self, directory: &Path) -> Self {
        self.directory = directory.to_path_buf();
        self
    }

    /// What it reads; without this, nothing.
    pub(in crate::e2e) fn input(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Text(text.into());
        self
    }

    /// Leaves its input open, for [`Running::write`].
    pub(in crate::e2e) fn open_input(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// Starts it, and waits for its end.
    pub(in crate::e2e) fn run(self) -> Result<Finished> {
        self.start()?.finish()
    }

    /// Starts it.
    pub(in crate::e2e) fn start(self) -> Result<Running> {
        let shown = self.show();
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).current_dir(&self.directory);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let (stdin, text, keep) = match self.input {
            Input::Empty => (Stdio::null(), None, false),
            Input::Text(text) => (Stdio::piped(), Some(text), false),
            Input::Open => (Stdio::piped(), None, true),
        };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting `{shown}`"))?;
        let stdin = child.stdin.take();
        let mut running = Running::new(child, shown)?;
        match (stdin, text, keep) {
            (Some(pipe), Some(text), _) => running.feed(pipe, text),
            (Some(pipe), None, true) => running.keep(pipe),
            _ => {}
        }
        Ok(running)
    }

    /// The command as a person would type it.
    fn show(&self) -> String {
        let words = self.arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        std::iter::once(file_name(&self.path)).chain(words).collect::<Vec<_>>().join(" ")
    }
}
