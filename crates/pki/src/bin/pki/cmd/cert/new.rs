//! `pki cert new`

use std::sync::Arc;

use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::Issuer;
use pki::certificate::Profile;
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};
use pki::request::Spec;
use pki::stored::{self, IssuedLeaf, LOCAL_AUTHORITY, LeafPlan, StoredError};
use store::{Change, Store};

use crate::error::OrExplain;
use crate::made::Made;
use crate::options::{CertificateOutputs, ValidityArgs, algorithm};
use crate::output::{Outputs, shell};
use crate::private::Private;
use crate::session::Session;

const DAYS: u32 = 90;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert new web.example
  pki ca new home
  pki cert new nas.home.example 10.0.0.1 --ca home --out nas.pem --key-out nas.key
  pki cert new alice@home.example --ca home --profile client --pem alice.pem")]
pub(crate) struct Args {
    /// The names that it is for; the store keeps it under the first
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,

    /// The CA that issues it [default: `local`, made on first use, or the only one there is]
    #[arg(long, value_name = "NAME")]
    ca: Option<String>,

    /// What it is for
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,

    /// The subject's common name [default: the first name]
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// The kind of its key
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM")]
    alg: Algorithm,

    #[command(flatten)]
    validity: ValidityArgs<DAYS>,

    #[command(flatten)]
    outputs: CertificateOutputs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let now = session.now();
    let spec = Spec::new(&args.names, None, args.cn.as_deref()).or_explain()?;
    let validity = args.validity.resolve(now)?;
    if args.passphrase.is_given() && args.outputs.key_out.is_none() && args.outputs.pem.is_none() {
        return Err(CliError::usage("a passphrase is for a key in a file, and none is written")
            .advise("add --key-out FILE; in the store the key is sealed already"));
    }
    let outputs = Outputs::new(&args.outputs.all(), args.outputs.force)?;

    let store = session.store()?;
    let (authority, issuer) = issuer(args, session, &store)?;
    let name = spec.names.first().map_or_else(|| spec.subject.to_string(), ToString::to_string);
    let old = store.identity(&name).map_err(StoredError::from)?;
    if old.is_some() && !args.outputs.force {
        return Err(CliError::usage(format_args!(
            "the store at {} already has the identity `{name}`",
            store.location()
        ))
        .advise(format!("`pki store show {}` shows it; --force puts the new one in its place", shell(&name))));
    }
    let private = Private::generate(args.alg, &args.passphrase)?;
    let plan =
        LeafPlan { name: &name, authority: &authority, issuer: &issuer, spec: &spec, profile: args.profile, validity };
    let leaf = stored::issue_leaf(&plan, &private.key, now).or_explain()?;

    let key_text = private.to_pem()?;
    let change = Change::new(format!("pki cert new {}", args.names.join(" "))).record_issued(leaf.issued.clone());
    let change = match &old {
        None => change.insert_identity(leaf.identity.clone()),
        Some(old) => change.replace_identity(old, leaf.identity.clone()),
    };
    store.apply(change).map_err(StoredError::from)?;
    let printed = write(args, &leaf, key_text.expose(), outputs, ui)?;
    let mut made = made(args, &leaf, &private.key, &*store);
    if leaf.identity.not_after < validity.not_after() {
        made = made.note(format!("it ends with its CA `{authority}`, earlier than asked"));
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}

/// The CA that was asked for; else `local`; else the only one; else `local` is made.
fn issuer(args: &Args, session: &Session, store: &Arc<dyn Store>) -> Result<(String, Issuer), CliError> {
    if let Some(name) = &args.ca {
        return Ok((name.clone(), stored::issuer(&**store, name)?));
    }
    let authorities = store.authorities().map_err(StoredError::from)?;
    let names: Vec<&str> = authorities.iter().map(|authority| authority.name.as_str()).collect();
    let able: Vec<&str> = authorities.iter().filter(|a| a.key.is_some()).map(|a| a.name.as_str()).collect();
    match able.as_slice() {
        [only] => Ok(((*only).to_owned(), stored::issuer(&**store, only)?)),
        [] => {
            let (issuer, _) = stored::local_authority(&**store, &*session.clock)?;
            Ok((LOCAL_AUTHORITY.to_owned(), issuer))
        }
        several if several.contains(&LOCAL_AUTHORITY) => {
            Ok((LOCAL_AUTHORITY.to_owned(), stored::issuer(&**store, LOCAL_AUTHORITY)?))
        }
        _ => Err(CliError::usage(format_args!("the store has several CAs: {}", names.join(", ")))
            .advise("say which one issues, with --ca NAME")),
    }
}

fn write(
    args: &Args,
    leaf: &IssuedLeaf,
    key: &[u8],
    mut outputs: Outputs,
    ui: &mut Ui,
) -> Result<Option<String>, CliError> {
    let chain = pem::chain(&leaf.identity.chain);
    if args.outputs.out.is_some() {
        outputs.add(args.outputs.out.as_deref(), chain.as_bytes(), Access::Public);
    }
    if args.outputs.key_out.is_some() {
        outputs.add(args.outputs.key_out.as_deref(), key, Access::Private);
    }
    if args.outputs.pem.is_some() {
        outputs.add(args.outputs.pem.as_deref(), &[chain.as_bytes(), key].concat(), Access::Private);
    }
    outputs.write(ui).map_err(|error| {
        let kept = format!("it is kept in the store: `pki store export {} --dir DIR`", shell(&leaf.identity.name));
        error.advise(kept)
    })
}

fn made(args: &Args, leaf: &IssuedLeaf, key: &PrivateKey, store: &dyn Store) -> Made {
    let identity = &leaf.identity;
    let authority = identity.authority.as_deref().unwrap_or_default();
    let made = Made::new("certificate", identity.names.clone(), key.public())
        .certificate(&leaf.issued.der)
        .stored(&identity.name, store.location())
        .file("certificate", args.outputs.out.as_deref())
        .file("key", args.outputs.key_out.as_deref())
        .file("combined", args.outputs.pem.as_deref());
    match args.profile {
        Profile::Client => match args.outputs.identity_flags(None, &args.passphrase) {
            Some(flags) => made.next(format!("tls-client connect localhost:8443 {flags}")),
            None => {
                let reference = format!("store:{}", identity.name);
                made.next(format!("tls-client connect localhost:8443 --cert {}", shell(reference)))
            }
        },
        Profile::Code | Profile::Email => {
            let (name, directory) = (shell(&identity.name), shell(&identity.name));
            made.next(format!("pki store export {name} --dir {directory}"))
        }
        Profile::Server | Profile::Peer => made
            .next(format!("tls-server hello --name {}", shell(&identity.name)))
            .next(format!("pki ca export {} --out {}", shell(authority), shell(format!("{authority}.pem")))),
    }
}
