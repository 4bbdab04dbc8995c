//! The path must not be longer than was asked for. A CA that issued itself anew is still one CA.

use super::{Link, Problem};
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    let allowed = link.terms.max_depth?;
    let found = link.below.saturating_sub(link.self_issued);
    (link.place == Place::Anchor && found > allowed).then_some(Problem::TooDeep { allowed, found })
}
