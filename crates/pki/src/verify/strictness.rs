//! How much of a certificate's form must be right where good verifiers differ.

use std::fmt;

use serde::Serialize;

/// Whose strictness is wanted. What is unsafe is refused at every level; what differs is the form that RFC 5280 and
/// the CA/Browser Forum prescribe and that verifiers look at or pass over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// As in a handshake of ours: form is left to whoever issues.
    #[default]
    Webpki,
    /// RFC 5280's form, as Python from 3.13 asks for it (OpenSSL's `X509_STRICT`).
    Python,
    /// As the strictest good verifier: RFC 5280's form, and what the Baseline Requirements say of CAs and of names.
    Strictest,
    /// All of the Baseline Requirements for a server's certificate that can be seen from it, extendedKeyUsage included.
    Cabf,
}

impl Strictness {
    /// Whether RFC 5280's form is looked at.
    pub(super) const fn asks_rfc5280(self) -> bool {
        !matches!(self, Self::Webpki)
    }

    /// Whether the Baseline Requirements' form is looked at.
    pub(super) const fn asks_baseline(self) -> bool {
        matches!(self, Self::Strictest | Self::Cabf)
    }
}

impl fmt::Display for Strictness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Webpki => "webpki",
            Self::Python => "python",
            Self::Strictest => "strictest",
            Self::Cabf => "cabf",
        })
    }
}
