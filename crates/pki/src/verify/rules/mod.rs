//! Our rules: what webpki leaves open, and a careful verifier does not.
//!
//! Each looks at one certificate at its place in a path that webpki found good, and may veto the path.

mod dates;
mod issuer;
mod key;
mod signature;

use jiff::Timestamp;

use super::problem::Problem;
use super::verdict::Place;
use crate::certificate::Inspected;

pub(super) use dates::check as check_dates;
pub(crate) use key::is_weak;

/// A certificate at its place in a path.
pub(super) struct Link<'a> {
    pub(super) certificate: &'a Inspected,
    pub(super) place: Place,
    /// How many CAs stand between it and the leaf.
    pub(super) below: u32,
    pub(super) at: Timestamp,
}

impl Link<'_> {
    /// Whether it issued another certificate of the path.
    fn is_issuer(&self) -> bool {
        self.place != Place::Sent(0)
    }
}

type Rule = fn(&Link<'_>) -> Option<Problem>;

const RULES: [Rule; 4] = [dates::check, key::check, signature::check, issuer::check];

/// What the rules have against a certificate.
pub(super) fn check(link: &Link<'_>) -> impl Iterator<Item = Problem> {
    RULES.iter().filter_map(|rule| rule(link))
}
