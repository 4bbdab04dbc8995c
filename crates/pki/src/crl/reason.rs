//! Why a certificate was revoked (RFC 5280 section 5.3.1).

use std::fmt;

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
