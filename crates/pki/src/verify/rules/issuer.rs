//! Who issues must be a CA, be allowed to sign certificates, and keep to its path length (RFC 5280 section 6.1.4).
//!
//! webpki looks at the CA bit and the path length of intermediates; of anchors it knows neither, and keyUsage it
//! passes over. An anchor of version 1 has no extensions to say it with: it was configured, which is enough.

use super::{Link, Problem, Unsupported};
use crate::certificate::Usage;
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    let certificate = link.certificate();
    if !link.is_issuer() || (link.place == Place::Anchor && certificate.version == 1) {
        return None;
    }
    if !certificate.authority.ca {
        return Some(Problem::NotAnAuthority);
    }
    if !certificate.may(Usage::KeyCertSign) {
        return Some(Problem::MayNotIssue);
    }
    match certificate.authority.path_length {
        Some(allowed) if link.below > allowed && link.below - link.self_issued <= allowed => {
            Some(Problem::Unsupported { feature: Unsupported::SelfIssuedRollover })
        }
        Some(allowed) if link.below > allowed => Some(Problem::PathTooLong { allowed, found: link.below }),
        _ => None,
    }
}
