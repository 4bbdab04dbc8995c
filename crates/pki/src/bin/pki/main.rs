//! `pki`: keys, requests, certificates, CAs, and the store that keeps them.

mod args;
mod cmd;
mod error;
mod issuing;
mod lazily;
mod made;
mod options;
mod output;
mod private;
mod session;
mod shown;
mod table;

use std::process::ExitCode;

use clap::CommandFactory as _;
use common::terminal::logging::{self, LogFormat, Verbosity};
use common::terminal::{CliError, Exit, GlobalArgs, Ui, command_line, manual};

use args::{Args, Command};
use lazily::Lazily;
use session::Session;

fn main() -> ExitCode {
    let args: Args = match command_line::read("pki") {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut ui = args.global.ui("pki");
    match run(args, &mut ui) {
        Ok(exit) => exit.into(),
        Err(error) => ui.explain(&error).into(),
    }
}

fn run(args: Args, ui: &mut Ui) -> Result<Exit, CliError> {
    start_logging(&args.global)?;
    let session = Session::new(args.global.store.as_deref())?;
    match args.command {
        Command::Key(Lazily(command)) => cmd::key::run(command, &session, ui),
        Command::Csr(Lazily(command)) => cmd::csr::run(command, &session, ui),
        Command::Cert(Lazily(command)) => cmd::cert::run(*command, &session, ui),
        Command::Crl(Lazily(command)) => cmd::crl::run(command, &session, ui),
        Command::Ca(Lazily(command)) => cmd::ca::run(command, &session, ui),
        Command::Store(Lazily(command)) => cmd::store::run(command, &session, ui),
        Command::Convert(args) => cmd::convert::run(&args, &session, ui),
        Command::Completions(args) => manual::completions(Args::command(), &args, ui),
        Command::Man(args) => manual::man(Args::command(), &args, ui),
    }
}

/// A tool that ends at once has nothing to log unless it is asked to.
fn start_logging(global: &GlobalArgs) -> Result<(), CliError> {
    logging::start(global.verbosity(Verbosity::Quiet), LogFormat::Text, false)
}
