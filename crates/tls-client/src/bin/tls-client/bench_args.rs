//! What `bench` is told.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use common::terminal::parse_duration;
use tls_client::bench::{Expect, Mode};

use crate::args::ClientArgs;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tls-client bench localhost:8443                                   full handshakes for ten seconds
  tls-client bench localhost:8443 --mode resumed --count 5000 --json
  tls-client bench localhost:8443 --rate 200 --duration 30s --svg times.svg
  tls-client bench localhost:8443 --mode latency --size 64          against `tls-server echo`
  tls-client bench localhost:8443 --mode download --http /big.bin --pid \"$(pgrep -o tls-server)\"
  tls-client bench localhost:8443 --mode half-open --connections 500 --hold 15s

A run is not valid where the load used more than 80 % of a core: the exit code is 1 then.";

#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// HOST[:PORT] of a server of your own; the port is 443 unless given
    pub(crate) target: String,
    /// What an operation is
    #[arg(long, value_enum, default_value_t = ModeArg::Handshakes, help_heading = "Load")]
    pub(crate) mode: ModeArg,
    /// For how long
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration, help_heading = "Load")]
    pub(crate) duration: Duration,
    /// How many operations, in place of a time
    #[arg(long, value_name = "N", conflicts_with = "duration", help_heading = "Load", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Operations before those that are measured [default: 50, or 1 for transfers]
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub(crate) warmup: Option<u64>,
    /// Connections at once [default: 1; latency 64; idle and half-open 1000]
    #[arg(long, value_name = "N", help_heading = "Load", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: Option<u32>,
    /// Operations that are due in a second, whether or not the server keeps up; the time of one begins when it is due
    #[arg(long, value_name = "R", value_parser = rate, help_heading = "Load")]
    pub(crate) rate: Option<f64>,
    /// Threads [default: one for each core that may be used, and no more than connections]
    #[arg(long, value_name = "N", help_heading = "Load", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) threads: Option<u32>,
    /// What a visit says after its handshake
    #[arg(long, value_name = "TEXT", default_value = "", help_heading = "Load")]
    pub(crate) send: String,
    /// What a visit waits for before it closes: a number of bytes, or `close` for the server's end [default: 0]
    #[arg(long, value_name = "N|close", default_value = "0", value_parser = expect, hide_default_value = true, help_heading = "Load")]
    pub(crate) expect: Expect,
    /// Bytes of a request and of its answer, or of an upload [default: 64; upload 67108864]
    #[arg(long, value_name = "BYTES", help_heading = "Load", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) size: Option<u64>,
    /// Ask for PATH over HTTP/1.1: what is downloaded or uploaded to, and for latency in place of an echo [default: /]
    #[arg(long, value_name = "PATH", help_heading = "Load")]
    pub(crate) http: Option<String>,
    /// How long idle connections are held, and half-open ones waited for
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration, help_heading = "Load")]
    pub(crate) hold: Duration,
    /// Visits one after the other before and beside what is held
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Load")]
    pub(crate) newcomers: u32,
    /// The server's process: its processor time and memory are measured, its children's included
    #[arg(long, value_name = "PID", help_heading = "Load", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pid: Option<u32>,
    /// Show how the times are distributed
    #[arg(long, help_heading = "Output")]
    pub(crate) histogram: bool,
    /// Draw that into FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) svg: Option<PathBuf>,
    /// Replace FILE
    #[arg(long, requires = "svg", help_heading = "Output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArg {
    /// Visits with a full handshake
    Handshakes,
    /// Visits that resume a session
    Resumed,
    /// Transfers from the server, over HTTP
    Download,
    /// Transfers to the server, over HTTP
    Upload,
    /// Requests and answers on connections that are kept
    Latency,
    /// Connections that are held
    Idle,
    /// Connections that never finish their ClientHello
    HalfOpen,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Handshakes => Self::Handshakes,
            ModeArg::Resumed => Self::Resumed,
            ModeArg::Download => Self::Download,
            ModeArg::Upload => Self::Upload,
            ModeArg::Latency => Self::Latency,
            ModeArg::Idle => Self::Idle,
            ModeArg::HalfOpen => Self::HalfOpen,
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("nothing can be measured in no time".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        _ => Err("a number above 0 and up to 1000000 is wanted".to_owned()),
    }
}

fn expect(text: &str) -> Result<Expect, String> {
    match text {
        "close" => Ok(Expect::Close),
        _ => text.parse().map(Expect::Bytes).map_err(|_| "a number of bytes or `close` is wanted".to_owned()),
    }
}
