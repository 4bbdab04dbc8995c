//! `pki key`

use std::path::PathBuf;

use clap::Subcommand;
use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::key::{Algorithm, PublicFormat};
use pki::report::KeyReport;

use crate::error::OrExplain;
use crate::made::Made;
use crate::options::{algorithm, public_format};
use crate::output::{Outputs, is_stdout, shell};
use crate::private::Private;
use crate::session::Session;
use crate::shown::loose;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a private key
    New(New),

    /// Print the public half of a key, certificate or request
    Public(Public),

    /// Say of what kind a key is, and its pin; never the secret
    Show(Show),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki key new --out key.pem
  pki key new --alg rsa-2048 --out david.key
  pki key new --alg ed25519 | pki key public -")]
pub(crate) struct New {
    /// The kind of key
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM")]
    alg: Algorithm,

    /// Write the key here, for its owner alone [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki key new --out key.pem
  pki key public key.pem
  pki key public key.pem --out public.pem
  pki key public key.pem --format openssh >> authorized_keys
  pki key public key.pem --format jwk")]
pub(crate) struct Public {
    /// A private key, certificate or request: a file, `-`, or store:NAME
    #[arg(value_name = "KEY")]
    key: Reference,

    /// How it is written
    #[arg(long, value_parser = public_format(), default_value = "pem", value_name = "FORMAT")]
    format: PublicFormat,

    /// Write the public key here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki key new --alg p384 --out key.pem
  pki key show key.pem
  pki key show key.pem --json")]
pub(crate) struct Show {
    /// A private or public key: a file, `-`, or store:NAME
    #[arg(value_name = "KEY")]
    key: Reference,

    /// Show the numbers of the public key as well
    #[arg(long)]
    text: bool,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(command: KeyCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        KeyCommand::New(args) => new(&args, ui),
        KeyCommand::Public(args) => public(&args, session, ui),
        KeyCommand::Show(args) => show(&args, session, ui),
    }
}

fn new(args: &New, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    let private = Private::generate(args.alg, &args.passphrase)?;
    outputs.add(args.out.as_deref(), private.to_pem()?.expose(), Access::Private);
    let printed = outputs.write(ui)?;
    let mut made = Made::new("key", Vec::new(), private.key.public()).file("key", args.out.as_deref());
    if let Some(path) = args.out.as_deref().filter(|path| !is_stdout(path)) {
        made = made.next(format!("pki csr new --key {} --cn host.example --out host.csr", shell(path)));
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}

fn public(args: &Public, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    Outputs::spare(&args.key, args.out.as_deref())?;
    let key = session.public_key(&args.key, &args.passphrase)?;
    let written = key.to_format(args.format).or_explain_in(&args.key.to_string())?;
    outputs.add(args.out.as_deref(), &written, Access::Public);
    let printed = outputs.write(ui)?;
    if ui.is_json() || args.out.is_some() {
        Made::new("public key", Vec::new(), &key).file("public key", args.out.as_deref()).tell(printed, ui)?;
    }
    Ok(Exit::Success)
}

fn show(args: &Show, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let found = session.find_key(&args.key, &args.passphrase)?;
    let pieces = session.read(&args.key)?.pieces()?;
    let report = KeyReport::of(&args.key.to_string(), &found.public, found.private);
    let report = report.warn(loose(&args.key, &pieces));
    if ui.is_json() {
        ui.document(&report)?
    } else if args.text {
        ui.result(&report.full_text())?
    } else {
        ui.result(&report.text())?
    }
    Ok(Exit::Success)
}
