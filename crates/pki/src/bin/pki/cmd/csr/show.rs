//! `pki csr show`

use common::input::Reference;
use common::terminal::{CliError, Exit, Ui};
use pki::report::{Possession, RequestReport};

use super::read;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki csr new --cn host.example --key-out host.key --out host.csr
  pki csr show host.csr
  pki csr show host.csr --text
  pki csr show - < host.csr")]
pub(crate) struct Args {
    /// A request: a file or `-`
    #[arg(value_name = "CSR")]
    csr: Reference,

    /// Everything that is in it, decoded
    #[arg(long)]
    text: bool,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let request = read(&args.csr, session)?;
    let report = RequestReport::of(&args.csr.to_string(), &request);
    if ui.is_json() {
        ui.document(&report)?
    } else if args.text {
        ui.result(&report.full_text())?
    } else {
        ui.result(&report.text())?
    }
    Ok(if report.possession == Possession::Proven { Exit::Success } else { Exit::No })
}
