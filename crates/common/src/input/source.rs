//! How a command names what it takes: a path, `-`, or `store:NAME`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A path, standard input, or an entry of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A file.
    Path(PathBuf),
    /// `-`
    Stdin,
    /// `store:NAME`
    Store(String),
}

impl FromStr for Reference {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.strip_prefix("store:") {
            Some(name) => Self::Store(name.to_owned()),
            None if text == "-" => Self::Stdin,
            None => Self::Path(text.into()),
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Stdin => f.write_str("standard input"),
            Self::Store(name) => write!(f, "store:{name}"),
        }
    }
}
