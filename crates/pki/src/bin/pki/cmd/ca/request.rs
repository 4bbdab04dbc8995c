//! `pki ca request`

use std::path::PathBuf;

use common::input::fsio::Access;
use common::terminal::{CliError, Exit, Ui};
use pki::authority::request;
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};
use pki::request::{Request, Subject};
use pki::stored::{self, StoredError};
use store::{AuthorityRequest, Change};

use crate::error::OrExplain;
use crate::made::Made;
use crate::options::algorithm;
use crate::output::{Outputs, is_stdout, shell};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca request issuing --subject '/O=Example/CN=Issuing CA' --out issuing.csr
  pki --store vault ca new root --path-len 1
  pki --store vault cert issue --csr issuing.csr --profile intermediate --out issuing.pem
  pki --store vault ca export root --out root.pem
  pki ca import issuing issuing.pem --chain root.pem")]
pub(crate) struct Args {
    /// What the store will call the CA. Of one that it has already, or whose request waits, the request of its key
    #[arg(value_name = "NAME")]
    name: String,

    /// Its subject: `/DC=org/DC=example/CN=Lab CA` or `CN=Lab CA,DC=example,DC=org` [default: CN=NAME]
    #[arg(long, value_name = "DN")]
    subject: Option<String>,

    /// The kind of its key [default: p256]
    #[arg(long, value_parser = algorithm(), value_name = "ALGORITHM")]
    alg: Option<Algorithm>,

    /// Write the request here [default: standard output]
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
    let store = session.store()?;
    let waiting = store.authority_request(&args.name).map_err(StoredError::from)?;
    let (der, key, waits) = if let Some(waiting) = waiting.filter(|_| args.subject.is_none() && args.alg.is_none()) {
        let asked = Request::from_der(&waiting.der).or_explain_in(&format!("store:{}", args.name))?;
        (waiting.der, asked.key, true)
    } else if store.authority(&args.name).map_err(StoredError::from)?.is_some() {
        if args.subject.is_some() || args.alg.is_some() {
            return Err(CliError::usage(format_args!("the CA `{}` has a subject and a key already", args.name))
                .advise("leave --subject and --alg out, or choose another name"));
        }
        let issuer = stored::issuer(&*store, &args.name)?;
        (request(issuer.subject(), issuer.key()).or_explain()?, issuer.key().public().clone(), false)
    } else {
        let key = PrivateKey::generate(args.alg.unwrap_or_default()).or_explain()?;
        let name = subject.encode().or_explain()?;
        let der = request(&name, &key).or_explain()?;
        let row = AuthorityRequest {
            name: args.name.clone(),
            der: der.clone(),
            key: Some(key.to_pkcs8().clone()),
            created: session.now(),
        };
        let change = Change::new(format!("pki ca request {}", args.name));
        store.apply(change.insert_authority_request(row)).map_err(StoredError::from)?;
        (der, key.public().clone(), true)
    };
    outputs.add(args.out.as_deref(), pem::request(&der).as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    let mut made = Made::new("request", Vec::new(), &key)
        .stored(&args.name, store.location())
        .file("request", args.out.as_deref());
    if waits {
        made = made.note("its key stays in the store and waits for the certificate");
    }
    if let Some(path) = args.out.as_deref().filter(|path| !is_stdout(path)) {
        made = made.next(format!(
            "pki cert issue --csr {} --ca ROOT --profile intermediate --out {}.pem",
            shell(path),
            shell(&args.name)
        ));
        if waits {
            made = made.next(format!("pki ca import {0} {0}.pem --chain ROOT.pem", shell(&args.name)));
        }
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}
