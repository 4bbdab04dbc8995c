//! Names: who issues must have one, and each must be what it says it is (RFC 5280 sections 4.1.2 and 4.2.1.6).

use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::{Breach, Link};
use crate::certificate::printable;

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    let tbs = &link.candidate.parsed.x509.tbs_certificate;
    let has_subject = tbs.subject.iter_rdn().next().is_some();
    if link.is_authority() && !has_subject {
        found.push(Breach::EmptySubject);
    }
    if tbs.issuer.iter_rdn().next().is_none() {
        found.push(Breach::EmptyIssuer);
    }
    for extension in link.candidate.extensions() {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else { continue };
        if names.general_names.is_empty() {
            found.push(Breach::Empty { extension: "subjectAltName", source: "RFC 5280 section 4.2.1.6" });
        }
        if !has_subject && !extension.critical {
            let source = "RFC 5280 section 4.2.1.6, of an empty subject";
            found.push(Breach::NotCritical { extension: "subjectAltName", source });
        }
        let malformed = names.general_names.iter().filter_map(malformed);
        found.extend(malformed.map(|name| Breach::MalformedName { name }));
    }
}

/// The name, where it is not what it says it is.
fn malformed(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) if !is_dns_name(name.strip_prefix("*.").unwrap_or(name)) => Some(printable(name)),
        GeneralName::RFC822Name(name) if !is_mailbox(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) if !matches!(bytes.len(), 4 | 16) => {
            Some(format!("an address of {} bytes", bytes.len()))
        }
        GeneralName::Invalid(tag, _) => Some(format!("a name of kind {} that cannot be read", tag.0)),
        _ => None,
    }
}

/// Labels of letters, digits, hyphens and underscores. Whether one of those begins with a hyphen says nothing here.
pub(super) fn is_dns_name(name: &str) -> bool {
    let is_good = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(is_good))
}

pub(super) fn is_mailbox(name: &str) -> bool {
    match name.split_once('@') {
        Some((local, domain)) => !local.is_empty() && is_dns_name(domain),
        None => false,
    }
}
