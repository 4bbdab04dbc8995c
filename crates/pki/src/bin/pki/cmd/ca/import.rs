//! `pki ca import`

use common::input::Reference;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::{Issuer, chain_of};
use pki::certificate::Inspected;
use pki::key::{PrivateKey, PublicKey};
use pki::stored::{self, StoredError};
use rustls_pki_types::CertificateDer;
use store::{Authority, Change, Store};

use crate::error::OrExplain;
use crate::made::Made;
use crate::output::shell;
use crate::private::Private;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki --store offline ca new root
  pki --store offline ca export root --out root.pem
  pki ca import root root.pem
  pki ca list
  pki ca import root root.pem --force")]
pub(crate) struct Args {
    /// What the store calls it; where a request of that name waits, its key is taken from there
    #[arg(value_name = "NAME")]
    name: String,

    /// Its certificate, and its parents' where there are any
    #[arg(value_name = "CERT")]
    certificate: Reference,

    /// Its private key, where no request waits. Without a key the CA is kept elsewhere, and trusted here
    #[arg(long, value_name = "FILE")]
    key: Option<Reference>,

    /// More certificates of its parents. May be repeated
    #[arg(long, value_name = "FILE")]
    chain: Vec<Reference>,

    /// Where the CA is there already: put this certificate of its key in the place of the one that it has
    #[arg(long, conflicts_with = "key")]
    force: bool,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut given = session.read(&args.certificate)?.pieces()?.require_certificates()?;
    for more in &args.chain {
        given.extend(session.read(more)?.pieces()?.require_certificates()?);
    }
    let own_key = args.key.as_ref().map(|key| Private::load(key, &args.passphrase, session)).transpose()?;
    let store = session.store()?;
    if let Some(old) = store.authority(&args.name).map_err(StoredError::from)? {
        return replace(args, &given, &old, &*store, ui);
    }
    let waiting = store.authority_request(&args.name).map_err(StoredError::from)?;
    if waiting.is_some() && own_key.is_some() {
        return Err(CliError::usage(format_args!("a key waits under the name `{}` already", args.name))
            .advise("leave --key out, or choose another name"));
    }
    let key = match (own_key, &waiting) {
        (Some(private), _) => Some(private.key),
        (None, Some(waiting)) => match &waiting.key {
            Some(key) => Some(PrivateKey::from_pkcs8(key.expose()).or_explain()?),
            None => return Err(StoredError::NoKey { name: args.name.clone() }.into()),
        },
        (None, None) => None,
    };
    let own = own(args, &given, key.as_ref())?;
    let others = given.iter().cloned().chain(stored_certificates(&*store)?);
    let chain = chain_of(own, others.collect());
    let public = PublicKey::of_certificate(&chain[0]).or_explain_in(&args.certificate.to_string())?;
    let complete = chain.last().is_some_and(|top| Inspected::from_der(top).is_ok_and(|said| said.self_signed));
    let row = row(args, chain, key, session)?;
    let certificate = row.chain.first().cloned().unwrap_or_default();
    let holds_key = row.key.is_some();

    let change = Change::new(format!("pki ca import {}", args.name));
    let change = if waiting.is_some() { change.remove_authority_request(&args.name) } else { change };
    store.apply(change.insert_authority(row)).map_err(StoredError::from)?;
    let mut made = Made::imported("CA", &public).certificate(&certificate).stored(&args.name, store.location());
    if !complete {
        made =
            made.note("the root above it is not here, so that it is trusted itself; the same command with --chain ROOT.pem --force adds it");
    }
    made = match holds_key {
        true => made.next(format!("pki cert new host.example --ca {}", shell(&args.name))),
        false => made.note("its key is kept elsewhere: it is trusted here, and issues there"),
    };
    made.tell(None, ui)?;
    Ok(Exit::Success)
}

/// Puts another certificate of the same CA in the place of the one that is there.
fn replace(
    args: &Args,
    given: &[CertificateDer<'static>],
    old: &Authority,
    store: &dyn Store,
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let name = format!("store:{}", args.name);
    let before = old.chain.first().map(Vec::as_slice).unwrap_or_default();
    let (key, subject) =
        (PublicKey::of_certificate(before).or_explain_in(&name)?, Inspected::from_der(before).or_explain_in(&name)?);
    let same = |der: &&CertificateDer<'static>| {
        PublicKey::of_certificate(der).is_ok_and(|public| public == key)
            && Inspected::from_der(der).is_ok_and(|said| said.subject == subject.subject && said.authority.ca)
    };
    let taken =
        || CliError::usage(format_args!("the store at {} already has the CA `{}`", store.location(), args.name));
    let Some(own) = given.iter().find(same) else {
        let other =
            format!("no CA certificate in {} has its subject and its key; choose another name", args.certificate);
        return Err(taken().advise(other));
    };
    if !args.force {
        return Err(taken().advise("--force puts this certificate of the same key in the place of the one it has"));
    }
    let others = given.iter().cloned().chain(stored_certificates(store)?).collect();
    let chain: Vec<Vec<u8>> = chain_of(own.clone(), others).iter().map(|der| der.to_vec()).collect();
    let change = Change::new(format!("pki ca import {} --force", args.name)).replace_authority(old, chain);
    store.apply(change).map_err(StoredError::from)?;
    Made::imported("CA", &key).certificate(own).stored(&args.name, store.location()).tell(None, ui)?;
    Ok(Exit::Success)
}

/// The certificate of the key; without a key the first one.
fn own(
    args: &Args,
    given: &[CertificateDer<'static>],
    key: Option<&PrivateKey>,
) -> Result<CertificateDer<'static>, CliError> {
    let is_own = |der: &&CertificateDer<'static>| match key {
        None => true,
        Some(key) => PublicKey::of_certificate(der).is_ok_and(|public| public == *key.public()),
    };
    given.iter().find(is_own).cloned().ok_or_else(|| {
        CliError::usage(format_args!("no certificate in {} is for the key of the CA `{}`", args.certificate, args.name))
            .advise(format!("`pki cert show {}` shows whose they are", args.certificate))
    })
}

fn row(
    args: &Args,
    chain: Vec<CertificateDer<'static>>,
    key: Option<PrivateKey>,
    session: &Session,
) -> Result<Authority, CliError> {
    let said = Inspected::from_der(&chain[0]).or_explain_in(&args.certificate.to_string())?;
    if !said.authority.ca {
        return Err(CliError::usage(format_args!(
            "{}: the certificate is not a CA's (basicConstraints CA:TRUE is missing)",
            args.certificate
        ))
        .advise("let it be signed with `pki cert issue --profile intermediate`"));
    }
    match key {
        Some(key) => {
            let issuer = Issuer::new(chain, key).or_explain_in(&args.certificate.to_string())?;
            Ok(stored::authority_row(&args.name, &issuer, session.now()))
        }
        None => Ok(Authority {
            name: args.name.clone(),
            chain: chain.iter().map(|der| der.to_vec()).collect(),
            key: None,
            created: session.now(),
        }),
    }
}

/// The certificates of the CAs that the store has, any of which may be a parent.
fn stored_certificates(store: &dyn Store) -> Result<Vec<CertificateDer<'static>>, CliError> {
    let authorities = store.authorities().map_err(StoredError::from)?;
    Ok(authorities.into_iter().flat_map(|row| row.chain).map(CertificateDer::from).collect())
}
