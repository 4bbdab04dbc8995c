//! Which extensions must be there, must be critical, must not be (RFC 5280 sections 4.2.1 and 4.2.2).

use x509_parser::extensions::ParsedExtension;

use super::{Breach, Link};
use crate::certificate::Usage;
use crate::verify::Strictness;

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    for extension in link.candidate.extensions() {
        found.extend(criticality(extension.parsed_extension(), extension.critical, link));
    }
    usage(link, found);
}

/// What must not be critical and is, or the other way round.
fn criticality(extension: &ParsedExtension<'_>, critical: bool, link: &Link<'_>) -> Option<Breach> {
    let never = |extension, source| critical.then_some(Breach::Critical { extension, source });
    let always = |extension, source| (!critical).then_some(Breach::NotCritical { extension, source });
    match extension {
        ParsedExtension::AuthorityKeyIdentifier(_) => never("authorityKeyIdentifier", "RFC 5280 section 4.2.1.1"),
        ParsedExtension::SubjectKeyIdentifier(_) => never("subjectKeyIdentifier", "RFC 5280 section 4.2.1.2"),
        ParsedExtension::AuthorityInfoAccess(_) => never("authorityInfoAccess", "RFC 5280 section 4.2.2.1"),
        ParsedExtension::SubjectInfoAccess(_) => never("subjectInfoAccess", "RFC 5280 section 4.2.2.2"),
        ParsedExtension::BasicConstraints(basic) if basic.ca => always("basicConstraints", "RFC 5280 section 4.2.1.9"),
        ParsedExtension::NameConstraints(_) if link.is_authority() => {
            always("nameConstraints", "RFC 5280 section 4.2.1.10")
        }
        ParsedExtension::PolicyConstraints(_) => always("policyConstraints", "RFC 5280 section 4.2.1.11"),
        ParsedExtension::InhibitAnyPolicy(_) => always("inhibitAnyPolicy", "RFC 5280 section 4.2.1.14"),
        _ => None,
    }
}

/// keyUsage and basicConstraints must agree.
fn usage(link: &Link<'_>, found: &mut Vec<Breach>) {
    let certificate = link.certificate();
    let may_issue = certificate.may(Usage::KeyCertSign);
    match (&certificate.key_usage, link.is_authority()) {
        (Some(usages), _) if usages.is_empty() => {
            found.push(Breach::Empty { extension: "keyUsage", source: "RFC 5280 section 4.2.1.3" });
        }
        (Some(_), true) if !may_issue => found.push(Breach::AuthorityWithoutCertSign),
        (Some(_), false) if may_issue => found.push(Breach::CertSignWithoutAuthority),
        (None, true) if matches!(link.terms.strictness, Strictness::Python | Strictness::Cabf) => {
            found.push(Breach::Absent { extension: "keyUsage", source: "RFC 5280 section 4.2.1.3" });
        }
        _ => {}
    }
    if certificate.authority.path_length.is_some() && !(link.is_authority() && may_issue) {
        found.push(Breach::PathLengthWithoutCertSign);
    }
}
