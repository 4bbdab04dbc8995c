//! The streams a program writes to: results on stdout, everything else on stderr.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::Exit;
use crate::input::fsio::plain;

/// When colour is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// An error as a person meets it: the fact, what would mend it, and the code the process ends with.
#[derive(Debug, Clone)]
pub struct CliError {
    /// What was being done, on which file or peer, and what was wrong.
    pub fact: String,
    /// What to do next.
    pub advice: Option<String>,
    /// The exit code of the contract.
    pub exit: Exit,
    broken_pipe: bool,
}

impl CliError {
    /// An error with this fact that ends the process with `exit`.
    pub fn new(exit: Exit, fact: impl fmt::Display) -> Self {
        Self { fact: fact.to_string(), advice: None, exit, broken_pipe: false }
    }

    /// [`Exit::Usage`]: the input or the command line is wrong.
    pub fn usage(fact: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, fact)
    }

    /// [`Exit::Environment`]: the surroundings failed.
    pub fn environment(fact: impl fmt::Display) -> Self {
        Self::new(Exit::Environment, fact)
    }

    /// Adds the line that says what to do next.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Writing a result failed. A reader that has gone away is no failure of ours.
    pub fn output(error: &io::Error) -> Self {
        Self {
            broken_pipe: error.kind() == io::ErrorKind::BrokenPipe,
            ..Self::environment(format_args!("writing the result: {}", plain(error)))
        }
    }

    /// Whether this is the reader of our output having gone away, which counts as success.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)
    }
}

impl std::error::Error for CliError {}

/// Joins an error and its causes into one line: `fact: cause: cause`.
///
/// A cause that the line already says is not said twice.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // The number of a system error says nothing that its words have not said.
        let text = text.find(" (os error").map_or(text.as_str(), |end| &text[..end]);
        if !line.contains(text) {
            line.push_str(": ");
            line.push_str(text);
        }
        next = cause.source();
    }
    line
}

/// Where a program's output goes, and how it looks.
pub struct Ui {
    program: &'static str,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    json: bool,
    quiet: bool,
    color_out: bool,
    color_err: bool,
}

impl Ui {
    /// The process's own streams. `program` begins each error line.
    pub fn new(program: &'static str, color: ColorChoice) -> Self {
        let wanted = |terminal: bool| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Self {
            program,
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            json: false,
            quiet: false,
            color_out: wanted(io::stdout().is_terminal()),
            color_err: wanted(io::stderr().is_terminal()),
        }
    }

    /// Streams that a test reads back; without colour.
    pub fn to_writers(program: &'static str, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self { program, out, err, json: false, quiet: false, color_out: false, color_err: false }
    }

    /// Results as JSON documents, and errors as well.
    #[must_use]
    pub fn json(mut self, json: bool) -> Self {
        self.json = json;
        self
    }

    /// Without notes.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Whether results are JSON documents.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A result as text, on stdout. `text` brings its own line ends.
    pub fn result(&mut self, text: &str) -> Result<(), CliError> {
        self.result_bytes(text.as_bytes())
    }

    /// A result as bytes, on stdout.
    pub fn result_bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(|error| CliError::output(&error))
    }

    /// A result as one JSON document on stdout, indented.
    pub fn document(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let mut text = serde_json::to_string_pretty(value)
            .map_err(|error| CliError::environment(format_args!("writing JSON: {error}")))?;
        text.push('\n');
        self.result(&text)
    }

    /// A result as one JSON document on one line, for commands that stream.
    pub fn line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let mut text = serde_json::to_string(value)
            .map_err(|error| CliError::environment(format_args!("writing JSON: {error}")))?;
        text.push('\n');
        self.result(&text)
    }

    /// A note on stderr: what was done and what can be done next. `-q` silences it.
    pub fn note(&mut self, text: impl fmt::Display) {
        if !self.quiet {
            // A note that cannot be written has nobody left to be told.
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// A warning on stderr. `-q` does not silence it.
    pub fn warn(&mut self, text: impl fmt::Display) {
        let style = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
        let label = self.paint_err(style, "warning");
        let _ = writeln!(self.err, "{label}: {text}");
    }

    /// Says what went wrong and what to do, and returns the code to end with.
    ///
    /// With `--json` the error is a `latchkey.error/1` document on stdout, and the same words are on stderr.
    pub fn explain(&mut self, error: &CliError) -> Exit {
        if error.is_broken_pipe() {
            return Exit::Success;
        }
        self.report(error);
        let label = self.paint_err(Style::new().fg_color(Some(AnsiColor::Red.into())).bold(), "error");
        let _ = writeln!(self.err, "{}: {label}: {}", self.program, error.fact);
        if let Some(advice) = &error.advice {
            let label = self.paint_err(Style::new().bold(), "try");
            let _ = writeln!(self.err, "  {label}: {advice}");
        }
        error.exit
    }

    /// With `--json` the `latchkey.error/1` document on stdout; without, nothing.
    pub(super) fn report(&mut self, error: &CliError) {
        if self.json {
            let document = ErrorDocument {
                schema: "latchkey.error/1",
                error: &error.fact,
                advice: error.advice.as_deref(),
                exit_code: error.exit,
            };
            let _ = self.document(&document);
        }
    }

    /// `text` in `style` where stdout takes colour, else plain.
    pub fn paint(&self, style: Style, text: &str) -> String {
        painted(self.color_out, style, text)
    }

    fn paint_err(&self, style: Style, text: &str) -> String {
        painted(self.color_err, style, text)
    }
}

fn painted(color: bool, style: Style, text: &str) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    schema: &'static str,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a str>,
    exit_code: Exit,
}
