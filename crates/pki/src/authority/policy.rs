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
    },
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

/// What is asked of a certificate that has no issuer but itself.
pub(crate) fn check_self_signed(template: &Template) -> Result<(), Refusal> {
    let mut objections: Vec<_> = names_of_a_server(template).into_iter().collect();
    if template.subject.is_empty() {
        objections.push(Objection::NoSubject);
    }
    into_result(objections)
}

/// What `issuer` objects to.
pub(super) fn check(template: &Template, key: &PublicKey, issuer: &Issuer) -> Result<(), Refusal> {
    let mut objections: Vec<_> = names_of_a_server(template).into_iter().collect();
    let spoken_for = template.names.iter().cloned().chain(host_in_subject(template)).chain(passed_on(template));
    let refused = spoken_for.filter(|name| !issuer.permits(name));
    objections.extend(refused.map(|name| Objection::NameNotPermitted { name: name.to_string() }));
    objections.extend(check_key(key));
    objections.extend(check_path(template, issuer));
    let dates = issuer.validity();
    if template.validity.not_before() < dates.not_before() || template.validity.not_after() > dates.not_after() {
        objections.push(Objection::Dates { not_before: dates.not_before(), not_after: dates.not_after() });
    }
    into_result(objections)
}

fn into_result(objections: Vec<Objection>) -> Result<(), Refusal> {
    if objections.is_empty() { Ok(()) } else { Err(Refusal { objections }) }
}

fn names_of_a_server(template: &Template) -> Option<Objection> {
    match template.role {
        Role::Leaf(profile @ (Profile::Server | Profile::Peer)) if template.names.is_empty() => {
            Some(Objection::NoNames { profile })
        }
        Role::Leaf(profile) if template.names.is_empty() && template.subject.is_empty() => {
            Some(Objection::NoNames { profile })
        }
        _ => None,
    }
}

/// Where a leaf has no DNS name, verifiers take a common name that looks like one for it, and hold it to the
/// same constraints (OpenSSL and GnuTLS do).
fn host_in_subject(template: &Template) -> Option<SubjectAltName> {
    let has_host = template.names.iter().any(|name| matches!(name, SubjectAltName::Dns(_)));
    if has_host || !matches!(template.role, Role::Leaf(_)) {
        return None;
    }
    let common_name = Name::from_der(template.subject.as_der())?.common_name?;
    let like_a_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (common_name.contains('.') && common_name.bytes().all(like_a_host))
        .then(|| SubjectAltName::Dns(common_name.to_ascii_lowercase()))
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
