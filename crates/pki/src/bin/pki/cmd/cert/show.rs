//! `pki cert show`

use common::input::Reference;
use common::terminal::{CliError, Exit, Ui};
use pki::certificate::Inspected;
use pki::report::Certificates;

use crate::error::OrExplain;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example --out web.pem --key-out web.key
  pki cert show web.pem
  pki cert show web.pem store:local --json")]
pub(crate) struct Args {
    /// Certificates: files, `-`, or store:NAME
    #[arg(value_name = "CERT", required = true)]
    certificates: Vec<Reference>,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    show(&args.certificates, session, ui)
}

/// Shows every certificate that the references name.
pub(crate) fn show(references: &[Reference], session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut report = Certificates::new();
    for reference in references {
        let blob = session.read(reference)?;
        let chain = blob.pieces()?.require_certificates()?;
        for (position, der) in (1..).zip(&chain) {
            let inspected = Inspected::from_der(der).or_explain_in(&blob.name)?;
            report.add(&blob.name, position, inspected, session.now());
        }
    }
    if ui.is_json() {
        ui.document(&report)?
    } else {
        ui.result(&report.text())?
    }
    Ok(Exit::Success)
}
