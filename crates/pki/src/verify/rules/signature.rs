//! Signatures must not rest on a broken hash. An anchor's own signature proves nothing and is not looked at.

use super::{Link, Problem};
use crate::verify::verdict::Place;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    let algorithm = &link.certificate().signature_algorithm;
    (link.place != Place::Anchor && algorithm.broken).then(|| Problem::WeakSignature { algorithm: algorithm.clone() })
}
