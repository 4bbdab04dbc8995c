//! `pki cert match`

use common::input::Reference;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use serde::Serialize;

use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert self-signed localhost --out cert.pem --key-out key.pem
  pki cert match cert.pem key.pem
  pki cert match cert.pem key.pem --quiet && echo they belong together")]
pub(crate) struct Args {
    /// A certificate or request: a file, `-`, or store:NAME
    #[arg(value_name = "CERT")]
    certificate: Reference,

    /// A private or public key: a file, `-`, or store:NAME
    #[arg(value_name = "KEY")]
    key: Reference,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    matches: bool,
    certificate: Side,
    key: Side,
    exit_code: Exit,
}

#[derive(Serialize)]
struct Side {
    file: String,
    algorithm: String,
    pin: String,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let certified = session.certified_key(&args.certificate, &args.passphrase)?;
    // One passphrase serves both, and where the first file needs it the second need not.
    let is_for_key = session.is_encrypted(&args.key)? || !session.is_sealed(&args.certificate)?;
    let none = PassphraseArgs::default();
    let key = session.key(&args.key, if is_for_key { &args.passphrase } else { &none })?;
    let matches = certified == key;
    let exit = if matches { Exit::Success } else { Exit::No };
    let side = |reference: &Reference, key: &pki::key::PublicKey| Side {
        file: reference.to_string(),
        algorithm: key.title(),
        pin: key.pin(),
    };
    let answer = Answer {
        schema: "latchkey.match/1",
        matches,
        certificate: side(&args.certificate, &certified),
        key: side(&args.key, &key),
        exit_code: exit,
    };
    if ui.is_json() {
        ui.document(&answer)?;
    } else {
        ui.result(&text(&answer))?;
    }
    Ok(exit)
}

fn text(answer: &Answer) -> String {
    let (certificate, key) = (&answer.certificate, &answer.key);
    if answer.matches {
        return format!("{} and {} belong together ({})\n", certificate.file, key.file, key.algorithm);
    }
    format!(
        "{} and {} do not belong together\n  {}: {}, pin {}\n  {}: {}, pin {}\n",
        certificate.file,
        key.file,
        certificate.file,
        certificate.algorithm,
        certificate.pin,
        key.file,
        key.algorithm,
        key.pin
    )
}
