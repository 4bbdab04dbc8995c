//! Name constraints belong to CAs and must constrain something (RFC 5280 section 4.2.1.10).

use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};

use super::names::{is_dns_name, is_mailbox};
use super::{Breach, Link};
use crate::certificate::printable;

const SOURCE: &str = "RFC 5280 section 4.2.1.10";

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    for extension in link.candidate.extensions() {
        let ParsedExtension::NameConstraints(constraints) = extension.parsed_extension() else { continue };
        if !link.is_authority() {
            found.push(Breach::OutOfPlace { extension: "nameConstraints", source: SOURCE });
        }
        if bases(constraints).next().is_none() {
            found.push(Breach::Empty { extension: "nameConstraints", source: SOURCE });
        }
        let malformed = bases(constraints).filter_map(malformed);
        found.extend(malformed.map(|name| Breach::MalformedConstraint { name }));
    }
}

pub(in crate::verify) fn bases<'a>(constraints: &'a NameConstraints<'a>) -> impl Iterator<Item = &'a GeneralName<'a>> {
    let subtrees = [&constraints.permitted_subtrees, &constraints.excluded_subtrees];
    subtrees.into_iter().flatten().flatten().map(|subtree| &subtree.base)
}

/// The constraint, where it is none of its kind.
fn malformed(base: &GeneralName<'_>) -> Option<String> {
    match base {
        // The empty name stands for all.
        GeneralName::DNSName(name) if !name.is_empty() && !is_dns_name(name) => Some(printable(name)),
        GeneralName::RFC822Name(name) if !is_mail_constraint(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) if !is_range(bytes) => Some(format!("an address of {} bytes", bytes.len())),
        GeneralName::Invalid(tag, _) => Some(format!("a name of kind {} that cannot be read", tag.0)),
        _ => None,
    }
}

/// A mailbox, a host, or with a dot in front all hosts of a domain.
fn is_mail_constraint(name: &str) -> bool {
    if name.contains('@') { is_mailbox(name) } else { is_dns_name(name.strip_prefix('.').unwrap_or(name)) }
}

/// An address and a mask of ones followed by zeros.
fn is_range(bytes: &[u8]) -> bool {
    let mask = match bytes.len() {
        8 => &bytes[4..],
        32 => &bytes[16..],
        _ => return false,
    };
    let ones: usize = mask.iter().map(|byte| byte.leading_ones() as usize).take_while(|ones| *ones > 0).sum();
    let set: usize = mask.iter().map(|byte| byte.count_ones() as usize).sum();
    ones == set
}
