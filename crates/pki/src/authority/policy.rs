//! What an issuer agrees to sign, and everything it objects to.

use std::fmt;

use jiff::Timestamp;

use super::{Issuer, Permitted};
use crate::certificate::{Name, Profile, Role, Template};
use crate::key::{Algorithm, PublicKey};
use crate::request::SubjectAltName;

/// One reason why a certificate is not issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Objection {
    /// A server is found by its names, and there is none.
    #[error("a {profile} certificate is for at least one name")]
    NoNames {
        /// What it was to be.
        profile: Profile,
    },
    /// The issuer is constrained to other names.
    #[error("the issuer may not speak for `{name}` (its name constraints)")]
    NameNotPermitted {
        /// The name.
        name: String,
        /// One like it that the issuer may speak for.
        nearest: Option<String>,
    },
    /// Without a host among the names, verifiers hold the common name to the constraints of hosts.
    #[error(
        "its common name `{name}` counts as a host's where no other host is named, and the issuer may not speak for it (its name constraints)"
    )]
    SubjectNotPermitted {
        /// The common name.
        name: String,
        /// A host like it that the issuer may speak for.
        nearest: Option<String>,
    },
    /// The profile does not let the name in.
    #[error("the profile `{profile}` does not allow `{name}` ({rule})")]
    NameNotAllowed {
        /// The profile's name.
        profile: String,
        /// The name.
        name: String,
        /// Which of its rules says so, and what it says.
        rule: String,
        /// One like it that would pass.
        nearest: Option<String>,
    },
    /// The profile does not let the key in.
    #[error("the profile `{profile}` does not allow a key of the kind {kind} (keys)")]
    KeyNotAllowed {
        /// The profile's name.
        profile: String,
        /// The kind of key.
        kind: String,
        /// The kinds that would pass.
        allowed: String,
    },
    /// It would live longer than the profile allows.
    #[error("the profile `{profile}` allows {most} days at most (max_days), and it would live for {asked}")]
    TooLong {
        /// The profile's name.
        profile: String,
        /// How many days were asked for.
        asked: i64,
        /// How many would pass.
        most: u32,
    },
    /// Mail is for a mailbox, and there is none.
    #[error("an email certificate is for at least one mailbox, as in joe@example.com")]
    NoMailbox,
    /// Nothing here or in TLS verifies this kind of key.
    #[error("no certificate is issued for its kind of key: {kind}")]
    UnsupportedKey {
        /// The kind.
        kind: String,
    },
    /// The key can be broken.
    #[error("RSA with {bits} bits is too weak; the least is 2048")]
    WeakKey {
        /// Its size.
        bits: u32,
    },
    /// No CA may follow below the issuer.
    #[error("no CA may stand below the issuer (its path length is used up)")]
    PathLength,
    /// More CAs are to follow than the issuer allows.
    #[error("it asks for a path length of {asked}, and below its issuer at most {most} is left")]
    PathLengthTooLong {
        /// What was asked for.
        asked: u8,
        /// What is left.
        most: u32,
    },
    /// It would begin before its issuer or outlive it.
    #[error("its dates lie outside its issuer's, which are {not_before} to {not_after}")]
    Dates {
        /// The issuer's beginning.
        not_before: Timestamp,
        /// The issuer's end.
        not_after: Timestamp,
    },
    /// An issuer has a name (RFC 5280 section 4.1.2.4).
    #[error("an issuer has a name, and a certificate that signs itself is its own issuer")]
    NoSubject,
}

