//! Which certificate is shown: loaded from files or the store, and checked as one before anything is served.

mod files;
mod stored;

use std::path::PathBuf;

use common::context::{Identity, Provider};
use common::input::Reference;
use common::terminal::{CliError, Ui};
use common::{Clock, SystemClock};
use pki::bundle::{self, Severity};
use pki::certificate::Inspected;
use pki::verify::Side;
use store::Location;

use crate::args::IdentityArgs;
use crate::error;

/// What clients are shown, and what a person is told of it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) identity: Identity,
    pub(crate) leaf: Inspected,
    pub(crate) source: Source,
    /// A file by which a client can verify the chain.
    pub(crate) anchor: Option<PathBuf>,
}

/// Where the identity came from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Files, or standard input.
    Files,
    /// The store.
    Store {
        location: Location,
        /// The CA of the store that issued it.
        authority: Option<String>,
        made: Made,
    },
}

/// What was made for this start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Nothing,
    Certificate,
    AuthorityAndCertificate,
}

/// Loads what the flags name, and refuses what no client would take.
pub(crate) fn load(
    args: &IdentityArgs,
    store: Option<&str>,
    provider: Provider,
    ui: &mut Ui,
) -> Result<Shown, CliError> {
    let shown = match (&args.cert, &args.key, &args.pem, &args.name) {
        (Some(cert), Some(key), ..) => files::separate(cert, key, &args.passphrase, provider)?,
        (_, _, Some(file), _) if !matches!(file, Reference::Store(_)) => {
            files::combined(file, &args.passphrase, provider)?
        }
        _ if args.passphrase.is_given() => {
            return Err(CliError::usage("a passphrase was given, and keys in the store have none")
                .advise("leave --passphrase-file and --passphrase-env away"));
        }
        (_, _, Some(Reference::Store(name)), _) | (.., Some(name)) => stored::named(name, store, provider, ui)?,
        _ => stored::local(store, provider, ui)?,
    };
    check(&shown.identity, ui)?;
    Ok(shown)
}

/// Chain order, dates, purpose and names, before anybody sees the chain.
fn check(identity: &Identity, ui: &mut Ui) -> Result<(), CliError> {
    let findings = bundle::check(identity.name(), identity.chain(), Side::Server, SystemClock.now());
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(error::bundle(&findings));
    }
    for finding in &findings {
        let mend = finding.mend.as_deref().map(|mend| format!("; {mend}")).unwrap_or_default();
        match finding.severity {
            Severity::Note => ui.note(format_args!("note: {finding}{mend}")),
            _ => ui.warn(format_args!("{finding}{mend}")),
        }
    }
    Ok(())
}

/// The first certificate of the chain, read.
fn leaf(identity: &Identity) -> Result<Inspected, CliError> {
    let first = identity.chain().first().map(AsRef::as_ref).unwrap_or_default();
    Inspected::from_der(first)
        .map_err(|error| CliError::usage(format_args!("the certificate in {} is broken: {error}", identity.name())))
}
