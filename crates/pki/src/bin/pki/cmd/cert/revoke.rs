//! `pki cert revoke`

use common::terminal::{CliError, Exit, Ui};
use jiff::Timestamp;
use pki::authority::Serial;
use pki::crl::RevocationReason;
use pki::stored::{self, StoredError};
use serde::Serialize;
use store::{Issued, Store};

use crate::options::time;
use crate::output::shell;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example
  pki cert revoke web.example --reason keyCompromise
  pki crl new --out local.crl")]
pub(crate) struct Args {
    /// The identity of the store whose certificate is taken back
    #[arg(value_name = "NAME", conflicts_with = "serial")]
    name: Option<String>,

    /// The certificate by its serial number, in decimal or as 0x…
    #[arg(long, value_name = "N")]
    serial: Option<Serial>,

    /// The CA that issued it, where several have used that serial number
    #[arg(long, value_name = "NAME", requires = "serial")]
    ca: Option<String>,

    /// Why: keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold,
    /// privilegeWithdrawn, aACompromise, unspecified
    #[arg(long, default_value = "unspecified", value_name = "REASON", hide_default_value = true)]
    reason: RevocationReason,

    /// Since when: 2026-11-21 or 2026-11-21T04:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
}

/// The `latchkey.revoked/1` document.
#[derive(Serialize)]
struct Revoked {
    schema: &'static str,
    ca: String,
    serial: String,
    subject: String,
    since: Timestamp,
    reason: &'static str,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let now = Timestamp::from_second(session.now().as_second()).unwrap_or_else(|_| session.now());
    let since = args.at.unwrap_or(now);
    if since > now {
        return Err(CliError::usage(format_args!(
            "{since} is still to come, and a certificate is revoked since a time that has been"
        ))
        .advise("leave --at out for now"));
    }
    let store = session.require_store()?;
    let issued = match (&args.name, &args.serial) {
        (Some(name), _) => stored::issued_to(&*store, name)?,
        (None, Some(serial)) => with_serial(&*store, serial, args.ca.as_deref())?,
        (None, None) => return Err(CliError::usage("no certificate was named").advise(
            "name an identity that `pki store list` shows, or add --serial with the number that `pki cert show` prints",
        )),
    };
    let serial = data_encoding::HEXLOWER.encode(&issued.serial);
    let because = format!("pki cert revoke --serial 0x{serial} --ca {}", issued.authority);
    stored::revoke(&*store, &issued, since, args.reason, &because)?;
    let ca = issued.authority.clone();
    if ui.is_json() {
        let (subject, reason) = (issued.subject, args.reason.name());
        ui.document(&Revoked { schema: "latchkey.revoked/1", ca, serial, subject, since, reason })?;
        return Ok(Exit::Success);
    }
    ui.note(format_args!("revoked {} of `{ca}` ({}), serial {serial}", issued.subject, args.reason.name()));
    ui.note(format_args!("  next: pki crl new --ca {} --out {}", shell(&ca), shell(format!("{ca}.crl"))));
    Ok(Exit::Success)
}

fn with_serial(store: &dyn Store, serial: &Serial, ca: Option<&str>) -> Result<Issued, CliError> {
    let mut found = store.issued_with_serial(serial.as_bytes()).map_err(StoredError::from)?;
    found.retain(|issued| ca.is_none_or(|ca| ca == issued.authority));
    match (found.len(), found.pop()) {
        (1, Some(issued)) => Ok(issued),
        (0, _) | (_, None) => {
            let by = ca.map_or_else(|| "no CA of this store".to_owned(), |ca| format!("the CA `{ca}` not"));
            Err(CliError::usage(format_args!("{by} has issued serial {serial}"))
                .advise("the number is in hexadecimal, as `pki cert show` prints it, after 0x"))
        }
        _ => Err(CliError::usage(format_args!("several CAs have issued serial {serial}"))
            .advise("say which one, with --ca NAME")),
    }
}
