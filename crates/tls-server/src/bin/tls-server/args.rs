//! What the command line accepts.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, ValueEnum};
use common::input::Reference;
use common::terminal::logging::LogFormat;
use common::terminal::{GlobalArgs, PassphraseArgs, PolicyArgs, parse_duration};

/// Where is listened unless told.
const DEFAULT_ADDRESS: &str = "127.0.0.1:8443";

const EXAMPLES: &str = "\
Examples:
  For local use; a CA and a certificate for localhost are made on first use:
    tls-server
  Other ports, and a service that returns what it gets:
    tls-server echo --listen 127.0.0.1:9443 --listen localhost:9444
  A certificate and its key from files:
    pki cert self-signed localhost --out cert.pem --key-out key.pem
    tls-server hello --cert cert.pem --key key.pem --listen 127.0.0.1:8888
  TLS 1.3 alone, and log lines as JSON:
    tls-server --profile modern --log-format json";

/// Serves over TLS: hello answers a greeting, echo returns every byte
#[derive(Debug, Parser)]
#[command(name = "tls-server", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Args {
    /// What is served
    #[arg(value_enum, value_name = "SERVICE", default_value_t)]
    pub(crate) service: ServiceName,

    /// Listen on ADDR, a host or address and a port (0: any that is free); may be given several times
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub(crate) listen: Vec<String>,

    #[command(flatten)]
    pub(crate) identity: IdentityArgs,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) watching: WatchingArgs,

    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// The services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Prints what it received and answers `Hello from server!`
    #[default]
    Hello,
    /// Returns every byte
    Echo,
}

impl ServiceName {
    /// The word of the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Echo => "echo",
        }
    }
}

/// Which certificate is shown.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Identity (none given: the store's `localhost`, made on first use)")]
pub(crate) struct IdentityArgs {
    /// The certificate chain: PEM or DER, a path or - for standard input
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["pem", "store"])]
    pub(crate) cert: Option<Reference>,
    /// The private key of the chain's first certificate
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<Reference>,
    /// One file with the chain and the key, in any order
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub(crate) pem: Option<Reference>,
    /// The identity of that name in the store
    #[arg(long, value_name = "NAME", conflicts_with_all = ["cert", "pem"])]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// What bounds the server.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Threads that serve [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Connections at one time [default: as many as the system lets this process open]
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<NonZeroUsize>,
    /// How long a client may take for its handshake
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = deadline)]
    pub(crate) handshake_timeout: Duration,
    /// How long a connection may be silent
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = deadline)]
    pub(crate) idle_timeout: Duration,
    /// How long connections may go on after SIGTERM or SIGINT
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(crate) drain_timeout: Duration,
}

/// What is seen of the server.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Watching")]
pub(crate) struct WatchingArgs {
    /// The form of the log lines on standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) log_format: LogFormat,
    /// Append the secrets of every session to FILE, by which a recording can be read (SSLKEYLOGFILE format)
    #[arg(long, value_name = "FILE")]
    pub(crate) keylog: Option<PathBuf>,
}

/// A duration that is not zero.
fn deadline(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("a deadline of zero lets nobody in".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("tls-server").chain(words.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn nothing_is_hello_on_8443() {
        let args = parse("").unwrap();
        assert_eq!((args.service, args.listen), (ServiceName::Hello, vec![DEFAULT_ADDRESS.to_owned()]));
        assert_eq!(args.limits.handshake_timeout, Duration::from_secs(10));
        assert_eq!(args.limits.idle_timeout, Duration::from_secs(300));
        assert_eq!(args.limits.drain_timeout, Duration::from_secs(30));
    }

    #[test]
    fn addresses_given_replace_the_default() {
        let args = parse("echo --listen 127.0.0.1:0 --listen [::1]:0").unwrap();
        assert_eq!((args.service, args.listen.len()), (ServiceName::Echo, 2));
    }

    #[test]
    fn what_has_no_effect_or_does_not_exist_yet_is_refused() {
        for words in [
            "forward 127.0.0.1:80",
            "http",
            "--client-auth required",
            "--admin 127.0.0.1:9000",
            "--cert a.pem",
            "--key a.pem",
            "--cert a.pem --key b.pem --pem c.pem",
            "--cert a.pem --key b.pem --store s",
            "--pem c.pem --name n",
            "--pem c.pem --store s",
            "--workers 0",
            "--max-connections 0",
            "--handshake-timeout 0s",
            "--idle-timeout 10",
            "--profile modern --min-version 1.2",
            "-q -v",
        ] {
            let error = parse(words).expect_err(words);
            assert_eq!(error.exit_code(), 2, "{words}");
        }
    }
}
