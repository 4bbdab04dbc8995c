//! What is refused because nobody here understands it, by name: half understood, it would be a false yes.

use std::fmt;

use serde::Serialize;

/// Something that RFC 5280 has and this verifier has not. `Display` continues a sentence that begins with the name of
/// the certificate that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unsupported {
    /// A name constraint on directory names (RFC 5280 section 4.2.1.10).
    DirectoryNameConstraint,
    /// A name constraint on URIs, above a URI.
    UriConstraint,
    /// A name constraint on mail addresses, above a mail address.
    EmailConstraint,
    /// A name constraint on another kind of name, above a name of that kind.
    OtherConstraint,
    /// A path length or a name constraint that holds only where CAs that issued themselves anew are passed over (RFC
    /// 5280 section 6.1.4 b and l).
    SelfIssuedRollover,
    /// More than six CAs between the certificate and the anchor.
    LongPath,
    /// A critical restriction on policies (RFC 5280 sections 4.2.1.5, 4.2.1.11 and 4.2.1.14).
    Policies,
    /// An issuer's name that is the CA's only if case and spaces are passed over (RFC 5280 section 7.1).
    NameForms,
    /// issuerUniqueID or subjectUniqueID (RFC 5280 section 4.1.2.8).
    UniqueIds,
    /// A date before 1970.
    EarlyDates,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DirectoryNameConstraint => "constrains directory names, which is not supported",
            Self::UriConstraint => "constrains URIs, which is not supported, and there is a URI below it",
            Self::EmailConstraint => "constrains mail addresses, which is not supported, and there is one below it",
            Self::OtherConstraint => {
                "constrains names of a kind that is not supported, and there is one of that kind below it"
            }
            Self::SelfIssuedRollover => {
                "holds only if CAs below it that issued themselves anew are not counted, which is not supported"
            }
            Self::LongPath => "has more than six CAs above it below the trusted one, which is not supported",
            Self::Policies => "restricts certificate policies, which is not supported",
            Self::NameForms => {
                "names its issuer in other letters, spaces or types of text than that names itself, which is not supported"
            }
            Self::UniqueIds => "has a unique identifier of its subject or issuer, which is not supported",
            Self::EarlyDates => "begins before 1970, which is not supported",
        })
    }
}
