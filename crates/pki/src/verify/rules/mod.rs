//! Our rules: what webpki leaves open, and a careful verifier does not.
//!
//! Each looks at one certificate at its place in a path that webpki found good, and may veto the path. Those of the
//! first row are about safety and hold always; the others are about form, and hold as far as [`Strictness`] asks.
//!
//! [`Strictness`]: super::Strictness

mod baseline;
mod constraints;
mod critical;
mod dates;
mod depth;
mod extensions;
mod identifiers;
mod issuer;
mod key;
mod names;
mod policies;
mod serial;
mod signature;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::breach::Breach;
use super::candidate::Candidate;
use super::problem::Problem;
use super::side::Side;
use super::terms::Terms;
use super::unsupported::Unsupported;
use super::verdict::Place;
use crate::certificate::Inspected;

pub(super) use constraints::bases;
pub(super) use dates::check as check_dates;
pub(crate) use key::is_weak;

/// A certificate at its place in a path.
pub(super) struct Link<'a> {
    pub(super) candidate: &'a Candidate<'a>,
    pub(super) place: Place,
    /// How many CAs stand between it and the leaf.
    pub(super) below: u32,
    /// How many of them issued themselves.
    pub(super) self_issued: u32,
    pub(super) at: Timestamp,
    pub(super) side: Side,
    pub(super) terms: Terms,
}

impl<'a> Link<'a> {
    pub(super) fn certificate(&self) -> &'a Inspected {
        &self.candidate.inspected
    }

    /// Whether it issued another certificate of the path.
    fn is_issuer(&self) -> bool {
        self.place != Place::Sent(0)
    }

    /// Whether it is a CA's by what it says itself.
    fn is_authority(&self) -> bool {
        self.certificate().authority.ca
    }
}

type Rule = fn(&Link<'_>) -> Option<Problem>;
type FormRule = fn(&Link<'_>, &mut Vec<Breach>);

const SAFETY: [Rule; 7] =
    [dates::check, key::check, signature::check, issuer::check, critical::check, policies::check, depth::check];

/// RFC 5280's.
const FORM: [FormRule; 5] = [identifiers::check, extensions::check, names::check, constraints::check, serial::check];

/// What the rules have against a certificate.
pub(super) fn check(link: &Link<'_>) -> Vec<Problem> {
    let mut found: Vec<Problem> = SAFETY.iter().filter_map(|rule| rule(link)).collect();
    if link.terms.strictness.asks_rfc5280() {
        found.extend(unreadable(link));
    }
    found.extend(form(link).into_iter().map(|breach| Problem::Form { breach, strictness: link.terms.strictness }));
    found
}

/// Extensions that cannot be read; webpki passes over those that it does not need.
pub(super) fn unreadable(link: &Link<'_>) -> Option<Problem> {
    let extensions = &link.certificate().unreadable;
    (!extensions.is_empty()).then(|| Problem::UnreadableExtension { extensions: extensions.clone() })
}

fn form(link: &Link<'_>) -> Vec<Breach> {
    let mut found = Vec::new();
    // Of an anchor of version 1 nothing can be asked: it has no extensions.
    if link.certificate().version == 1 {
        return found;
    }
    if link.terms.strictness.asks_rfc5280() {
        FORM.iter().for_each(|rule| rule(link, &mut found));
    }
    if link.terms.strictness.asks_baseline() {
        baseline::check(link, &mut found);
    }
    found
}
