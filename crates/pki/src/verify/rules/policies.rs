//! Restrictions of policies below the anchor: nobody here works out which policies a path has (RFC 5280 section 6.1),
//! so nobody can say that it keeps to them. webpki refuses them where they are critical, and else passes over them.

use x509_parser::extensions::ParsedExtension;

use super::{Link, Problem, Unsupported};
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    let restricts = |extension: &ParsedExtension<'_>| {
        matches!(extension, ParsedExtension::PolicyConstraints(_) | ParsedExtension::InhibitAnyPolicy(_))
    };
    let mut extensions = link.candidate.extensions();
    let is_restricted = link.place != Place::Anchor
        && extensions
            .any(|it| (it.critical || link.terms.strictness.asks_rfc5280()) && restricts(it.parsed_extension()));
    is_restricted.then_some(Problem::Unsupported { feature: Unsupported::Policies })
}
