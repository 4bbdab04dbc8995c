//! What can be wrong with a certificate: its exit code, and what rustls calls it. The words stand in `sentence`.

use std::sync::Arc;
use std::time::Duration;

use common::terminal::Exit;
use jiff::Timestamp;
use rustls::{CertificateError, OtherError};
use rustls_pki_types::{ServerName, UnixTime};
use serde::Serialize;

use super::breach::Breach;
use super::strictness::Strictness;
use super::unsupported::Unsupported;
use super::verdict::Refusal;
use crate::certificate::{Key, Purpose, SignatureAlgorithm};
use crate::crl::RevocationReason;

/// What is wrong. `Display` continues a sentence that begins with the certificate's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The peer sent none.
    NothingSent,
    /// Its own key signed it, and it is no trust anchor.
    SelfSigned,
    /// The chain ends in this self-signed certificate, and it is no trust anchor.
    UntrustedRoot,
    /// Its issuer's certificate was not sent along.
    MissingIntermediate {
        /// The issuer's name.
        issuer: String,
        /// Where the issuer's certificate can be had, if the certificate says so.
        url: Option<String>,
    },
    /// Nobody who is trusted has the issuer's name.
    UnknownIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// There is a certificate with the issuer's name, but with another key.
    OtherKey {
        /// The issuer's name.
        issuer: String,
        /// Where that certificate came from: an anchor's origin, or the peer.
        origin: String,
    },
    /// It is past its end.
    Expired {
        /// Its last second.
        not_after: Timestamp,
        /// The time that was asked about.
        at: Timestamp,
    },
    /// It has not begun.
    NotYetValid {
        /// Its first second.
        not_before: Timestamp,
        /// The time that was asked about.
        at: Timestamp,
    },
    /// It ends before it begins.
    InvertedDates {
        /// Its first second.
        not_before: Timestamp,
        /// Its last second.
        not_after: Timestamp,
    },
    /// It is for other names.
    NameMismatch {
        /// The name that was asked for.
        expected: String,
        /// The names that it has.
        names: Vec<String>,
        /// The common name, which does not count.
        common_name: Option<String>,
    },
    /// It is for another purpose.
    WrongPurpose {
        /// What it was used for.
        #[serde(rename = "purpose")]
        wanted: Purpose,
        /// What it is for.
        allowed: Vec<Purpose>,
    },
    /// A CA's certificate was shown as the peer's own.
    AuthorityAsLeaf,
    /// It is a CA's and stands first, and the certificate that belongs there comes later.
    OutOfOrder {
        /// What the one that belongs there is called.
        own: String,
    },
    /// It issued a certificate and is no CA.
    NotAnAuthority,
    /// It issued a certificate, and its keyUsage does not allow that.
    MayNotIssue,
    /// More CAs follow below it than it allows.
    PathTooLong {
        /// How many it allows.
        allowed: u32,
        /// How many there are.
        found: u32,
    },
    /// A CA above it does not permit one of its names.
    NameConstraint {
        /// The name.
        name: String,
        /// What the CA is called.
        authority: String,
    },
    /// More CAs stand between it and the leaf than were asked for.
    TooDeep {
        /// How many may.
        allowed: u32,
        /// How many do.
        found: u32,
    },
    /// Its form is not what it must be.
    Form {
        /// The rule that it breaks.
        #[serde(flatten)]
        breach: Breach,
        /// Who asks for it.
        strictness: Strictness,
    },
    /// It needs what is not understood here.
    Unsupported {
        /// What that is.
        feature: Unsupported,
    },
    /// Its key is too small, or of a kind that is not taken.
    WeakKey {
        /// The key.
        key: Key,
    },
    /// The hash of its signature is broken.
    WeakSignature {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// Nobody here can check its signature.
    UnsupportedSignature {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// Its issuer's key did not make its signature.
    BadSignature {
        /// The issuer's name.
        issuer: String,
    },
    /// It has critical extensions that nobody here understands.
    UnknownCritical {
        /// By OID.
        extensions: Vec<String>,
    },
    /// It has extensions that cannot be read, or one twice.
    UnreadableExtension {
        /// By OID.
        extensions: Vec<String>,
    },
    /// It is not of version 3.
    OldVersion {
        /// Its version.
        version: u32,
    },
    /// It is no certificate by RFC 5280.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// Its issuer revoked it.
    Revoked {
        /// Its serial number in hexadecimal.
        serial: String,
        /// Since when.
        date: Timestamp,
        /// Why, where the list says so.
        reason: Option<RevocationReason>,
    },
    /// Lists are required, and there is none of its issuer.
    RevocationUnknown {
        /// The issuer's name.
        issuer: String,
    },
    /// The newest list of its issuer is past its end.
    StaleCrl {
        /// The issuer's name.
        issuer: String,
        /// Until when the list held.
        next_update: Timestamp,
        /// The time that was asked about.
        at: Timestamp,
    },
    /// There is a list that bears its issuer's name, and its issuer's key did not sign it.
    CrlSignature {
        /// The issuer's name.
        issuer: String,
        /// Where the list came from.
        origin: String,
    },
    /// A list was given that cannot be used.
    UnusableCrl {
        /// What is wrong with it.
        reason: String,
    },
    /// Its issuer may not sign lists.
    MayNotRevoke {
        /// The issuer's name.
        issuer: String,
    },
    /// It is good, and no allow rule lets it in.
    NotAllowed {
        /// How many rules there are.
        rules: usize,
    },
    /// There are so many certificates that fit together that the search was given up.
    TooComplex,
    /// What webpki rejects for a reason that has no words here.
    Other {
        /// webpki's name for it.
        reason: String,
    },
}

impl Problem {
    /// The exit code of its layer.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::SelfSigned
            | Self::UntrustedRoot
            | Self::MissingIntermediate { .. }
            | Self::UnknownIssuer { .. }
            | Self::OtherKey { .. }
            | Self::Unsupported { feature: Unsupported::NameForms } => Exit::UnknownIssuer,
            Self::Expired { .. } | Self::NotYetValid { .. } | Self::InvertedDates { .. } => Exit::Validity,
            Self::NameMismatch { .. } => Exit::NameMismatch,
            Self::Revoked { .. } => Exit::Revoked,
            Self::UnusableCrl { .. }
            | Self::RevocationUnknown { .. }
            | Self::StaleCrl { .. }
            | Self::CrlSignature { .. }
            | Self::MayNotRevoke { .. } => Exit::RevocationUnknown,
            Self::NotAllowed { .. } => Exit::Identity,
            _ => Exit::Unsuitable,
        }
    }

    /// rustls's name for it, by which the alert is chosen.
    pub(super) fn to_rustls(&self, whole: &Refusal) -> CertificateError {
        match self {
            Self::Unreadable { .. } | Self::UnreadableExtension { .. } | Self::OldVersion { .. } => {
                CertificateError::BadEncoding
            }
            Self::SelfSigned
            | Self::UntrustedRoot
            | Self::MissingIntermediate { .. }
            | Self::UnknownIssuer { .. }
            | Self::OtherKey { .. }
            | Self::Unsupported { feature: Unsupported::NameForms } => CertificateError::UnknownIssuer,
            Self::Expired { not_after, at } => {
                CertificateError::ExpiredContext { time: unix(*at), not_after: unix(*not_after) }
            }
            Self::NotYetValid { not_before, at } => {
                CertificateError::NotValidYetContext { time: unix(*at), not_before: unix(*not_before) }
            }
            Self::InvertedDates { .. } => CertificateError::Expired,
            Self::NameMismatch { expected, names, .. } => match ServerName::try_from(expected.clone()) {
                Ok(expected) => CertificateError::NotValidForNameContext { expected, presented: names.clone() },
                Err(_) => CertificateError::NotValidForName,
            },
            Self::WrongPurpose { .. } | Self::AuthorityAsLeaf | Self::OutOfOrder { .. } => {
                CertificateError::InvalidPurpose
            }
            Self::BadSignature { .. } => CertificateError::BadSignature,
            Self::UnknownCritical { .. } => CertificateError::UnhandledCriticalExtension,
            Self::Revoked { .. } => CertificateError::Revoked,
            Self::UnusableCrl { .. }
            | Self::RevocationUnknown { .. }
            | Self::CrlSignature { .. }
            | Self::MayNotRevoke { .. } => CertificateError::UnknownRevocationStatus,
            Self::StaleCrl { next_update, at, .. } => {
                CertificateError::ExpiredRevocationListContext { time: unix(*at), next_update: unix(*next_update) }
            }
            // RFC 8446 section 6.2: a valid certificate, and access control decides against it: access_denied.
            Self::NotAllowed { .. } => CertificateError::ApplicationVerificationFailure,
            _ => CertificateError::Other(OtherError(Arc::new(whole.clone()))),
        }
    }
}

fn unix(time: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time.as_second()).unwrap_or(0)))
}
