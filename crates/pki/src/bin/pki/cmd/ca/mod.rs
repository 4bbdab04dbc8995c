//! `pki ca`

mod cross_sign;
mod export;
mod import;
mod list;
mod new;
mod request;
mod show;

use clap::Subcommand;
use common::terminal::{CliError, Exit, Ui};
use pki::stored::StoredError;
use store::{Authority, Store};

use crate::session::Session;

pub(crate) use list::AuthorityLine;

#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Make a CA and keep it in the store
    New(Box<new::Args>),

    /// Make the key of a CA whose certificate is signed elsewhere, and the request for it
    Request(request::Args),

    /// Take the certificate of a CA into the store: one that was requested, or one that is kept elsewhere
    Import(import::Args),

    /// Let one CA vouch for another, so that who trusts the one trusts the other
    CrossSign(cross_sign::Args),

    /// List the store's CAs
    List(list::Args),

    /// Show a CA's certificates
    Show(show::Args),

    /// Print the certificate that clients need to trust a CA
    Export(export::Args),
}

pub(crate) fn run(command: CaCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CaCommand::New(args) => new::run(&args, session, ui),
        CaCommand::Request(args) => request::run(&args, session, ui),
        CaCommand::Import(args) => import::run(&args, session, ui),
        CaCommand::CrossSign(args) => cross_sign::run(&args, session, ui),
        CaCommand::List(args) => list::run(&args, session, ui),
        CaCommand::Show(args) => show::run(&args, session, ui),
        CaCommand::Export(args) => export::run(&args, session, ui),
    }
}

/// The CA of that name; without a name the only one there is.
fn find(store: &dyn Store, name: Option<&str>) -> Result<Authority, CliError> {
    if let Some(name) = name {
        let found = store.authority(name).map_err(StoredError::from)?;
        return found.ok_or_else(|| StoredError::NoAuthority { name: name.to_owned() }.into());
    }
    let mut authorities = store.authorities().map_err(StoredError::from)?;
    match (authorities.len(), authorities.pop()) {
        (1, Some(only)) => Ok(only),
        (0, _) | (_, None) => Err(CliError::usage(format_args!("the store at {} has no CA yet", store.location()))
            .advise("`pki ca new NAME` makes one")),
        (_, Some(last)) => {
            let others = authorities.iter().map(|authority| authority.name.as_str());
            let names: Vec<&str> = others.chain([last.name.as_str()]).collect();
            Err(CliError::usage(format_args!("the store has several CAs: {}", names.join(", ")))
                .advise("name one of them"))
        }
    }
}
