//! `pki csr`

mod configured;
mod new;
mod show;

use clap::Subcommand;
use common::input::Reference;
use common::terminal::{CliError, Exit, Ui};
use pki::request::Request;

use crate::error::OrExplain;
use crate::session::Session;

pub(crate) use configured::{Asking, ConfigArgs, new_key};

#[derive(Debug, Subcommand)]
pub(crate) enum CsrCommand {
    /// Make a certificate request, and its key where none is given
    New(Box<new::Args>),

    /// Show a request, and whether its signature proves possession of the key
    Show(show::Args),
}

pub(crate) fn run(command: CsrCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CsrCommand::New(args) => new::run(&args, session, ui),
        CsrCommand::Show(args) => show::run(&args, session, ui),
    }
}

/// The first request in what a reference names.
pub(crate) fn read(reference: &Reference, session: &Session) -> Result<Request, CliError> {
    let blob = session.read(reference)?;
    let pieces = blob.pieces()?;
    let der = pieces.requests.first().ok_or_else(|| pieces.missing("certificate request"))?;
    Request::from_der(der).or_explain_in(&blob.name)
}
