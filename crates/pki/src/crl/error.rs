//! Why a list is not taken.

use common::input::InputError;

/// Why a list, or a file of lists, is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The file itself.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The list cannot be used.
    #[error("the CRL in {origin} cannot be used: {fault}")]
    Unusable {
        /// Where it came from.
        origin: String,
        /// What is wrong with it.
        fault: CrlFault,
    },
    /// It bears the name of a CA that is trusted here, and that CA did not sign it.
    #[error(
        "the CRL in {origin} bears the name of `{issuer}`, whose key did not sign it: it was changed, forged, or is of another CA of that name"
    )]
    NotSigned {
        /// Where it came from.
        origin: String,
        /// The CA's name.
        issuer: String,
    },
}

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlFault {
    /// The structure is not that of a list (RFC 5280 section 5.1).
    #[error("it is no CRL that can be read: {reason}")]
    Malformed {
        /// What the parser stumbled over.
        reason: String,
    },
    /// It is of a version that does not exist.
    #[error("it is of version {version}, and only 1 and 2 exist")]
    Version {
        /// Its version.
        version: u8,
    },
    /// It does not say until when it holds (RFC 5280 section 5.1.2.5), so that nobody could tell an old one.
    #[error("it has no nextUpdate, so nobody could tell when it is too old")]
    NoNextUpdate,
    /// It lists changes to another list (RFC 5280 section 5.2.4).
    #[error("it is a delta CRL, which only changes another list; a complete one is needed")]
    Delta,
    /// It lists certificates of other issuers (RFC 5280 section 5.2.5).
    #[error("it is an indirect CRL, which lists certificates of other issuers; one of the issuer itself is needed")]
    Indirect,
    /// It is about a part of the issuer's certificates only (RFC 5280 section 5.2.5).
    #[error("it is about {scope} only; a complete one is needed")]
    Partial {
        /// Which part.
        scope: &'static str,
    },
    /// It has critical extensions that nobody here understands, so it must not be used (RFC 5280 section 5.2).
    #[error("it has a critical extension that is not known here: {extension}")]
    UnknownCritical {
        /// By OID.
        extension: String,
    },
    /// It has an extension that cannot be read, or one twice.
    #[error("it has an extension that cannot be read or is there twice: {extension}")]
    UnreadableExtension {
        /// By OID.
        extension: String,
    },
}

impl CrlFault {
    pub(super) fn malformed(reason: impl ToString) -> Self {
        Self::Malformed { reason: reason.to_string() }
    }
}

impl From<der::Error> for CrlFault {
    fn from(error: der::Error) -> Self {
        Self::malformed(format_args!("it is not DER, or cut off ({error})"))
    }
}
