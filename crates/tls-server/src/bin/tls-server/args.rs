//! What the command line accepts.

mod configuration;
mod options;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Parser, Subcommand, ValueEnum};
use common::terminal::manual::{CompletionsArgs, ManArgs};
use common::terminal::{GlobalArgs, command_line};

pub(crate) use configuration::{Refused, configuration, configuration_of_clients};
pub(crate) use options::{ExplainClientArgs, ServeArgs};

use crate::cmd::reload::ReloadArgs;

const EXAMPLES: &str = "\
Examples:
  For local use; a CA and a certificate for localhost are made on first use:
    tls-server
  TLS in front of a plain service:
    tls-server forward 127.0.0.1:5432 --listen 0.0.0.0:5433 --cert cert.pem --key key.pem
  Other ports, and a service that returns what it gets:
    tls-server echo --listen 127.0.0.1:9443 --listen localhost:9444
  A certificate and its key from files:
    pki cert self-signed localhost --out cert.pem --key-out key.pem
    tls-server hello --cert cert.pem --key key.pem --listen 127.0.0.1:8888
  Several listeners, from a file that is checked first:
    tls-server check --config server.toml
    tls-server --config server.toml";

/// Serves over TLS: hello answers a greeting, echo returns every byte, http shows visitors their own connection,
/// forward passes on to a plain service
#[derive(Debug, Parser)]
#[command(name = "tls-server", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) serve: ServeArgs,

    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// What is done in place of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say everything that is wrong with a configuration, and serve nothing
    Check(Box<ServeArgs>),
    /// Look at a configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Have a running server read everything again: certificates, keys, trust, rules, listeners, limits
    Reload(ReloadArgs),
    /// Say whether a client with this certificate would be let in, and which rule or which flaw decides it
    ExplainClient(Box<ExplainClientArgs>),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual, or write a page for each command
    Man(ManArgs),
}

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print what is in force and where each value came from, as a file that says the same
    Show(Box<ServeArgs>),
}

/// The services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Prints what it received and answers `Hello from server!`
    #[default]
    Hello,
    /// Returns every byte
    Echo,
    /// A page that shows visitors their own connection, and with --root files
    Http,
    /// Passes on to the plain service at TARGET
    Forward,
}

impl ServiceName {
    /// The word of the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Echo => "echo",
            Self::Http => "http",
            Self::Forward => "forward",
        }
    }
}

impl Args {
    /// The process's arguments.
    ///
    /// # Errors
    /// They cannot be understood, or ask for help, and that has been said; the process is to end with this code.
    pub(crate) fn read() -> Result<Self, ExitCode> {
        command_line::read_and_check("tls-server", refuse_stray)
    }
}

/// A flag of the server in front of a command would be lost.
fn refuse_stray(command: &mut clap::Command, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
    let Some((verb, _)) = matches.subcommand() else { return Ok(()) };
    let given = |arg: &&clap::Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let Some(arg) = command.get_arguments().filter(|arg| !arg.is_global_set()).find(given) else { return Ok(()) };
    let stray = arg.get_long().map_or_else(|| arg.get_id().to_string().to_uppercase(), |long| format!("--{long}"));
    let message = format!("{stray} stands before `{verb}` and would have no effect: write it after `{verb}`");
    Err(command.error(ErrorKind::ArgumentConflict, message))
}
