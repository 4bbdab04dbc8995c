//! Which name a name constraint does not permit, and whose constraint it is (RFC 5280 section 4.2.1.10).
//!
//! webpki decides and says no more than that there is one. This only explains.

use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};

use super::candidate::Candidate;
use super::problem::Problem;
use super::rules::bases;
use super::unsupported::Unsupported;
use crate::certificate::{Names, printable};

/// As many comparisons as webpki makes.
const MOST_COMPARISONS: usize = 250_000;

/// What the constraints of `authority` have against a certificate below it: its problem, or else the authority's own.
pub(super) enum Violation {
    Of(Problem),
    Unsupported(Unsupported),
}

/// The first objection of `authority` to `certificate`.
pub(super) fn violation(authority: &Candidate<'_>, certificate: &Candidate<'_>, is_leaf: bool) -> Option<Violation> {
    let is_rollover = !is_leaf && certificate.parsed.is_self_issued();
    let constraints = authority.extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(constraints) => Some(constraints),
        _ => None,
    })?;
    let names = || {
        certificate.extensions().filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
    };
    if bases(constraints).count().saturating_mul(names().map(Vec::len).sum()) > MOST_COMPARISONS {
        return Some(Violation::Of(Problem::TooComplex));
    }
    // The subject is a directory name, so there always is one below.
    if bases(constraints).any(|base| matches!(base, GeneralName::DirectoryName(_))) {
        return Some(Violation::Unsupported(Unsupported::DirectoryNameConstraint));
    }
    let refused = names().flatten().find_map(|name| objection(constraints, name, authority));
    // RFC 5280 section 6.1.4 b passes over these, and webpki does not.
    match refused {
        Some(Violation::Of(_)) if is_rollover => Some(Violation::Unsupported(Unsupported::SelfIssuedRollover)),
        refused => refused,
    }
}

fn objection(
    constraints: &NameConstraints<'_>,
    name: &GeneralName<'_>,
    authority: &Candidate<'_>,
) -> Option<Violation> {
    let mut same = bases(constraints).filter(|base| std::mem::discriminant(*base) == std::mem::discriminant(name));
    same.next()?;
    let unsupported = match name {
        GeneralName::DNSName(_) | GeneralName::IPAddress(_) => {
            let refused = !is_permitted(constraints, name) || is_excluded(constraints, name);
            return refused.then(|| {
                let authority = authority.inspected.label();
                Violation::Of(Problem::NameConstraint { name: words(name), authority })
            });
        }
        GeneralName::URI(_) => Unsupported::UriConstraint,
        GeneralName::RFC822Name(_) => Unsupported::EmailConstraint,
        _ => Unsupported::OtherConstraint,
    };
    Some(Violation::Unsupported(unsupported))
}

fn is_permitted(constraints: &NameConstraints<'_>, name: &GeneralName<'_>) -> bool {
    let permitted = constraints.permitted_subtrees.iter().flatten().map(|subtree| &subtree.base);
    let mut verdicts = permitted.filter_map(|base| lies_in(name, base, false)).peekable();
    verdicts.peek().is_none() || verdicts.any(|lies_in| lies_in)
}

fn is_excluded(constraints: &NameConstraints<'_>, name: &GeneralName<'_>) -> bool {
    let excluded = constraints.excluded_subtrees.iter().flatten().map(|subtree| &subtree.base);
    excluded.filter_map(|base| lies_in(name, base, true)).any(|lies_in| lies_in)
}

/// Whether the name lies in the subtree; of a wildcard, whether any of its names may. None of another kind.
fn lies_in(name: &GeneralName<'_>, base: &GeneralName<'_>, any: bool) -> Option<bool> {
    match (name, base) {
        (GeneralName::DNSName(name), GeneralName::DNSName(base)) => Some(lies_below(name, base, any)),
        (GeneralName::IPAddress(address), GeneralName::IPAddress(range)) => {
            let (network, mask) = range.split_at(range.len() / 2);
            let is_same = address.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m);
            Some(address.len() == network.len() && is_same)
        }
        _ => None,
    }
}

fn lies_below(name: &str, base: &str, any: bool) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.trim_start_matches('.').to_ascii_lowercase());
    let ends = |name: &str, base: &str| {
        base.is_empty() || name.strip_suffix(base).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    match name.strip_prefix("*.") {
        Some(suffix) => ends(suffix, &base) || (any && ends(&base, suffix)),
        None => ends(&name, &base),
    }
}

fn words(name: &GeneralName<'_>) -> String {
    let mut names = Names::default();
    names.add(name);
    names.all().pop().unwrap_or_else(|| printable(&name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_has_its_root_and_what_is_below() {
        assert!(lies_below("a.Example.com", "example.com", false) && lies_below("example.com", "example.com", false));
        assert!(lies_below("example.com", "", false) && !lies_below("badexample.com", "example.com", false));
        assert!(!lies_below("*.example.com", "evil.example.com", false));
        assert!(lies_below("*.example.com", "evil.example.com", true));
    }

    #[test]
    fn an_address_lies_in_its_range() {
        let range = GeneralName::IPAddress(&[192, 0, 2, 0, 255, 255, 255, 0]);
        assert_eq!(lies_in(&GeneralName::IPAddress(&[192, 0, 2, 7]), &range, false), Some(true));
        assert_eq!(lies_in(&GeneralName::IPAddress(&[192, 0, 3, 7]), &range, false), Some(false));
        assert_eq!(lies_in(&GeneralName::IPAddress(&[0; 16]), &range, false), Some(false));
        assert_eq!(lies_in(&GeneralName::DNSName("a"), &range, false), None);
    }
}
