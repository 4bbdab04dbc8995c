//! `pki ca cross-sign`

use std::path::PathBuf;

use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::{Permitted, Plan, Rules, Serial, cross_template};
use pki::convert::pem;
use pki::key::PublicKey;
use pki::stored::{StoredError, issued_row};
use store::Change;

use crate::error::OrExplain;
use crate::issuing::{Chosen, IssuerArgs};
use crate::made::Made;
use crate::options::ValidityArgs;
use crate::output::Outputs;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new old
  pki ca new young
  pki ca cross-sign store:young --ca old --out young-by-old.pem")]
pub(crate) struct Args {
    /// The CA that is vouched for: its certificate in a file, `-`, or store:NAME
    #[arg(value_name = "CERT")]
    certificate: Reference,

    #[command(flatten)]
    issuer: IssuerArgs,

    /// Hold it to a domain and what is below it, or to a range of addresses; may be repeated [default: to what its own
    /// certificate holds it to]
    #[arg(long, value_name = "NAME")]
    permit: Vec<Permitted>,

    /// How many CAs may follow below it [default: as its own certificate says]
    #[arg(long, value_name = "N")]
    path_len: Option<u8>,

    #[command(flatten)]
    validity: ValidityArgs<{ Plan::INTERMEDIATE_DAYS }>,

    /// Write the certificate here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    Outputs::spare(&args.certificate, args.out.as_deref())?;
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    let asked = args.validity.resolve(session.now())?;
    let certificates = session.read(&args.certificate)?.pieces()?.require_certificates()?;
    let name = args.certificate.to_string();
    let Some(theirs) = certificates.first() else { return Err(CliError::usage(format_args!("{name} is empty"))) };
    let foreign = args.issuer.foreign(&args.passphrase, session)?;
    let store = if foreign.is_none() { Some(session.require_store()?) } else { None };
    let chosen: Chosen = match (foreign, &store) {
        (Some(chosen), _) => chosen,
        (None, Some(store)) => args.issuer.of_store(&**store)?,
        (None, None) => return Err(CliError::usage("no CA was named").advise("add --ca NAME")),
    };
    let validity = asked.within(chosen.issuer.validity()).or_explain()?;
    let template = cross_template(theirs, validity, Serial::random().or_explain()?).or_explain_in(&name)?;
    let template = template.held_to(args.path_len, args.permit.clone());
    let key = PublicKey::of_certificate(theirs).or_explain_in(&name)?;
    if key == *chosen.issuer.key().public() {
        return Err(CliError::usage(format_args!("{name} is the CA that issues, which vouches for itself already"))
            .advise("name another CA with --ca"));
    }
    let rules = Rules::usual("intermediate").ok_or_else(|| Rules::unknown("intermediate")).or_explain()?;
    let der = chosen.issuer.issue_under(&rules, &template, &key).or_explain()?;
    if let (Some(ca), Some(store)) = (&chosen.name, &store) {
        let change = Change::new(format!("pki ca cross-sign {name} --ca {ca}"));
        store.apply(change.record_issued(issued_row(ca, &template, &der))).map_err(StoredError::from)?;
    }
    outputs.add(args.out.as_deref(), pem::certificate(&der).as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    Made::new("cross certificate", Vec::new(), &key)
        .certificate(&der)
        .file("certificate", args.out.as_deref())
        .note("servers send it after their own chain to those who trust the CA that has issued it")
        .tell(printed, ui)?;
    Ok(Exit::Success)
}
