//! `tls-server`: serves over TLS.

mod args;
mod connect;
mod error;
mod greeting;
mod identity;
mod listen;
mod output;
mod received;
mod serve;

use std::process::ExitCode;

use common::terminal::{Exit, command_line};

use crate::args::Args;

fn main() -> ExitCode {
    let args: Args = match command_line::read("tls-server") {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut ui = args.global.ui("tls-server");
    match serve::run(&args, &mut ui) {
        Ok(()) => Exit::Success.into(),
        Err(error) => ui.explain(&error).into(),
    }
}
