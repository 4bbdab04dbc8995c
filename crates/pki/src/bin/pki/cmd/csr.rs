//! `pki csr`

use std::path::PathBuf;

use clap::Subcommand;
use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::convert::pem;
use pki::key::Algorithm;
use pki::report::{Possession, RequestReport};
use pki::request::{Request, Spec, build};

use crate::error::OrExplain;
use crate::made::Made;
use crate::options::algorithm;
use crate::output::{Outputs, is_stdout, shell};
use crate::private::Private;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum CsrCommand {
    /// Make a certificate request, and its key where none is given
    New(Box<New>),

    /// Show a request, and whether its signature proves possession of the key
    Show(Show),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki csr new --cn host.example --key-out host.key --out host.csr
  pki csr new --san host.example --san 10.0.0.1 --alg rsa-3072 --key-out h.key --out h.csr
  pki csr new --key host.key --subject '/C=DE/O=Example/CN=host.example' --out host2.csr")]
pub(crate) struct New {
    /// Sign with this key instead of a new one: a file, `-`, or store:NAME
    #[arg(long, conflicts_with_all = ["alg", "key_out"])]
    key: Option<Reference>,

    /// The kind of the new key
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM")]
    alg: Algorithm,

    /// The subject's common name; a host becomes a name of the certificate as well
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// The subject: `/C=DE/O=Example/CN=host` or `CN=host,O=Example,C=DE`
    #[arg(long, value_name = "DN")]
    subject: Option<String>,

    /// A name that it is for: a host, an address, a mailbox or a URI. May be repeated
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,

    /// Write the request here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the new private key here, for its owner alone
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki csr new --cn host.example --key-out host.key --out host.csr
  pki csr show host.csr
  pki csr show - < host.csr")]
pub(crate) struct Show {
    /// A request: a file or `-`
    #[arg(value_name = "CSR")]
    csr: Reference,
}

pub(crate) fn run(command: CsrCommand, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    match command {
        CsrCommand::New(args) => new(&args, session, ui),
        CsrCommand::Show(args) => show(&args, session, ui),
    }
}

fn new(args: &New, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let spec = Spec::new(&args.san, args.subject.as_deref(), args.cn.as_deref()).or_explain()?.with_subject();
    let mut outputs = Outputs::new(&[args.out.as_deref(), args.key_out.as_deref()], args.force)?;
    let private = match &args.key {
        Some(reference) => {
            Outputs::spare(reference, args.out.as_deref())?;
            Private::load(reference, &args.passphrase, session)?
        }
        None => {
            if args.key_out.is_none() {
                return Err(CliError::usage("the new private key has nowhere to go")
                    .advise("add --key-out FILE, or sign with a key that you have: --key FILE"));
            }
            Private::generate(args.alg, &args.passphrase)?
        }
    };
    let request = build(&spec, &private.key).or_explain()?;
    if args.key.is_none() {
        outputs.add(args.key_out.as_deref(), private.to_pem()?.expose(), Access::Private);
    }
    outputs.add(args.out.as_deref(), pem::request(&request).as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    let names = spec.names.iter().map(ToString::to_string).collect();
    let mut made = Made::new("request", names, private.key.public())
        .file("request", args.out.as_deref())
        .file("key", args.key_out.as_deref());
    if spec.names.is_empty() {
        made = made.note("it asks for no name; a server is found by its names only: --san HOST");
    }
    if let Some(path) = args.out.as_deref().filter(|path| !is_stdout(path)) {
        made = made.next(format!("pki csr show {}", shell(path)));
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}

fn show(args: &Show, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let request = read(&args.csr, session)?;
    let report = RequestReport::of(&args.csr.to_string(), &request);
    if ui.is_json() {
        ui.document(&report)?
    } else {
        ui.result(&report.text())?
    }
    Ok(if report.possession == Possession::Proven { Exit::Success } else { Exit::No })
}

/// The first request in what a reference names.
pub(crate) fn read(reference: &Reference, session: &Session) -> Result<Request, CliError> {
    let blob = session.read(reference)?;
    let pieces = blob.pieces()?;
    let der = pieces.requests.first().ok_or_else(|| pieces.missing("certificate request"))?;
    Request::from_der(der).or_explain_in(&blob.name)
}
