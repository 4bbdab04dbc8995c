//! `pki crl`

mod new;
mod show;

use clap::Subcommand;
use common::terminal::{CliError, Exit, Ui};

use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum CrlCommand {
    /// Make the next revocation list of a CA of the store
    New(new::Args),

    /// Say what revocation lists say, and until when; warnings first
    Show(show::Args),
}

pub(crate) fn run(command: CrlCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CrlCommand::New(args) => new::run(&args, session, ui),
        CrlCommand::Show(args) => show::run(&args, session, ui),
    }
}
