//! `pki crl show`

use common::input::Reference;
use common::terminal::{CliError, Exit, Ui};
use pki::crl::Listing;
use pki::report::CrlsReport;

use crate::error::OrExplain;
use crate::session::Session;
use crate::shown::missing;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new home
  pki crl new --ca home --out home.crl
  pki ca export home --out home.pem
  pki crl show home.crl --issuer home.pem
  pki crl show home.crl --text")]
pub(crate) struct Args {
    /// Revocation lists: files or `-`
    #[arg(value_name = "CRL", required = true)]
    crls: Vec<Reference>,

    /// Check that it is signed by one of these: a CA's certificates in a file, `-`, or store:NAME. May be repeated
    #[arg(long, value_name = "CERT")]
    issuer: Vec<Reference>,

    /// Show everything that is in it, extensions and every entry included
    #[arg(long)]
    text: bool,
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
    Ok(if report.is_forged() { Exit::Unsuitable } else { Exit::Success })
}

fn read(args: &Args, session: &Session) -> Result<CrlsReport, CliError> {
    let mut issuers = Vec::new();
    for reference in &args.issuer {
        issuers.extend(session.read(reference)?.pieces()?.require_certificates()?);
    }
    let issuers: Vec<&[u8]> = issuers.iter().map(AsRef::as_ref).collect();
    let mut report = CrlsReport::new();
    for reference in &args.crls {
        let blob = session.read(reference)?;
        let pieces = blob.pieces()?;
        if pieces.crls.is_empty() {
            return Err(missing(&pieces, "CRL", reference));
        }
        for (der, position) in pieces.crls.iter().zip(1..) {
            let listing = Listing::from_der(der).or_explain_in(&blob.name)?;
            report.add(&blob.name, position, der, listing, &issuers, session.now());
        }
    }
    Ok(report)
}
