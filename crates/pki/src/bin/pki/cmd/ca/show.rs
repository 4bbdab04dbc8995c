//! `pki ca show`

use common::terminal::{CliError, Exit, Ui};
use pki::report::Certificates;

use super::find;
use crate::error::OrExplain;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new home
  pki ca show home
  pki ca show --json")]
pub(crate) struct Args {
    /// The CA [default: the only one there is]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let store = session.require_store()?;
    let authority = find(&*store, args.name.as_deref())?;
    let file = format!("store:{}", authority.name);
    let mut report = Certificates::new();
    report.add(&file, &authority.chain, session.now()).or_explain_in(&file)?;
    if ui.is_json() {
        ui.document(&report)?
    } else {
        ui.result(&report.text())?
    }
    Ok(Exit::Success)
}
