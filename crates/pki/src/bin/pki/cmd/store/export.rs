//! `pki store export`

use std::path::PathBuf;

use common::input::fsio::{self, Access};
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::convert::pem;
use pki::key::{PrivateKey, PublicKey};
use pki::stored::StoredError;

use crate::error::OrExplain;
use crate::made::Made;
use crate::output::{Outputs, shell};
use crate::private::Private;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example
  pki store export web.example --dir tls
  pki store export web.example --dir tls --force")]
pub(crate) struct Args {
    /// The identity
    #[arg(value_name = "NAME")]
    name: String,

    /// Write cert.pem, key.pem and ca.pem here; made where it is missing, for its owner alone
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let store = session.require_store()?;
    let found = store.identity(&args.name).map_err(StoredError::from)?;
    let identity = found.ok_or_else(|| StoredError::NoIdentity { name: args.name.clone() })?;
    let leaf = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
    let public = PublicKey::of_certificate(leaf).or_explain_in(&format!("store:{}", args.name))?;
    let key = match &identity.key {
        Some(key) => {
            let key = PrivateKey::from_pkcs8(key.expose()).or_explain()?;
            Some(Private::new(key, &args.passphrase)?.to_pem()?)
        }
        None => None,
    };
    let root = match &identity.authority {
        Some(authority) => store.authority(authority).map_err(StoredError::from)?.and_then(|mut row| row.chain.pop()),
        None => None,
    };

    let [cert_path, key_path, ca_path] = ["cert.pem", "key.pem", "ca.pem"].map(|name| args.dir.join(name));
    let key_path = key.as_ref().map(|_| key_path.as_path());
    let ca_path = root.as_ref().map(|_| ca_path.as_path());
    fsio::create_private_directory(&args.dir)?;
    let mut outputs = Outputs::new(&[Some(&cert_path), key_path, ca_path], args.force)?;
    outputs.add(Some(&cert_path), pem::chain(&identity.chain).as_bytes(), Access::Public);
    if let Some(key) = &key {
        outputs.add(key_path, key.expose(), Access::Private);
    }
    if let Some(root) = &root {
        outputs.add(ca_path, pem::certificate(root).as_bytes(), Access::Public);
    }
    outputs.write(ui)?;
    let mut made = Made::exported("certificate", &public)
        .names(identity.names.clone())
        .certificate(leaf)
        .stored(&identity.name, store.location())
        .file("certificate", Some(&cert_path))
        .file("key", key_path)
        .file("CA", ca_path);
    if let Some(key_path) = key_path {
        made = made.next(format!("tls-server hello --cert {} --key {}", shell(&cert_path), shell(key_path)));
    }
    made.tell(None, ui)?;
    Ok(Exit::Success)
}
