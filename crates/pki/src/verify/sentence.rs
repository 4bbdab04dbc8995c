//! What is wrong, in words: each continues a sentence that begins with the certificate's name.

use std::fmt;

use super::problem::Problem;
use crate::crl::RevocationReason;
use crate::words::{date, join, span};

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
            Self::OutOfOrder { own } => {
                write!(f, "is a CA's own and stands first, where `{own}` belongs that comes after it")
            }
            Self::NotAnAuthority => f.write_str("issued a certificate and is no CA (basicConstraints is not CA:TRUE)"),
            Self::MayNotIssue => f.write_str("issued a certificate, and its keyUsage has no keyCertSign"),
            Self::PathTooLong { allowed, found } => {
                write!(f, "allows at most {allowed} CAs below it (pathLenConstraint), and the chain has {found}")
            }
            Self::NameConstraint { name, authority } => {
                write!(f, "has the name `{name}`, which the name constraints of `{authority}` above it do not permit")
            }
            Self::TooDeep { allowed, found } => {
                let cas = if *found == 1 { "CA" } else { "CAs" };
                write!(f, "is reached by {found} {cas}, and at most {allowed} may stand between (--max-depth)")
            }
            Self::Form { breach, .. } => breach.fmt(f),
            Self::Unsupported { feature } => feature.fmt(f),
            Self::UnusableCrl { reason } => {
                write!(f, "cannot be looked up, so nobody knows whether it was revoked: {reason}")
            }
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
                    "was issued by `{issuer}`, whose key did not sign the CRL of that name in {origin} (CRLs of another key are not supported), so nobody knows whether it was revoked"
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
