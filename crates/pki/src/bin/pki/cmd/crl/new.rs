//! `pki crl new`

use std::path::PathBuf;

use common::input::fsio::Access;
use common::terminal::{CliError, Exit, Ui};
use jiff::{SignedDuration, Timestamp};
use pki::convert::pem;
use pki::stored;
use serde::Serialize;

use crate::issuing::authority_name;
use crate::output::{Outputs, is_stdout, shell};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new home
  pki cert new web.example --ca home
  pki cert revoke web.example --reason superseded
  pki crl new --ca home --out home.crl
  pki crl new --ca home --days 30 --der --out home.der.crl")]
pub(crate) struct Args {
    /// The CA of the store whose list it is [default: `local`, or the only one there is]
    #[arg(long, value_name = "NAME")]
    ca: Option<String>,

    /// In how many days the next one is due
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,

    /// Its number, where it is to be higher than the next one is anyway
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    number: Option<i64>,

    /// Write DER, as servers publish it (RFC 5280 section 4.2.1.13), instead of PEM
    #[arg(long)]
    der: bool,

    /// Write it here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

/// The `latchkey.list/1` document.
#[derive(Serialize)]
struct Made {
    schema: &'static str,
    ca: String,
    number: i64,
    revoked: usize,
    this_update: Timestamp,
    next_update: Timestamp,
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pem: Option<String>,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    let store = session.require_store()?;
    let ca = authority_name(&*store, args.ca.as_deref())?;
    let issuer = stored::issuer(&*store, &ca)?;
    let now = Timestamp::from_second(session.now().as_second()).unwrap_or_else(|_| session.now());
    let next = now
        .checked_add(SignedDuration::from_hours(24 * i64::from(args.days)))
        .map_err(|_| CliError::usage("the next list would be due after the year 9999"))?;
    let (list, revoked) = stored::new_list(&*store, &ca, &issuer, (now, next), args.number.unwrap_or(1))?;
    if args.number.is_some_and(|asked| list.number > asked) {
        ui.note(format_args!(
            "  note: a list may not have a lower number than the last one, so that it is {}",
            list.number
        ));
    }
    let bytes = if args.der { list.der.clone() } else { pem::crl(&list.der).into_bytes() };
    outputs.add(args.out.as_deref(), &bytes, Access::Public);
    let printed = outputs.write(ui)?;
    let file = args.out.as_deref().filter(|path| !is_stdout(path)).map(|path| path.display().to_string());
    if ui.is_json() {
        let (this_update, next_update) = (list.this_update, list.next_update);
        let made = Made {
            schema: "latchkey.list/1",
            ca,
            number: list.number,
            revoked,
            this_update,
            next_update,
            file,
            pem: printed,
        };
        ui.document(&made)?;
        return Ok(Exit::Success);
    }
    let many = if revoked == 1 { "certificate" } else { "certificates" };
    ui.note(format_args!("made revocation list {} of `{ca}` with {revoked} {many}", list.number));
    ui.note(format_args!("  next one due {}", list.next_update.strftime("%Y-%m-%d %H:%M UTC")));
    if let Some(file) = file {
        ui.note(format_args!("  list         {file}"));
        ui.note(format_args!("  next: pki crl show {}", shell(&file)));
    }
    Ok(Exit::Success)
}
