//! An identity from the store, and its CA's certificate as a file beside it.

use std::path::PathBuf;
use std::sync::Arc;

use common::SystemClock;
use common::input::fsio::{self, Access, Existing};
use common::terminal::{CliError, Ui};
use pki::convert::pem;
use pki::stored;
use store::{Location, Store};

use crate::error;

/// What was made for this start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Nothing,
    Certificate,
    AuthorityAndCertificate,
}

/// The store must be there for an identity of that name to be in it.
pub(super) fn check(name: &str, location: Location) -> Result<(), CliError> {
    match store::open_existing(&location, Arc::new(SystemClock)).map_err(error::store)? {
        Some(_) => Ok(()),
        None => Err(CliError::usage(format_args!("there is no store at {location}, and so no identity `{name}`"))
            .advise(format!("make both with `pki cert new {name}`, or name another store with --store"))),
    }
}

/// Makes `localhost` in a store, and the store itself, where they are missing.
pub(super) fn make_local(location: Location) -> Result<Made, CliError> {
    let opened = store::open(&location, Arc::new(SystemClock)).map_err(error::store)?;
    let local = stored::local_identity(&*opened, &SystemClock)?;
    Ok(match (local.made_authority, local.made_identity) {
        (true, _) => Made::AuthorityAndCertificate,
        (false, true) => Made::Certificate,
        (false, false) => Made::Nothing,
    })
}

/// The CA of the store that issued the identity of that name, and a file with its root.
pub(super) fn issuer(
    name: &str,
    location: &Location,
    ui: &mut Ui,
) -> Result<(Option<String>, Option<PathBuf>), CliError> {
    let Some(opened) = store::open_existing(location, Arc::new(SystemClock)).map_err(error::store)? else {
        return Ok((None, None));
    };
    let authority = opened.identity(name).map_err(error::store)?.and_then(|row| row.authority);
    let anchor = match &authority {
        Some(authority) => write_root(&*opened, location, authority, ui)?,
        None => None,
    };
    Ok((authority, anchor))
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

    fn at(store: &std::path::Path) -> Location {
        Location::resolve(store.to_str()).unwrap()
    }

    #[test]
    fn the_first_start_makes_everything_and_the_second_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        assert_eq!(make_local(at(&store)).unwrap(), Made::AuthorityAndCertificate);
        assert_eq!(make_local(at(&store)).unwrap(), Made::Nothing);
        let mut ui = Ui::to_writers("tls-server", Box::new(io::sink()), Box::new(io::sink()));
        let (authority, anchor) = issuer(stored::LOCAL_IDENTITY, &at(&store), &mut ui).unwrap();
        assert_eq!((authority.as_deref(), anchor.clone()), (Some("local"), Some(store.join("ca-local.pem"))));
        assert!(std::fs::read_to_string(anchor.unwrap()).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    }

    #[test]
    fn a_name_in_a_store_that_is_not_there_makes_none() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let error = check("api", at(&store)).unwrap_err();
        assert!(error.advice.unwrap().contains("pki cert new api"), "{}", error.fact);
        assert!(!store.exists());
    }

    #[test]
    fn a_name_becomes_a_file_name() {
        assert_eq!(root_file("local"), "ca-local.pem");
        assert_eq!(root_file("../a b"), "ca-.._a_b.pem");
    }
}
