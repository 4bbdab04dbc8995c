//! `tls-client`: connects, and says what it sees.

mod args;
mod bench_args;
mod client;
mod cmd;
mod error;
mod paint;
mod plain;
mod preamble_args;
mod trust;

use std::process::ExitCode;

use clap::CommandFactory as _;
use common::terminal::logging::{self, LogFormat, Verbosity};
use common::terminal::{CliError, ColorChoice, Exit, Ui, manual};

use args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::read() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut ui = args.global.ui("tls-client");
    let exit = match run(args, &mut ui) {
        Ok(exit) => exit,
        Err(error) => ui.explain(&error),
    };
    exit.into()
}

fn run(args: Args, ui: &mut Ui) -> Result<Exit, CliError> {
    let Args { global, command, connect } = args;
    // Everything that a person needs is in the report, so the log is for who asks.
    // The trace says more with `-v` itself.
    let logged = global.verbose > u8::from(matches!(command, Some(Command::Trace(_))));
    if logged || std::env::var_os("LATCHKEY_LOG").is_some() {
        let color = global.color == ColorChoice::Always;
        logging::start(global.verbosity(Verbosity::Quiet), LogFormat::Text, color)?;
    }
    match command {
        Some(Command::Report(report)) => cmd::report::run(&report, &global, ui),
        Some(Command::Trace(trace)) => cmd::trace::run(&trace, &global, ui),
        Some(Command::Bench(bench)) => cmd::bench::run(&bench, &global, ui),
        Some(Command::Connect(connect)) => cmd::connect::run(&connect, &global, ui),
        Some(Command::Completions(args)) => manual::completions(Args::command(), &args, ui),
        Some(Command::Man(args)) => manual::man(Args::command(), &args, ui),
        None => cmd::connect::run(&connect, &global, ui),
    }
}
