//! `tls-server`: serves over TLS.

mod args;
mod cmd;
mod connect;
mod error;
mod greeting;
mod identity;
mod instance;
mod listen;
mod output;
mod received;
mod reread;
mod serve;
mod start;

use std::process::ExitCode;

use clap::CommandFactory as _;
use common::terminal::{CliError, Exit, Ui, manual};

use crate::args::{Args, Command, ConfigCommand};

fn main() -> ExitCode {
    let args = match Args::read() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut ui = args.global.ui("tls-server");
    match run(args, &mut ui) {
        Ok(exit) => exit.into(),
        Err(error) => ui.explain(&error).into(),
    }
}

fn run(args: Args, ui: &mut Ui) -> Result<Exit, CliError> {
    let Args { command, serve, global } = args;
    match command {
        Some(Command::Check(serve)) => cmd::check::run(&serve, &global, ui),
        Some(Command::Config(ConfigCommand::Show(serve))) => {
            cmd::config_show::run(&serve, &global, ui).map(|()| Exit::Success)
        }
        Some(Command::Reload(args)) => cmd::reload::run(&args, ui),
        Some(Command::ExplainClient(args)) => cmd::explain_client::run(&args, &global, ui),
        Some(Command::Completions(args)) => manual::completions(Args::command(), &args, ui),
        Some(Command::Man(args)) => manual::man(Args::command(), &args, ui),
        None => serve::run(serve, &global, ui).map(|()| Exit::Success),
    }
}
