//! `pki cert issue`

use std::path::{Path, PathBuf};

use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::{Rules, Serial};
use pki::certificate::{Profile, Template, Validity};
use pki::convert::pem;
use pki::key::Algorithm;
use pki::stored::{StoredError, issued_row};
use store::Change;

use super::batch;
use crate::cmd::csr;
use crate::error::OrExplain;
use crate::issuing::{Chosen, IssuerArgs, RulesArgs, differences};
use crate::made::Made;
use crate::options::{ValidityArgs, algorithm};
use crate::output::{Outputs, is_stdout, shell};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A batch is a table with the columns names, cn, subject, csr, days and out (those that are needed,
named in its first line), JSON Lines with the same keys, or a directory of requests. Rows that bring
no request get a new key, and are kept in the store as `pki cert new` keeps them. The same command
takes up what was cut off, and does no row twice.

Examples:
  pki ca new home
  pki csr new --cn web.example --san web.example --key-out web.key --out web.csr
  pki cert issue --csr web.csr --ca home --out web.pem
  printf 'names,days\\na.example,30\\nb.example www.b.example,\\n' > hosts.csv
  pki cert issue --batch hosts.csv --ca home --out-dir issued")]
pub(crate) struct Args {
    /// The request that is answered: a file or `-`
    #[arg(long, value_name = "CSR", conflicts_with = "batch")]
    csr: Option<Reference>,

    /// Many at once: a table (.csv), JSON Lines (.jsonl), or a directory of requests
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["out", "serial", "ca_cert"])]
    pub(super) batch: Option<PathBuf>,

    #[command(flatten)]
    pub(super) issuer: IssuerArgs,

    #[command(flatten)]
    pub(super) rules: RulesArgs,

    #[command(flatten)]
    pub(super) validity: ValidityArgs<{ Rules::LEAF_DAYS }>,

    /// Its serial number, in decimal or as 0x… [default: 16 random bytes]
    #[arg(long, value_name = "N")]
    serial: Option<Serial>,

    /// Write the certificate and those between it and the root here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    pub(super) force: bool,

    /// For a batch: write certificates, and keys that were made, into this directory
    #[arg(long, value_name = "DIR", requires = "batch")]
    pub(super) out_dir: Option<PathBuf>,

    /// For a batch: how many rows are worked on at once [default: as many as there are cores]
    #[arg(long, value_name = "N", requires = "batch", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,

    /// For a batch: what tells this run from others of the same input, which would find it done
    #[arg(long, value_name = "NAME", requires = "batch")]
    pub(super) job: Option<String>,

    /// For a batch: the kind of the keys that are made
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM", requires = "batch")]
    pub(super) alg: Algorithm,

    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    if args.passphrase.is_given() && args.issuer.ca_key.is_none() {
        return Err(CliError::usage("a passphrase is for the key of --ca-key, and none is read")
            .advise("leave --passphrase-file and --passphrase-env away"));
    }
    match (&args.csr, &args.batch) {
        (Some(csr), _) => one(args, csr, session, ui),
        (None, Some(input)) => batch::run(args, input, session, ui),
        (None, None) => Err(CliError::usage("nothing is asked for").advise(
            "add --csr FILE with a request that `pki csr new` or somebody else made, or --batch FILE for many at once",
        )),
    }
}

fn one(args: &Args, csr: &Reference, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    Outputs::spare(csr, args.out.as_deref())?;
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    let rules = args.rules.rules(session)?;
    let asked = args.validity.resolve_or(session.now(), rules.days())?;
    let request = csr::read(csr, session)?.prove().or_explain_in(&csr.to_string())?;
    let serial = args.serial.clone().map_or_else(|| Serial::random().or_explain(), Ok)?;

    let foreign = args.issuer.foreign(&args.passphrase, session)?;
    let store = if foreign.is_none() { Some(session.require_store()?) } else { None };
    let chosen = match (foreign, &store) {
        (Some(chosen), _) => chosen,
        (None, Some(store)) => args.issuer.of_store(&**store)?,
        (None, None) => return Err(CliError::usage("no CA was named").advise("add --ca NAME")),
    };
    let validity = asked.within(chosen.issuer.validity()).or_explain()?;
    let template = rules.template(&request, validity, serial);
    let der = chosen.issuer.issue_under(&rules, &template, &request.key).or_explain();
    let der = der.map_err(|error| match rules.profile() {
        Some(_) if request.asks_for_authority && template.names.is_empty() => {
            error.advise("the request is a CA's: add --profile intermediate")
        }
        _ => error,
    })?;
    if let (Some(name), Some(store)) = (&chosen.name, &store) {
        let change = Change::new(format!("pki cert issue --csr {csr} --ca {name}"));
        store.apply(change.record_issued(issued_row(name, &template, &der))).map_err(StoredError::from)?;
    }

    let chain = [vec![der.clone()], chosen.issuer.chain_to_send().to_vec()].concat();
    outputs.add(args.out.as_deref(), pem::chain(&chain).as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    let mut made = made(&chosen, &rules, &template, args.out.as_deref(), &der, &request.key);
    for note in differences(&request, &template) {
        made = made.note(note);
    }
    if validity.not_before() > asked.not_before() {
        made = made.note("it begins with its CA, later than asked");
    }
    if validity.not_after() < asked.not_after() {
        made = made.note("it ends with its CA, earlier than asked");
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}

fn made(
    chosen: &Chosen,
    rules: &Rules,
    template: &Template,
    out: Option<&Path>,
    der: &[u8],
    key: &pki::key::PublicKey,
) -> Made {
    let names = template.names.iter().map(ToString::to_string).collect();
    let kind = if rules.profile().is_some() { "certificate" } else { "CA certificate" };
    let mut made = Made::new(kind, names, key).certificate(der).file("certificate", out);
    if chosen.name.is_none() {
        made = made
            .note("its CA is not the store's, which therefore does not know it: keep a copy to be able to revoke it");
    }
    let Some(out) = out.filter(|path| !is_stdout(path)) else { return made };
    match rules.profile() {
        None => made.next(format!("pki ca import NAME {}", shell(out))),
        Some(Profile::Server | Profile::Peer) => made.next(format!("tls-server hello --cert {} --key KEY", shell(out))),
        Some(_) => made.next(format!("pki cert show {}", shell(out))),
    }
}

/// The dates that a batch is asked for, and the same cut to those of its issuer.
pub(super) fn dates(
    args: &Args,
    rules: &Rules,
    chosen: &Chosen,
    session: &Session,
) -> Result<(Validity, Validity), CliError> {
    let asked = args.validity.resolve_or(session.now(), rules.days())?;
    Ok((asked, asked.within(chosen.issuer.validity()).or_explain()?))
}
