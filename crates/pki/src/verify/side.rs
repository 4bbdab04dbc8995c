//! Whose certificate is judged, and what for.

use std::fmt;

use serde::Serialize;
use webpki::{ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};

use crate::certificate::Purpose;

/// Whose certificate is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A server's.
    Server,
    /// A client's.
    Client,
    /// Anybody's: what it may be used for is not asked.
    Any,
}

impl Side {
    /// The extendedKeyUsage that the certificate must allow; none where any will do.
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Server => Some(Purpose::ServerAuth),
            Self::Client => Some(Purpose::ClientAuth),
            Self::Any => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Any => "holder",
        })
    }
}

/// webpki's question about extendedKeyUsage.
impl ExtendedKeyUsageValidator for Side {
    fn validate(&self, mut usages: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Self::Server => KeyUsage::server_auth().validate(usages),
            Self::Client => KeyUsage::client_auth().validate(usages),
            // What cannot be read is an error here, too.
            Self::Any => usages.try_for_each(|usage| usage.map(|_| ())),
        }
    }
}
