//! What is accepted on the command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Parser, Subcommand};
use common::input::Reference;
use common::terminal::manual::{CompletionsArgs, ManArgs};
use common::terminal::{GlobalArgs, PassphraseArgs, PolicyArgs, command_line, parse_duration};

use crate::bench_args::BenchArgs;
use crate::preamble_args::PreambleArgs;

const EXAMPLES: &str = "\
Examples:
  tls-client                                  talks to the tls-server of this machine
  tls-client report localhost:8443            everything about the handshake
  tls-client report localhost:8443 --json     the same for a program
  tls-client connect localhost:8443 --send 'Hello from client!'
  tls-client report localhost:8443 --server-name localhost --min-version 1.3

STARTTLS, a proxy (names as examples):
  tls-client report mail.example --starttls smtp
  tls-client report db.example --starttls postgres --proxy socks5://localhost:1080";

const TRACE_EXAMPLES: &str = "\
Examples:
  tls-client trace localhost:8443                     what can be read in between, and what cannot
  tls-client trace localhost:8443 --max-version 1.2   the same where the certificates are not hidden
  tls-client trace localhost:8443 --resume            a session, and how it goes on
  tls-client trace localhost:8443 --html trace.html   a page with a diagram of it
  tls-client trace localhost:8443 --pcapng trace.pcapng --send 'Hello from client!'
  tls-client trace localhost:8443 -v                  field by field";

/// Connects over TLS and says what it sees: by whom the server is trusted, what was agreed, and what would mend it
/// where something failed. Without a command it is `connect`.
#[derive(Debug, Parser)]
#[command(name = "tls-client", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect, say something, and show the answer with a short report
    #[command(after_help = EXAMPLES)]
    Connect(ConnectArgs),
    /// Everything about the handshake, the chain and its verdict; nothing is sent after it
    #[command(after_help = EXAMPLES)]
    Report(ReportArgs),
    /// Each record and handshake message: what an eavesdropper reads beside what is inside; -v decodes every field
    #[command(after_help = TRACE_EXAMPLES)]
    Trace(TraceArgs),
    /// Put load on a server, and measure both ends
    #[command(after_help = crate::bench_args::EXAMPLES)]
    Bench(BenchArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual, or write a page for each command
    Man(ManArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArgs {
    /// HOST[:PORT]; an IPv6 address with a port stands in brackets [default: localhost:8443]
    pub(crate) target: Option<String>,
    /// Send TEXT, or what standard input holds where it is `-` [default: nothing, or without a target a greeting]
    #[arg(long, value_name = "TEXT", help_heading = "Connection")]
    pub(crate) send: Option<String>,
    #[command(flatten)]
    pub(crate) preamble: PreambleArgs,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// HOST[:PORT]; the port is 443 or that of --starttls unless given, and an IPv6 address with a port stands in
    /// brackets
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) preamble: PreambleArgs,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TraceArgs {
    /// HOST[:PORT]; the port is 443 unless given, and an IPv6 address with a port stands in brackets
    pub(crate) target: String,
    /// Send TEXT after the handshake, and wait for the answer
    #[arg(long, value_name = "TEXT", help_heading = "Connection")]
    pub(crate) send: Option<String>,
    /// Connect twice, the second time with the session of the first
    #[arg(long, help_heading = "Connection")]
    pub(crate) resume: bool,
    /// Draw the trace as a page that needs nothing else
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
    /// Keep a capture that Wireshark opens decrypted, as the secrets are in it; whoever has it can read the session
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) pcapng: Option<PathBuf>,
    /// Overwrite the files that --html and --pcapng name
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) preamble: PreambleArgs,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Everything that a client brings to a connection.
#[derive(Debug, clap::Args)]
pub(crate) struct ClientArgs {
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Append the session's secrets to FILE, for Wireshark; whoever has it can read the traffic
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub(crate) keylog: Option<PathBuf>,
    /// How long each stage may take: resolving, connecting, the handshake, the answer
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = timeout, help_heading = "Connection")]
    pub(crate) timeout: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct TrustArgs {
    /// Trust the certificates in FILE (or `-`, or store:NAME) and no others; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<Reference>,
    /// Trust the certificates in DIR, a directory as `openssl rehash` makes it, and no others
    #[arg(long, value_name = "DIR")]
    pub(crate) ca_path: Option<PathBuf>,
    /// Trust the system's roots beside --ca or --ca-path
    #[arg(long, conflicts_with = "no_system")]
    pub(crate) system: bool,
    /// Do not trust the system's roots; without --ca only the store's CAs are left
    #[arg(long)]
    pub(crate) no_system: bool,
    /// Go on past a certificate that is not trusted; anybody in between can read and change everything
    #[arg(long)]
    pub(crate) insecure: bool,
    /// The name to ask for and to find in the certificate, in place of HOST
    #[arg(long, value_name = "NAME")]
    pub(crate) server_name: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Identity")]
pub(crate) struct IdentityArgs {
    /// Our certificate chain, where the server asks for one: a file, `-`, or store:NAME for chain and key
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<Reference>,
    /// The private key of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<Reference>,
    /// Chain and key in one file, in any order, or store:NAME
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cert", "key"])]
    pub(crate) pem: Option<Reference>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

impl Args {
    /// The process's arguments.
    ///
    /// # Errors
    /// They cannot be understood, and that has been said; the process is to end with this code.
    pub(crate) fn read() -> Result<Self, ExitCode> {
        command_line::read_and_check("tls-client", |command, matches| {
            let (Some((verb, _)), Some(stray)) = (matches.subcommand(), stray(command, matches)) else { return Ok(()) };
            let message = format!("`{stray}` stands before `{verb}` and would have no effect: write it after `{verb}`");
            Err(command.error(ErrorKind::ArgumentConflict, message))
        })
    }
}

/// An argument of the `connect` that needs no word, in front of another command.
fn stray(command: &clap::Command, matches: &clap::ArgMatches) -> Option<String> {
    let given = |arg: &&clap::Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let arg = command.get_arguments().filter(|arg| !arg.is_global_set()).find(given)?;
    Some(match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => matches.get_one::<String>(arg.get_id().as_str()).cloned().unwrap_or_default(),
    })
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("nothing can be done in no time".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_target_alone_is_a_connect() {
        let args = Args::try_parse_from(["tls-client", "localhost:8888", "--ca", "cert.pem"]).unwrap();
        assert!(args.command.is_none());
        assert_eq!(args.connect.target.as_deref(), Some("localhost:8888"));
    }

    #[test]
    fn a_flag_that_would_be_lost_is_found() {
        let command = Args::command();
        let read = |words: &str| {
            let matches = command.clone().try_get_matches_from(words.split(' ')).unwrap();
            stray(&command, &matches)
        };
        assert_eq!(read("tls-client --ca a.pem report host").as_deref(), Some("--ca"));
        assert_eq!(read("tls-client host report other").as_deref(), Some("host"));
        assert_eq!(read("tls-client --json --store s report host"), None);
    }
}
