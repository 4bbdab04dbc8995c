//! Where a store is.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The name of the database's file in the store's directory.
const DATABASE: &str = "store.db";
/// The name of the store key's file in the store's directory.
const KEY: &str = "store.key";

/// Where a store is: a directory, which holds the database and the store key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    directory: PathBuf,
}

impl Location {
    /// The embedded store in that directory.
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self { directory: path.into() }
    }

    /// What `flag` (`--store`) names, else `LATCHKEY_STORE`, else `$XDG_DATA_HOME/latchkey`, else
    /// `~/.local/share/latchkey`. An environment variable that is empty counts as absent, and so does an
    /// `XDG_DATA_HOME` that is not absolute (XDG Base Directory Specification).
    ///
    /// # Errors
    /// It is a URL, for which there is no engine, or empty, or there is no home directory.
    pub fn resolve(flag: Option<&str>) -> Result<Self> {
        resolve_from(flag, |variable| env::var_os(variable), env::home_dir())
    }

    /// Whether a store has been made there.
    pub fn exists(&self) -> bool {
        self.database().exists()
    }

    /// The store's directory. What lies in it beside the store's own files is left alone.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.join(DATABASE)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.directory.join(KEY)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.directory.display().fmt(f)
    }
}

fn resolve_from(
    flag: Option<&str>,
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Result<Location> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(name) = flag.map(OsString::from).or_else(|| set("LATCHKEY_STORE")) {
        return named(name);
    }
    if let Some(data) = set("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Ok(Location::directory(data.join("latchkey")));
    }
    let home = home.filter(|path| !path.as_os_str().is_empty()).ok_or(Error::NoHome)?;
    Ok(Location::directory(home.join(".local/share/latchkey")))
}

fn named(name: OsString) -> Result<Location> {
    let text = name.to_string_lossy();
    match text.split_once("://") {
        Some(("postgres", _)) => Err(Error::EngineMissing { scheme: "postgres" }),
        Some(("postgresql", _)) => Err(Error::EngineMissing { scheme: "postgresql" }),
        Some((scheme, _)) => Err(Error::Location { name: format!("{scheme}://…") }),
        None if text.is_empty() => Err(Error::Location { name: String::new() }),
        None => Ok(Location::directory(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resolves under the given environment, with `/home/a` as the home directory.
    fn resolve(flag: Option<&str>, variables: &[(&str, &str)]) -> Result<String> {
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        resolve_from(flag, variable, Some("/home/a".into())).map(|location| location.to_string())
    }

    #[test]
    fn the_flag_wins_then_the_variable_then_xdg_then_the_home_directory() {
        let all = [("LATCHKEY_STORE", "/env"), ("XDG_DATA_HOME", "/xdg")];
        assert_eq!(resolve(Some("/flag"), &all).unwrap(), "/flag");
        assert_eq!(resolve(None, &all).unwrap(), "/env");
        assert_eq!(resolve(None, &all[1..]).unwrap(), "/xdg/latchkey");
        assert_eq!(resolve(None, &[]).unwrap(), "/home/a/.local/share/latchkey");
    }

    #[test]
    fn an_empty_variable_and_a_relative_xdg_directory_count_as_absent() {
        let variables = [("LATCHKEY_STORE", ""), ("XDG_DATA_HOME", "relative")];
        assert_eq!(resolve(None, &variables).unwrap(), "/home/a/.local/share/latchkey");
        assert!(matches!(resolve_from(None, |_| None, None), Err(Error::NoHome)));
    }

    #[test]
    fn a_database_url_is_refused_in_words_that_hold_no_password() {
        let error = resolve(Some("postgres://me:hunter2@db/latchkey"), &[]).unwrap_err().to_string();
        assert!(error.contains("PostgreSQL engine is not built yet"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let error = resolve(Some("redis://me:hunter2@db"), &[]).unwrap_err().to_string();
        assert_eq!(error, "`redis://…` does not name a store");
    }
}
