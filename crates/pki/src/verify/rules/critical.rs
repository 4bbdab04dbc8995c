//! Critical extensions of anchors, which webpki does not look at: one that nobody understands may be a restriction.

use super::{Link, Problem};
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    let certificate = link.certificate();
    (link.place == Place::Anchor && !certificate.unknown_critical.is_empty())
        .then(|| Problem::UnknownCritical { extensions: certificate.unknown_critical.clone() })
}
