//! `pki store show`

use common::input::Reference;
use common::terminal::{CliError, Exit, Ui};

use crate::cmd::cert;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example
  pki store show web.example
  pki store show local --json")]
pub(crate) struct Args {
    /// An identity, or else a CA
    #[arg(value_name = "NAME")]
    name: String,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    cert::show(&[Reference::Store(args.name.clone())], session, ui)
}
