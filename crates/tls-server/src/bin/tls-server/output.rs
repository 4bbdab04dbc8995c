//! The two streams while the server runs: the log on standard error, what `hello` received on standard output.
//! Each has a thread that writes, so that a slow reader holds up no connection.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::SystemClock;
use common::terminal::CliError;
use engine::observe::lines::{self, Lines, Writer};
use tls_server::access::{Level, Log, LogFile, Reopen, Style, Surroundings};
use tls_server::config::{AccessLog, Checked};
use tls_server::services::{Received, Sink};

use crate::{error, received};

/// How long the end of the program waits for a stream that takes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Both streams, and the access log where it is another.
pub(crate) struct Output {
    pub(crate) log: Log,
    pub(crate) printer: Printer,
    /// Has the file of the access log opened again.
    pub(crate) reopen: Option<Reopen>,
    writers: Vec<Writer>,
}

impl Output {
    pub(crate) fn start(checked: &Checked, json: bool, surroundings: Arc<dyn Surroundings>) -> Result<Self, CliError> {
        let failed = |error: io::Error| error::system("starting a writer", &error);
        let (log, log_writer) = lines::start(io::stderr(), lost).map_err(failed)?;
        let (printed, printed_writer) = lines::start(io::stdout(), lost).map_err(failed)?;
        let style =
            Style { format: checked.log.format.value, least: least(), clock: Arc::new(SystemClock), surroundings };
        let mut output = Self {
            log: Log::new(log, style),
            printer: Printer { lines: printed.clone(), json },
            reopen: None,
            writers: vec![log_writer, printed_writer],
        };
        match checked.log.access.as_ref().map(|access| &access.value) {
            None => {}
            Some(AccessLog::Stdout) => output.log = output.log.with_access(printed),
            Some(AccessLog::File(path)) => {
                let (file, reopen) = LogFile::open(path).map_err(|error| {
                    CliError::environment(format_args!("opening the access log {}: {error}", path.display()))
                })?;
                let (access, writer) = lines::start(file, lost).map_err(failed)?;
                output.log = output.log.with_access(access);
                output.reopen = Some(reopen);
                output.writers.push(writer);
            }
        }
        Ok(output)
    }

    /// Waits until everything is written, or is not taken. Nobody else may hold a part of it any more.
    pub(crate) fn finish(self) {
        drop((self.log, self.printer));
        for writer in self.writers {
            writer.finish(PATIENCE);
        }
    }
}

/// Prints what `hello` received.
#[derive(Clone)]
pub(crate) struct Printer {
    lines: Lines,
    json: bool,
}

impl Printer {
    /// The sink of one worker.
    pub(crate) fn into_sink(self) -> Sink {
        let json = self.json;
        let lines = RefCell::new(self.lines);
        Rc::new(move |received: &Received<'_>| {
            let line = if json { received::json(received) } else { received::text(received) };
            let mut lines = lines.borrow_mut();
            lines.push(&line);
            lines.flush();
        })
    }
}

fn lost(lines: u64) -> String {
    format!("({lines} lines are missing here: they came faster than they could be written)")
}

/// The level that `-q`, `-v` and `LATCHKEY_LOG` leave.
fn least() -> Level {
    if tracing::enabled!(target: "tls_server", tracing::Level::DEBUG) {
        Level::Debug
    } else if tracing::enabled!(target: "tls_server", tracing::Level::INFO) {
        Level::Info
    } else if tracing::enabled!(target: "tls_server", tracing::Level::WARN) {
        Level::Warn
    } else {
        Level::Error
    }
}
