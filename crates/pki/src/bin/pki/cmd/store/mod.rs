//! `pki store`

mod export;
mod list;
mod show;

use clap::Subcommand;
use common::terminal::{CliError, Exit, Ui};

use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// List what the store keeps
    List(list::Args),

    /// Show an identity or a CA of the store
    Show(show::Args),

    /// Write an identity's certificate, key and CA into a directory
    Export(export::Args),
}

pub(crate) fn run(command: StoreCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        StoreCommand::List(args) => list::run(&args, session, ui),
        StoreCommand::Show(args) => show::run(&args, session, ui),
        StoreCommand::Export(args) => export::run(&args, session, ui),
    }
}
