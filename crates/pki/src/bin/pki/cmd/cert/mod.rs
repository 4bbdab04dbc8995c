//! `pki cert`

mod matches;
mod new;
mod self_signed;
mod show;

use clap::Subcommand;
use common::terminal::{CliError, Exit, Ui};

use crate::session::Session;

pub(crate) use show::show;

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Make a certificate that signs itself, for others to trust by name
    SelfSigned(self_signed::Args),

    /// Make a key and a certificate from one of the store's CAs, and keep both in the store
    New(new::Args),

    /// Say what certificates say, in the order a person asks; warnings first
    Show(show::Args),

    /// Say whether a certificate and a key belong together
    Match(matches::Args),
}

pub(crate) fn run(command: CertCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CertCommand::SelfSigned(args) => self_signed::run(&args, session, ui),
        CertCommand::New(args) => new::run(&args, session, ui),
        CertCommand::Show(args) => show::run(&args, session, ui),
        CertCommand::Match(args) => matches::run(&args, session, ui),
    }
}
