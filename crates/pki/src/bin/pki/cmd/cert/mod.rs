//! `pki cert`

mod batch;
mod batch_files;
mod issue;
mod matches;
mod new;
mod renew;
mod revoke;
mod self_signed;
mod show;
mod verification;
mod verify;

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

    /// Answer a request with a certificate from one of the store's CAs or another one; or many at once
    Issue(Box<issue::Args>),

    /// Issue certificates of the store again for the same keys: those named, or all that are due
    Renew(renew::RenewArgs),

    /// Issue certificates of the store again for new keys
    Rekey(renew::RekeyArgs),

    /// Take a certificate back
    Revoke(revoke::Args),

    /// Say what certificates say, in the order a person asks; warnings first
    Show(show::Args),

    /// Say whether a certificate is to be trusted, by which path, or every reason why not
    Verify(verify::Args),

    /// Say whether a certificate and a key belong together
    Match(matches::Args),
}

pub(crate) fn run(command: CertCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CertCommand::SelfSigned(args) => self_signed::run(&args, session, ui),
        CertCommand::New(args) => new::run(&args, session, ui),
        CertCommand::Issue(args) => issue::run(&args, session, ui),
        CertCommand::Renew(args) => renew::renew(&args, session, ui),
        CertCommand::Rekey(args) => renew::rekey(&args, session, ui),
        CertCommand::Revoke(args) => revoke::run(&args, session, ui),
        CertCommand::Show(args) => show::run(&args, session, ui),
        CertCommand::Verify(args) => verify::run(&args, session, ui),
        CertCommand::Match(args) => matches::run(&args, session, ui),
    }
}
