//! `pki ca export`

use std::path::PathBuf;

use common::input::fsio::Access;
use common::terminal::{CliError, Exit, Ui};
use pki::convert::pem;
use pki::key::PublicKey;

use super::find;
use crate::error::OrExplain;
use crate::made::Made;
use crate::output::{Outputs, is_stdout, shell};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca new home
  pki ca export
  pki ca export home --out home.pem")]
pub(crate) struct Args {
    /// The CA [default: the only one there is]
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Print the CA's own certificate and its parents, not the root alone
    #[arg(long)]
    chain: bool,

    /// Write it here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut outputs = Outputs::new(&[args.out.as_deref()], args.force)?;
    let store = session.require_store()?;
    let authority = find(&*store, args.name.as_deref())?;
    let root = authority.chain.last().map(Vec::as_slice).unwrap_or_default();
    let text = if args.chain { pem::chain(&authority.chain) } else { pem::certificate(root) };
    outputs.add(args.out.as_deref(), text.as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    if args.out.is_some() || ui.is_json() {
        let key = PublicKey::of_certificate(root).or_explain_in(&format!("store:{}", authority.name))?;
        let mut made = Made::exported("CA certificate", &key)
            .certificate(root)
            .stored(&authority.name, store.location())
            .file("certificate", args.out.as_deref());
        if let Some(path) = args.out.as_deref().filter(|path| !is_stdout(path)) {
            made = made.next(format!("tls-client connect localhost:8443 --ca {}", shell(path)));
        }
        made.tell(printed, ui)?;
    }
    Ok(Exit::Success)
}
