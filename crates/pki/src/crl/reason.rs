//! Why a certificate was revoked (RFC 5280 section 5.3.1).

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use x509_cert::ext::pkix::CrlReason;

/// Why a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// `unspecified`, which is the same as none.
    Unspecified,
    /// `keyCompromise`.
    KeyCompromise,
    /// `cACompromise`.
    CaCompromise,
    /// `affiliationChanged`.
    AffiliationChanged,
    /// `superseded`.
    Superseded,
    /// `cessationOfOperation`.
    CessationOfOperation,
    /// `certificateHold`: for the time being.
    CertificateHold,
    /// `removeFromCRL`, which belongs in delta CRLs alone; in a complete one it is still listed.
    RemoveFromCrl,
    /// `privilegeWithdrawn`.
    PrivilegeWithdrawn,
    /// `aACompromise`.
    AaCompromise,
}

/// A text names no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no reason; there are {names}", names = RevocationReason::NAMES.map(|(name, ..)| name).join(", "))]
pub struct UnknownReason(String);

impl RevocationReason {
    /// The reasons that a CA gives, by the name and the number that RFC 5280 section 5.3.1 has for them.
    /// `removeFromCRL` is none of them, as it belongs in delta CRLs alone.
    pub const NAMES: [(&str, u8, Self); 9] = [
        ("unspecified", 0, Self::Unspecified),
        ("keyCompromise", 1, Self::KeyCompromise),
        ("cACompromise", 2, Self::CaCompromise),
        ("affiliationChanged", 3, Self::AffiliationChanged),
        ("superseded", 4, Self::Superseded),
        ("cessationOfOperation", 5, Self::CessationOfOperation),
        ("certificateHold", 6, Self::CertificateHold),
        ("privilegeWithdrawn", 9, Self::PrivilegeWithdrawn),
        ("aACompromise", 10, Self::AaCompromise),
    ];

    /// Its number; that of `unspecified` where a CA gives none.
    pub fn code(self) -> u8 {
        Self::NAMES.iter().find(|(_, _, reason)| *reason == self).map_or(0, |(_, code, _)| *code)
    }

    /// The name that RFC 5280 has for it.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, _, reason)| *reason == self).map_or("removeFromCRL", |(name, ..)| name)
    }
}

impl FromStr for RevocationReason {
    type Err = UnknownReason;

    /// `keyCompromise`, `key-compromise` and `KEY_COMPROMISE` are one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.replace(['-', '_'], "");
        let named = Self::NAMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(&bare));
        named.map(|(_, _, reason)| *reason).ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

impl From<CrlReason> for RevocationReason {
    fn from(reason: CrlReason) -> Self {
        match reason {
            CrlReason::Unspecified => Self::Unspecified,
            CrlReason::KeyCompromise => Self::KeyCompromise,
            CrlReason::CaCompromise => Self::CaCompromise,
            CrlReason::AffiliationChanged => Self::AffiliationChanged,
            CrlReason::Superseded => Self::Superseded,
            CrlReason::CessationOfOperation => Self::CessationOfOperation,
            CrlReason::CertificateHold => Self::CertificateHold,
            CrlReason::RemoveFromCRL => Self::RemoveFromCrl,
            CrlReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            CrlReason::AaCompromise => Self::AaCompromise,
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "for no reason that was given",
            Self::KeyCompromise => "its key was compromised",
            Self::CaCompromise => "its CA was compromised",
            Self::AffiliationChanged => "its holder's affiliation changed",
            Self::Superseded => "another one replaced it",
            Self::CessationOfOperation => "it is no longer needed",
            Self::CertificateHold => "it is on hold",
            Self::RemoveFromCrl => "it was to be taken off a list",
            Self::PrivilegeWithdrawn => "its privilege was withdrawn",
            Self::AaCompromise => "its attribute authority was compromised",
        })
    }
}
