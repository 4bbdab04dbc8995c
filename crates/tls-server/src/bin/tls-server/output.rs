//! The two streams while the server runs: the log on standard error, what `hello` received on standard output.
//! Each has a thread that writes, so that a slow reader holds up no connection.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::SystemClock;
use common::context::Policy;
use common::terminal::CliError;
use engine::observe::lines::{self, Lines, Writer};
use pki::explain::Circumstances;
use tls_server::Limits;
use tls_server::access::{Level, Log, Style};
use tls_server::services::{Received, Sink};

use crate::args::Args;
use crate::greeting::versions;
use crate::identity::Shown;
use crate::{error, received};

/// How long the end of the program waits for a stream that takes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Both streams.
pub(crate) struct Output {
    pub(crate) log: Log,
    pub(crate) printer: Printer,
    writers: [Writer; 2],
}

impl Output {
    pub(crate) fn start(args: &Args, policy: &Policy, shown: &Shown, limits: &Limits) -> Result<Self, CliError> {
        let failed = |error: io::Error| error::system("starting a writer", &error);
        let (log, log_writer) = lines::start(io::stderr(), lost).map_err(failed)?;
        let (printed, printed_writer) = lines::start(io::stdout(), lost).map_err(failed)?;
        let circumstances = Circumstances {
            versions: Some(versions(policy)),
            alpn: policy.alpn.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect(),
            own_certificate: Some(shown.leaf.label()),
            ..Circumstances::server("")
        };
        let style = Style {
            format: args.watching.log_format,
            least: least(),
            clock: Arc::new(SystemClock),
            limits: limits.clone(),
            circumstances,
        };
        let printer = Printer { lines: printed, json: args.global.json };
        Ok(Self { log: Log::new(log, style), printer, writers: [log_writer, printed_writer] })
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
