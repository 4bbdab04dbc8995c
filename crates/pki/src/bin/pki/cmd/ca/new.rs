//! `pki ca new`

use std::path::PathBuf;

use common::input::fsio::Access;
use common::terminal::{CliError, Exit, Ui};
use pki::authority::{Issuer, Permitted, Plan, Serial};
use pki::certificate::Validity;
use pki::convert::pem;
use pki::key::Algorithm;
use pki::request::{Subject, SubjectAltName};
use pki::stored::{self, StoredError};
use store::{Change, Issued, Store};

use crate::error::OrExplain;
use crate::made::Made;
use crate::options::{ValidityArgs, algorithm};
use crate::output::{Outputs, shell};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new home --permit home.example --permit 192.168.0.0/16
  pki ca new corp --with-intermediate
  pki ca new lab --subject '/DC=org/DC=example/OU=Lab/CN=Lab CA' --out lab.pem
  pki ca new team --parent lab")]
pub(crate) struct Args {
    /// What the store calls it
    #[arg(value_name = "NAME")]
    name: String,

    /// Make a root NAME-root as well, and NAME below it, so that the root's key can be kept elsewhere
    #[arg(long, conflicts_with = "parent")]
    with_intermediate: bool,

    /// Make it below this CA of the store instead of a root
    #[arg(long, value_name = "CA")]
    parent: Option<String>,

    /// Hold it to a domain and what is below it, or to a range of addresses. May be repeated
    #[arg(long, value_name = "NAME")]
    permit: Vec<Permitted>,

    /// How many CAs may follow below it [default: no bound for a root, 0 below another CA]
    #[arg(long, value_name = "N")]
    path_len: Option<u8>,

    /// Its subject: `/DC=org/DC=example/CN=Lab CA` or `CN=Lab CA,DC=example,DC=org` [default: CN=NAME]
    #[arg(long, value_name = "DN")]
    subject: Option<String>,

    /// The kind of its key
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM")]
    alg: Algorithm,

    #[command(flatten)]
    validity: ValidityArgs<{ Plan::ROOT_DAYS }>,

    /// Write the certificate that clients trust here as well (`-` is standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let subject = match &args.subject {
        Some(text) => text.parse::<Subject>().or_explain()?,
        None => Subject::common_name(&args.name).or_explain()?,
    };
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    // Dates that cannot be are an error before a store is made.
    args.validity.resolve(session.now())?;
    let store = session.store()?;
    let (issuer, change) = if args.with_intermediate {
        both(args, subject, session)?
    } else if let Some(parent) = &args.parent {
        let above = stored::issuer(&*store, parent)?;
        below(args, subject, parent, &above, session)?
    } else {
        let issuer = plan(args, subject, args.path_len, args.validity.resolve(session.now())?)?;
        let issuer = issuer.root().or_explain()?;
        (issuer, Change::new(format!("pki ca new {}", args.name)))
    };
    let row = stored::authority_row(&args.name, &issuer, session.now());
    store.apply(change.insert_authority(row)).map_err(StoredError::from)?;

    if let Some(path) = &args.out {
        let root = issuer.chain().last().map(|der| pem::certificate(der)).unwrap_or_default();
        outputs.add(Some(path), root.as_bytes(), Access::Public);
    }
    let printed = outputs.write(ui).map_err(|error| {
        error.advise(format!("it is kept in the store: `pki ca export {} --out FILE`", shell(&args.name)))
    })?;
    tell(args, &issuer, &*store, printed, ui)?;
    Ok(Exit::Success)
}

/// A root and an intermediate below it, in one change.
fn both(args: &Args, subject: Subject, session: &Session) -> Result<(Issuer, Change), CliError> {
    let root_name = format!("{}-root", args.name);
    let root_subject = subject.map_common_name(|name| format!("{name} root")).or_explain()?;
    if root_subject == subject {
        return Err(CliError::usage("root and intermediate would have the same subject").advise("give --subject a CN"));
    }
    let dates = args.validity.resolve(session.now())?;
    let root = plan(args, root_subject, Some(args.path_len.unwrap_or(1)), dates)?.root().or_explain()?;
    let change = Change::new(format!("pki ca new {} --with-intermediate", args.name))
        .insert_authority(stored::authority_row(&root_name, &root, session.now()));
    let dates = Validity::days(session.now(), Plan::INTERMEDIATE_DAYS).or_explain()?;
    intermediate(args, subject, Some(0), dates, &root_name, &root, change)
}

/// An intermediate below a CA of the store.
fn below(
    args: &Args,
    subject: Subject,
    parent: &str,
    above: &Issuer,
    session: &Session,
) -> Result<(Issuer, Change), CliError> {
    let dates = args.validity.resolve_or(session.now(), Plan::INTERMEDIATE_DAYS)?;
    let change = Change::new(format!("pki ca new {} --parent {parent}", args.name));
    intermediate(args, subject, Some(args.path_len.unwrap_or(0)), dates, parent, above, change)
}

fn intermediate(
    args: &Args,
    subject: Subject,
    path_len: Option<u8>,
    dates: Validity,
    parent: &str,
    above: &Issuer,
    change: Change,
) -> Result<(Issuer, Change), CliError> {
    let plan = plan(args, subject, path_len, dates.within(above.validity()).map_err(StoredError::from)?)?;
    let issuer = plan.intermediate(above).or_explain()?;
    let issued = Issued {
        authority: parent.to_owned(),
        serial: plan.serial.as_bytes().to_vec(),
        subject: args.name.clone(),
        not_before: plan.validity.not_before(),
        not_after: plan.validity.not_after(),
        der: issuer.chain().first().map(|der| der.to_vec()).unwrap_or_default(),
    };
    Ok((issuer, change.record_issued(issued)))
}

fn plan(args: &Args, subject: Subject, path_len: Option<u8>, validity: Validity) -> Result<Plan, CliError> {
    let serial = Serial::random().or_explain()?;
    Ok(Plan { subject, algorithm: args.alg, validity, path_len, permitted: args.permit.clone(), serial })
}

fn tell(args: &Args, issuer: &Issuer, store: &dyn Store, printed: Option<String>, ui: &mut Ui) -> Result<(), CliError> {
    let permitted = args.permit.iter().map(ToString::to_string).collect();
    let mut made = Made::new("CA", permitted, issuer.key().public())
        .stored(&args.name, store.location())
        .file("certificate", args.out.as_deref());
    if let Some(own) = issuer.chain().first() {
        made = made.certificate(own);
    }
    if !issuer.is_constrained() {
        made = made.note("it can speak for any name; --permit home.example holds a CA to its own");
    }
    if args.with_intermediate {
        made = made.note(format!("its root is `{}-root`, which clients trust", args.name));
    }
    if let Some(name) = example(args, issuer) {
        made = made.next(format!("pki cert new {name} --ca {}", shell(&args.name)));
    }
    if args.out.is_none() {
        made = made.next(format!("pki ca export {} --out ca.pem", shell(&args.name)));
    }
    made.tell(printed, ui)
}

/// A name that it may speak for; none where only those above it know.
fn example(args: &Args, issuer: &Issuer) -> Option<String> {
    let permitted = args.permit.iter().map(|permitted| match permitted {
        Permitted::Dns(name) => name.clone(),
        Permitted::Ip { address, .. } => address.to_string(),
    });
    permitted
        .chain(["host.example".to_owned()])
        .find(|name| name.parse().is_ok_and(|name: SubjectAltName| issuer.permits(&name)))
}
