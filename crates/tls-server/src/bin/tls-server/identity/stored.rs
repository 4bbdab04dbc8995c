//! An identity from the store, and its CA's certificate as a file beside it.

use std::path::PathBuf;
use std::sync::Arc;

use common::SystemClock;
use common::context::Provider;
use common::input::fsio::{self, Access, Existing};
use common::terminal::{CliError, Ui};
use pki::convert::pem;
use pki::stored::{self, LOCAL_IDENTITY};
use store::{Location, Store};

use super::{Made, Shown, Source, leaf};
use crate::error;

/// The identity of that name, from a store that must be there.
pub(super) fn named(name: &str, store: Option<&str>, provider: Provider, ui: &mut Ui) -> Result<Shown, CliError> {
    let location = Location::resolve(store).map_err(error::store)?;
    let Some(opened) = store::open_existing(&location, Arc::new(SystemClock)).map_err(error::store)? else {
        return Err(CliError::usage(format_args!("there is no store at {location}, and so no identity `{name}`"))
            .advise(format!("make both with `pki cert new {name}`, or name another store with --store")));
    };
    let authority = opened.identity(name).map_err(error::store)?.and_then(|row| row.authority);
    shown(&*opened, location, name, authority, Made::Nothing, provider, ui)
}

/// `localhost`, from a store that is made where it is missing.
pub(super) fn local(store: Option<&str>, provider: Provider, ui: &mut Ui) -> Result<Shown, CliError> {
    let location = Location::resolve(store).map_err(error::store)?;
    let opened = store::open(&location, Arc::new(SystemClock)).map_err(error::store)?;
    let local = stored::local_identity(&*opened, &SystemClock)?;
    let made = match (local.made_authority, local.made_identity) {
        (true, _) => Made::AuthorityAndCertificate,
        (false, true) => Made::Certificate,
        (false, false) => Made::Nothing,
    };
    shown(&*opened, location, LOCAL_IDENTITY, local.identity.authority, made, provider, ui)
}

fn shown(
    store: &dyn Store,
    location: Location,
    name: &str,
    authority: Option<String>,
    made: Made,
    provider: Provider,
    ui: &mut Ui,
) -> Result<Shown, CliError> {
    let identity = stored::identity(store, name, provider)?;
    let leaf = leaf(&identity)?;
    let anchor = match &authority {
        Some(authority) => write_root(store, &location, authority, ui)?,
        None => None,
    };
    Ok(Shown { identity, leaf, source: Source::Store { location, authority, made }, anchor })
}

/// Writes the root of `authority` as PEM into the store's directory, for programs that take a file. It is no secret,
/// and is written anew wherever it is not what the store says.
fn write_root(
    store: &dyn Store,
    location: &Location,
    authority: &str,
    ui: &mut Ui,
) -> Result<Option<PathBuf>, CliError> {
    let row = store.authority(authority).map_err(error::store)?;
    let Some(root) = row.and_then(|row| row.chain.into_iter().next_back()) else { return Ok(None) };
    let text = pem::certificate(&root);
    let path = location.path().join(root_file(authority));
    if fsio::read(&path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(Some(path));
    }
    match fsio::write(&path, text.as_bytes(), Access::Public, Existing::Replace) {
        Ok(()) => Ok(Some(path)),
        Err(error) => {
            ui.warn(format_args!("the CA's certificate is not there for other programs to use: {error}"));
            Ok(None)
        }
    }
}

/// `ca-local.pem`; what is unusual in a file name becomes `_`.
fn root_file(authority: &str) -> String {
    let usual = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String = authority.chars().map(|letter| if usual(letter) { letter } else { '_' }).collect();
    format!("ca-{name}.pem")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn ui() -> Ui {
        Ui::to_writers("tls-server", Box::new(io::sink()), Box::new(io::sink()))
    }

    #[test]
    fn the_first_start_makes_everything_and_the_second_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let start = || local(store.to_str(), Provider::AwsLc, &mut ui()).unwrap();
        let (first, second) = (start(), start());
        assert!(matches!(first.source, Source::Store { made: Made::AuthorityAndCertificate, .. }));
        assert!(matches!(second.source, Source::Store { made: Made::Nothing, .. }));
        assert_eq!(first.leaf.fingerprint, second.leaf.fingerprint);
        let anchor = second.anchor.unwrap();
        assert_eq!(anchor, store.join("ca-local.pem"));
        assert!(std::fs::read_to_string(anchor).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    }

    #[test]
    fn a_name_in_a_store_that_is_not_there_makes_none() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let error = named("api", store.to_str(), Provider::AwsLc, &mut ui()).unwrap_err();
        assert!(error.advice.unwrap().contains("pki cert new api"), "{}", error.fact);
        assert!(!store.exists());
    }

    #[test]
    fn a_name_becomes_a_file_name() {
        assert_eq!(root_file("local"), "ca-local.pem");
        assert_eq!(root_file("../a b"), "ca-.._a_b.pem");
    }
}
