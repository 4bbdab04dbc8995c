//! Log lines on stderr, for people or as JSON.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

use super::CliError;

/// How much is logged when `LATCHKEY_LOG` does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// What the program is for: a server's connection lines, for one.
    #[default]
    Normal,
    /// `-v`
    Verbose,
    /// `-vv`
    Trace,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// One line of words and `key=value`.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to stderr, once per process.
///
/// The filter is `LATCHKEY_LOG` (tracing's directives) where it is set, else follows `verbosity`.
///
/// # Errors
/// `LATCHKEY_LOG` cannot be read as a filter.
pub fn start(verbosity: Verbosity, format: LogFormat, color: bool) -> Result<(), CliError> {
    let filter = match std::env::var("LATCHKEY_LOG") {
        Ok(directives) if !directives.is_empty() => EnvFilter::try_new(&directives).map_err(|error| {
            CliError::usage(format_args!("LATCHKEY_LOG={directives:?} is no log filter: {error}"))
                .advise("try LATCHKEY_LOG=debug, or LATCHKEY_LOG=info,rustls=debug")
        })?,
        _ => EnvFilter::new(match verbosity {
            // rustls warns of what peers do wrong, which programs tell themselves; and a peer must not be able to
            // make a server's thread write, as it waits where nobody reads.
            Verbosity::Quiet => "warn,rustls=error",
            Verbosity::Normal => "info,rustls=error",
            Verbosity::Verbose => "debug,rustls=info",
            Verbosity::Trace => "trace",
        }),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_timer(SystemTime)
        .with_target(false)
        .with_ansi(color);
    // A second start in one process keeps the first subscriber, which is what a caller means.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
