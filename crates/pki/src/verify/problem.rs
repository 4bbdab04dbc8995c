//! What can be wrong with a certificate: the fact in words, its exit code, and what rustls calls it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use common::terminal::Exit;
use jiff::Timestamp;
use rustls::{CertificateError, OtherError};
use rustls_pki_types::{ServerName, UnixTime};
use serde::Serialize;

use super::verdict::Refusal;
use crate::certificate::{Key, Purpose, SignatureAlgorithm};
use crate::crl::RevocationReason;
use crate::words::{date, join, span};

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
    /// A CA above it does not permit its names.
    NameConstraint,
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingSent => f.write_str("is missing: none was sent"),
            Self::SelfSigned => f.write_str("is self-signed, and it is not among the certificates that are trusted"),
            Self::UntrustedRoot => {
                f.write_str("ends the chain as its root, and it is not among the certificates that are trusted")
            }
            Self::MissingIntermediate { issuer, .. } => {
                write!(
                    f,
                    "was issued by `{issuer}`, whose certificate was not sent along, so nothing links it to what is trusted"
                )
            }
            Self::UnknownIssuer { issuer } => write!(f, "was issued by `{issuer}`, which is not trusted"),
            Self::OtherKey { issuer, origin } => {
                write!(
                    f,
                    "names `{issuer}` as its issuer, but the `{issuer}` of {origin} has another key and did not sign it"
                )
            }
            Self::Expired { not_after, at } => {
                write!(f, "expired on {}, {} ago", date(*not_after), span(*not_after, *at))
            }
            Self::NotYetValid { not_before, at } => {
                write!(f, "is not valid before {}, which is {} from now", date(*not_before), span(*at, *not_before))
            }
            Self::InvertedDates { not_before, not_after } => {
                write!(f, "ends on {}, before it begins on {}", date(*not_after), date(*not_before))
            }
            Self::NameMismatch { expected, names, common_name } => {
                name_mismatch(f, expected, names, common_name.as_deref())
            }
            Self::WrongPurpose { wanted, allowed } => {
                write!(f, "is for {} only and was used for {wanted}", join(allowed))
            }
            Self::AuthorityAsLeaf => f.write_str("is a CA's own, which cannot stand for a server or client"),
            Self::NotAnAuthority => f.write_str("issued a certificate and is no CA (basicConstraints is not CA:TRUE)"),
            Self::MayNotIssue => f.write_str("issued a certificate, and its keyUsage has no keyCertSign"),
            Self::PathTooLong { allowed, found } => {
                write!(f, "allows at most {allowed} CAs below it (pathLenConstraint), and the chain has {found}")
            }
            Self::NameConstraint => f.write_str("has a name that the name constraints of a CA above it do not permit"),
            Self::WeakKey { key } => write!(f, "has a key that is too weak or not taken in TLS: {key}"),
            Self::WeakSignature { algorithm } => write!(f, "is signed with {algorithm}, whose hash is broken"),
            Self::UnsupportedSignature { algorithm } => {
                write!(f, "is signed with {algorithm}, which cannot be checked with its issuer's key here")
            }
            Self::BadSignature { issuer } => {
                write!(f, "carries a signature that its issuer `{issuer}` did not make: it was changed or forged")
            }
            Self::UnknownCritical { extensions } => {
                write!(f, "has a critical extension that is not known here: {}", join(extensions))
            }
            Self::UnreadableExtension { extensions } => {
                write!(f, "has an extension that cannot be read or is there twice: {}", join(extensions))
            }
            Self::OldVersion { version } => write!(f, "is of version {version}, and only version 3 is taken"),
            Self::Unreadable { reason } => write!(f, "is broken: {reason}"),
            Self::Revoked { date: since, reason, .. } => {
                write!(f, "was revoked on {}", date(*since))?;
                match reason {
                    None | Some(RevocationReason::Unspecified) => Ok(()),
                    Some(reason) => write!(f, ": {reason}"),
                }
            }
            Self::RevocationUnknown { issuer } => {
                write!(f, "was issued by `{issuer}`, of which there is no CRL, so nobody knows whether it was revoked")
            }
            Self::StaleCrl { issuer, next_update, at } => {
                write!(
                    f,
                    "was issued by `{issuer}`, whose CRL was to be replaced by {}, {} ago, so nobody knows whether it was revoked since",
                    date(*next_update),
                    span(*next_update, *at)
                )
            }
            Self::CrlSignature { issuer, origin } => {
                write!(
                    f,
                    "was issued by `{issuer}`, whose key did not sign the CRL of that name in {origin}, so nobody knows whether it was revoked"
                )
            }
            Self::MayNotRevoke { issuer } => {
                write!(f, "was issued by `{issuer}`, whose keyUsage has no cRLSign, so its CRL does not count")
            }
            Self::NotAllowed { rules: 1 } => f.write_str("is good, but the one allow rule does not let it in"),
            Self::NotAllowed { rules } => write!(f, "is good, but none of the {rules} allow rules lets it in"),
            Self::TooComplex => f.write_str("came with so many that fit together that the search was given up"),
            Self::Other { reason } => write!(f, "is refused: {reason}"),
        }
    }
}

fn name_mismatch(
    f: &mut fmt::Formatter<'_>,
    expected: &str,
    names: &[String],
    common_name: Option<&str>,
) -> fmt::Result {
    match (names, common_name) {
        ([], Some(common)) => {
            write!(
                f,
                "is for no name at all, so not for `{expected}`: it has no subjectAltName, and the common name `{common}` does not count"
            )
        }
        ([], None) => write!(f, "is for no name at all, so not for `{expected}`: it has no subjectAltName"),
        (names, _) => {
            const SHOWN: usize = 5;
            write!(f, "is for {}", join(&names[..names.len().min(SHOWN)]))?;
            if names.len() > SHOWN {
                write!(f, " and {} more", names.len() - SHOWN)?;
            }
            write!(f, ", not for `{expected}`")
        }
    }
}

impl Problem {
    /// The exit code of its layer.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::SelfSigned
            | Self::UntrustedRoot
            | Self::MissingIntermediate { .. }
            | Self::UnknownIssuer { .. }
            | Self::OtherKey { .. } => Exit::UnknownIssuer,
            Self::Expired { .. } | Self::NotYetValid { .. } | Self::InvertedDates { .. } => Exit::Validity,
            Self::NameMismatch { .. } => Exit::NameMismatch,
            Self::Revoked { .. } => Exit::Revoked,
            Self::RevocationUnknown { .. }
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
            | Self::OtherKey { .. } => CertificateError::UnknownIssuer,
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
            Self::WrongPurpose { .. } | Self::AuthorityAsLeaf => CertificateError::InvalidPurpose,
            Self::BadSignature { .. } => CertificateError::BadSignature,
            Self::UnknownCritical { .. } => CertificateError::UnhandledCriticalExtension,
            Self::Revoked { .. } => CertificateError::Revoked,
            Self::RevocationUnknown { .. } | Self::CrlSignature { .. } | Self::MayNotRevoke { .. } => {
                CertificateError::UnknownRevocationStatus
            }
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
