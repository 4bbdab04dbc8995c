//! Where a value came from.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use serde::ser::SerializeMap as _;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// The command line: the flag, with its dashes, or the name of the argument.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// The configuration file.
    File {
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::File { line, .. } => write!(f, "line {line}"),
        }
    }
}

/// As `{"from": "file", "line": 3}`.
impl Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Default => map.serialize_entry("from", "default")?,
            Self::Flag(name) => {
                map.serialize_entry("from", "flag")?;
                map.serialize_entry("name", name)?;
            }
            Self::Environment(name) => {
                map.serialize_entry("from", "environment")?;
                map.serialize_entry("name", name)?;
            }
            Self::File { line, column } => {
                map.serialize_entry("from", "file")?;
                map.serialize_entry("line", line)?;
                map.serialize_entry("column", column)?;
            }
        }
        map.end()
    }
}

/// A value, and where it came from. Two are equal where the values are.
#[derive(Debug, Clone, Copy)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Set<T> {
    /// A value from there.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Another value from the same place.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Set<U> {
        Set::new(of(self.value), self.origin)
    }
}

impl<T> Deref for Set<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Set<T> {}
