//! What can be wrong with the form of a certificate. Nobody is deceived by it at once; it shows a CA that errs.

use std::fmt;

use serde::Serialize;

/// A rule of form that a certificate breaks. `Display` continues a sentence that begins with the certificate's name,
/// and ends with where the rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "breach", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Breach {
    /// It does not say by which key it was signed.
    NoAuthorityKeyId,
    /// Its authorityKeyIdentifier has no key identifier.
    AuthorityKeyIdWithoutKey,
    /// Its authorityKeyIdentifier also names the issuer's certificate.
    AuthorityKeyIdNamesCertificate,
    /// It signed itself, and its two key identifiers differ.
    KeyIdsDiffer,
    /// It is a CA's, and has no subjectKeyIdentifier.
    NoSubjectKeyId,
    /// An extension is critical that must not be.
    Critical {
        /// Its name.
        extension: &'static str,
        /// Where the rule stands.
        source: &'static str,
    },
    /// An extension is not critical and must be.
    NotCritical {
        /// Its name.
        extension: &'static str,
        /// Where the rule stands.
        source: &'static str,
    },
    /// An extension is there that has no place there.
    OutOfPlace {
        /// Its name.
        extension: &'static str,
        /// Where the rule stands.
        source: &'static str,
    },
    /// An extension is there, and says nothing.
    Empty {
        /// Its name.
        extension: &'static str,
        /// Where the rule stands.
        source: &'static str,
    },
    /// An extension is missing that must be there.
    Absent {
        /// Its name.
        extension: &'static str,
        /// Where the rule stands.
        source: &'static str,
    },
    /// keyUsage has keyCertSign, and it is no CA's.
    CertSignWithoutAuthority,
    /// It is a CA's, and its keyUsage has no keyCertSign.
    AuthorityWithoutCertSign,
    /// It has a path length, and may not issue.
    PathLengthWithoutCertSign,
    /// It issues, and has no name.
    EmptySubject,
    /// It does not name its issuer.
    EmptyIssuer,
    /// A name in it is none.
    MalformedName {
        /// The name.
        name: String,
    },
    /// A name constraint in it is none.
    MalformedConstraint {
        /// The constraint.
        name: String,
    },
    /// Its serial number is not positive.
    SerialNotPositive,
    /// Its serial number is longer than 20 bytes.
    SerialTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// Its common name is one of its names written in another way.
    CommonNameWrittenOtherwise {
        /// The common name.
        common_name: String,
    },
    /// Its common name is the name of a host that is not among its names.
    CommonNameNotAmongNames {
        /// The common name.
        common_name: String,
    },
    /// It is for any purpose at all.
    AnyPurpose,
    /// Its RSA key has a size that is no multiple of eight bits.
    OddRsaSize {
        /// The size.
        bits: u32,
    },
    /// It is for every name below a suffix that belongs to many.
    BroadWildcard {
        /// The name.
        name: String,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthorityKeyId => {
                f.write_str("has no authorityKeyIdentifier, so it does not say which key signed it (RFC 5280 section 4.2.1.1)")
            }
            Self::AuthorityKeyIdWithoutKey => {
                f.write_str("has an authorityKeyIdentifier without a key identifier (RFC 5280 section 4.2.1.1)")
            }
            Self::AuthorityKeyIdNamesCertificate => f.write_str(
                "names its issuer's certificate in its authorityKeyIdentifier (Baseline Requirements 7.1.2.1.3)",
            ),
            Self::KeyIdsDiffer => f.write_str(
                "signed itself, and its authorityKeyIdentifier is not its subjectKeyIdentifier (Baseline Requirements 7.1.2.1.3)",
            ),
            Self::NoSubjectKeyId => f.write_str("is a CA's and has no subjectKeyIdentifier (RFC 5280 section 4.2.1.2)"),
            Self::Critical { extension, source } => {
                write!(f, "has a critical {extension}, which must not be critical ({source})")
            }
            Self::NotCritical { extension, source } => {
                write!(f, "has a {extension} that is not critical, and must be ({source})")
            }
            Self::OutOfPlace { extension, source } => write!(f, "has {extension}, which has no place there ({source})"),
            Self::Empty { extension, source } => write!(f, "has a {extension} that says nothing ({source})"),
            Self::Absent { extension, source } => write!(f, "has no {extension} ({source})"),
            Self::CertSignWithoutAuthority => {
                f.write_str("has keyCertSign and is no CA's (RFC 5280 section 4.2.1.9)")
            }
            Self::AuthorityWithoutCertSign => {
                f.write_str("is a CA's, and its keyUsage has no keyCertSign (RFC 5280 section 4.2.1.9)")
            }
            Self::PathLengthWithoutCertSign => {
                f.write_str("has a pathLenConstraint and may not issue (RFC 5280 section 4.2.1.9)")
            }
            Self::EmptySubject => f.write_str("is a CA's and has an empty subject (RFC 5280 section 4.1.2.6)"),
            Self::EmptyIssuer => f.write_str("has an empty issuer (RFC 5280 section 4.1.2.4)"),
            Self::MalformedName { name } => {
                write!(f, "has a name that is none: `{name}` (RFC 5280 section 4.2.1.6)")
            }
            Self::MalformedConstraint { name } => {
                write!(f, "has a name constraint that is none: `{name}` (RFC 5280 section 4.2.1.10)")
            }
            Self::SerialNotPositive => {
                f.write_str("has a serial number that is not positive (RFC 5280 section 4.1.2.2)")
            }
            Self::SerialTooLong { bytes } => {
                write!(f, "has a serial number of {bytes} bytes, and 20 is the most (RFC 5280 section 4.1.2.2)")
            }
            Self::CommonNameNotAmongNames { common_name } => write!(
                f,
                "has the common name `{common_name}`, which is not among its names (Baseline Requirements 7.1.4.3)"
            ),
            Self::CommonNameWrittenOtherwise { common_name } => write!(
                f,
                "has the common name `{common_name}`, which is no exact copy of one of its names (Baseline Requirements 7.1.4.3)"
            ),
            Self::AnyPurpose => f.write_str("is for any purpose at all (Baseline Requirements 7.1.2.7.10)"),
            Self::OddRsaSize { bits } => {
                write!(f, "has an RSA key of {bits} bits, which is no multiple of eight (Baseline Requirements 6.1.5)")
            }
            Self::BroadWildcard { name } => {
                write!(f, "is for `{name}`, a whole public suffix (Baseline Requirements 3.2.2.6)")
            }
        }
    }
}
