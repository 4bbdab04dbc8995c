//! `pki cert show`

use common::input::Reference;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::report::Certificates;

use crate::error::OrExplain;
use crate::session::Session;
use crate::shown::{loose, missing};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example --out web.pem --key-out web.key
  pki cert show web.pem
  pki cert show web.pem --text
  pki cert show web.pem store:local --json")]
pub(crate) struct Args {
    /// Certificates: files, `-`, or store:NAME
    #[arg(value_name = "CERT", required = true)]
    certificates: Vec<Reference>,

    /// Show everything that is in them, extensions and numbers included
    #[arg(long)]
    text: bool,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let report = read(args, session)?;
    if ui.is_json() {
        ui.document(&report)?
    } else if args.text {
        ui.result(&report.full_text())?
    } else {
        ui.result(&report.text())?
    }
    Ok(Exit::Success)
}

/// Shows every certificate that the references name.
pub(crate) fn show(references: &[Reference], session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    run(&Args { certificates: references.to_vec(), text: false, passphrase: PassphraseArgs::default() }, session, ui)
}

fn read(args: &Args, session: &Session) -> Result<Certificates, CliError> {
    let mut report = Certificates::new();
    session.check_passphrase(&args.passphrase, &args.certificates.iter().collect::<Vec<_>>())?;
    for reference in &args.certificates {
        let mut pieces = session.open(reference, &args.passphrase)?;
        if pieces.certificates.is_empty() {
            return Err(missing(&pieces, "certificate", reference));
        }
        let chain = std::mem::take(&mut pieces.certificates);
        report.note(&pieces.name, pieces.found(), loose(reference, &pieces).into_iter().collect());
        report.add(&pieces.name, &chain, session.now()).or_explain_in(&pieces.name)?;
    }
    Ok(report)
}
