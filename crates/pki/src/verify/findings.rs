//! Everything that is wrong with one certificate at its place, whether webpki or a rule of ours objects to it.

use super::problem::Problem;
use super::rules::{self, Link};
use super::verdict::Place;

/// What is wrong with a certificate that was sent or is an anchor.
pub(super) fn findings(link: &Link<'_>) -> Vec<Problem> {
    let certificate = link.certificate();
    let mut found = rules::check(link);
    if link.place == Place::Anchor {
        return found;
    }
    if certificate.version != 3 {
        found.push(Problem::OldVersion { version: certificate.version });
    }
    if let Some(problem) = wrong_purpose(link) {
        found.push(problem);
    }
    if link.place == Place::Sent(0) && certificate.authority.ca {
        found.push(Problem::AuthorityAsLeaf);
    }
    found.extend(extensions(link));
    found
}

/// What is wrong with a leaf that is itself an anchor. What its issuer says of it no longer matters: neither its
/// signature nor whether it is a CA (`openssl req -x509` makes self-signed CAs, and people serve with them).
pub(super) fn findings_of_trusted_leaf(link: &Link<'_>) -> Vec<Problem> {
    let mut found = findings(link);
    found.retain(|problem| !matches!(problem, Problem::AuthorityAsLeaf | Problem::WeakSignature { .. }));
    found
}

fn wrong_purpose(link: &Link<'_>) -> Option<Problem> {
    let wanted = link.side.purpose()?;
    if link.certificate().allows(&wanted) {
        return None;
    }
    let allowed = link.certificate().extended_key_usage.clone().unwrap_or_default();
    Some(Problem::WrongPurpose { wanted, allowed })
}

fn extensions(link: &Link<'_>) -> impl Iterator<Item = Problem> {
    let certificate = link.certificate();
    let unknown = (!certificate.unknown_critical.is_empty())
        .then(|| Problem::UnknownCritical { extensions: certificate.unknown_critical.clone() });
    // With the form the rules have said it already.
    let unreadable = (!link.terms.strictness.asks_rfc5280()).then(|| rules::unreadable(link)).flatten();
    unknown.into_iter().chain(unreadable)
}