/// Every objection to a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// At least one.
    pub objections: Vec<Objection>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate is not issued: ")?;
        for (index, objection) in self.objections.iter().enumerate() {
            write!(f, "{}{objection}", if index > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl Objection {
    /// The nearest value that would pass, as a command is told it, where there is one.
    pub fn nearest(&self) -> Option<String> {
        match self {
            Self::NameNotPermitted { nearest, .. } | Self::NameNotAllowed { nearest, .. } => {
                nearest.as_ref().map(|name| format!("the nearest name that would pass is `{name}`"))
            }
            Self::SubjectNotPermitted { nearest, .. } => {
                let nearest = nearest.as_ref().map_or_else(|| "one".to_owned(), |name| format!("`{name}`, or one"));
                Some(format!("a common name that would pass is {nearest} with a space or an @ in it, or none"))
            }
            Self::KeyNotAllowed { allowed, .. } => Some(format!("these kinds of key would pass: {allowed}")),
            Self::TooLong { most, .. } => Some(format!("--days {most} would pass")),
            Self::WeakKey { .. } => Some("a key of RSA 2048 or P-256 would pass".to_owned()),
            Self::PathLengthTooLong { most, .. } => Some(format!("--path-len {most} would pass")),
            Self::Dates { not_after, .. } => Some(format!("--not-after {not_after} would pass")),
            _ => None,
        }
    }
}

/// What is asked of a certificate that has no issuer but itself.
pub(crate) fn check_self_signed(template: &Template) -> Result<(), Refusal> {
    let mut objections: Vec<_> = names_of_a_server(template).into_iter().collect();
    if template.subject.is_empty() {
        objections.push(Objection::NoSubject);
    }
    into_result(objections)
}

/// What `issuer` objects to.
pub(super) fn objections(template: &Template, key: &PublicKey, issuer: &Issuer) -> Vec<Objection> {
    let mut objections: Vec<_> = names_of_a_server(template).into_iter().collect();
    let spoken_for = template.names.iter().cloned().chain(passed_on(template));
    let refused = spoken_for.filter(|name| !issuer.permits(name));
    objections.extend(refused.map(|name| {
        let nearest = issuer.nearest(&name);
        Objection::NameNotPermitted { name: name.to_string(), nearest }
    }));
    let in_subject = host_in_subject(template).filter(|name| !issuer.permits(name));
    objections.extend(in_subject.map(|name| {
        let nearest = issuer.nearest(&name);
        Objection::SubjectNotPermitted { name: name.to_string(), nearest }
    }));
    objections.extend(check_key(key));
    objections.extend(check_path(template, issuer));
    let dates = issuer.validity();
    if template.validity.not_before() < dates.not_before() || template.validity.not_after() > dates.not_after() {
        objections.push(Objection::Dates { not_before: dates.not_before(), not_after: dates.not_after() });
    }
    // RFC 5280 section 4.1.2.6: an issuer has a name.
    if template.subject.is_empty() && matches!(template.role, Role::Authority { .. }) {
        objections.push(Objection::NoSubject);
    }
    objections
}

pub(super) fn into_result(objections: Vec<Objection>) -> Result<(), Refusal> {
    if objections.is_empty() { Ok(()) } else { Err(Refusal { objections }) }
}

fn names_of_a_server(template: &Template) -> Option<Objection> {
    match template.role {
        Role::Leaf(profile @ (Profile::Server | Profile::Peer)) if template.names.is_empty() => {
            Some(Objection::NoNames { profile })
        }
        Role::Leaf(Profile::Email) if !template.names.iter().any(|name| matches!(name, SubjectAltName::Email(_))) => {
            Some(Objection::NoMailbox)
        }
        Role::Leaf(profile) if template.names.is_empty() && template.subject.is_empty() => {
            Some(Objection::NoNames { profile })
        }
        _ => None,
    }
}

/// Where a leaf has no DNS name, verifiers take a common name that looks like one for it, and hold it to the
/// same constraints: OpenSSL and GnuTLS where there is a dot in it, Java where it is a single word.
fn host_in_subject(template: &Template) -> Option<SubjectAltName> {
    let has_host = template.names.iter().any(|name| matches!(name, SubjectAltName::Dns(_)));
    if has_host || !matches!(template.role, Role::Leaf(_)) {
        return None;
    }
    let common_name = Name::from_der(template.subject.as_der())?.common_name?;
    let like_a_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    common_name.bytes().all(like_a_host).then(|| SubjectAltName::Dns(common_name.to_ascii_lowercase()))
}

/// The outermost names that a CA below could speak for. One that is held to names which its issuer may not
/// speak for could speak for none.
fn passed_on(template: &Template) -> Vec<SubjectAltName> {
    match &template.role {
        Role::Authority { permitted, .. } => permitted.iter().flat_map(Permitted::outermost).collect(),
        Role::Leaf(_) => Vec::new(),
    }
}

fn check_key(key: &PublicKey) -> Option<Objection> {
    match key.algorithm() {
        None => Some(Objection::UnsupportedKey { kind: key.title() }),
        Some(Algorithm::Rsa(bits)) if bits < 2048 => Some(Objection::WeakKey { bits }),
        Some(_) => None,
    }
}

fn check_path(template: &Template, issuer: &Issuer) -> Option<Objection> {
    let Role::Authority { path_len, .. } = template.role else { return None };
    let most = match issuer.path_length() {
        None => return None,
        Some(0) => return Some(Objection::PathLength),
        Some(left) => left - 1,
    };
    path_len.filter(|asked| u32::from(*asked) > most).map(|asked| Objection::PathLengthTooLong { asked, most })
}
