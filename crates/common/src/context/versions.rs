//! The range of TLS versions.

use std::fmt;
use std::str::FromStr;

use rustls::{ProtocolVersion, SupportedProtocolVersion};

/// From the lowest version to the highest; TLS 1.2 and 1.3 unless told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    lowest: Version,
    highest: Version,
}

/// A version that can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Tls12,
    Tls13,
}

/// What is wrong with the versions asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionsError {
    /// Not a version that can be had.
    #[error("`{0}` is no TLS version that can be had: 1.2 and 1.3 are (1.0 and 1.1 are forbidden by RFC 8996)")]
    Unknown(String),
    /// The lowest is above the highest.
    #[error("the lowest version {0} is above the highest {1}")]
    Empty(String, String),
}

impl Versions {
    /// A range from the names `1.2` and `1.3`; an end that is `None` is as far as can be had.
    ///
    /// # Errors
    /// A version that cannot be had, or an empty range.
    pub fn new(lowest: Option<&str>, highest: Option<&str>) -> Result<Self, VersionsError> {
        let lowest = lowest.map_or(Ok(Version::Tls12), str::parse)?;
        let highest = highest.map_or(Ok(Version::Tls13), str::parse)?;
        if lowest > highest {
            return Err(VersionsError::Empty(lowest.to_string(), highest.to_string()));
        }
        Ok(Self { lowest, highest })
    }

    /// TLS 1.3 alone.
    pub const fn tls13() -> Self {
        Self { lowest: Version::Tls13, highest: Version::Tls13 }
    }

    /// Whether `version` is in the range.
    pub fn contains(&self, version: ProtocolVersion) -> bool {
        self.supported().iter().any(|supported| supported.version == version)
    }

    /// The range as rustls takes it, the highest first.
    pub fn supported(&self) -> Vec<&'static SupportedProtocolVersion> {
        let both = [(Version::Tls13, &rustls::version::TLS13), (Version::Tls12, &rustls::version::TLS12)];
        let within = both.into_iter().filter(|(version, _)| (self.lowest..=self.highest).contains(version));
        within.map(|(_, supported)| supported).collect()
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self { lowest: Version::Tls12, highest: Version::Tls13 }
    }
}

impl FromStr for Version {
    type Err = VersionsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim_start_matches(['T', 'L', 'S', 'v', ' ']) {
            "1.2" => Ok(Self::Tls12),
            "1.3" => Ok(Self::Tls13),
            _ => Err(VersionsError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_it_says() {
        assert_eq!(Versions::new(None, None), Ok(Versions::default()));
        assert_eq!(Versions::new(Some("TLSv1.3"), None), Ok(Versions::tls13()));
        let only_12 = Versions::new(Some("1.2"), Some("1.2")).unwrap();
        assert!(only_12.contains(ProtocolVersion::TLSv1_2) && !only_12.contains(ProtocolVersion::TLSv1_3));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        assert_eq!(Versions::new(Some("1.1"), None), Err(VersionsError::Unknown("1.1".into())));
        assert!(matches!(Versions::new(Some("1.3"), Some("1.2")), Err(VersionsError::Empty(..))));
    }
}
