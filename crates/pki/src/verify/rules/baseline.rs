//! What the Baseline Requirements of the CA/Browser Forum add to RFC 5280, as far as a certificate shows it.

use std::net::IpAddr;

use x509_parser::extensions::ParsedExtension;

use super::names::is_dns_name;
use super::{Breach, Link};
use crate::certificate::{Inspected, KeyAlgorithm, Purpose};
use crate::verify::verdict::Place;
use crate::verify::{Side, Strictness};

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    let certificate = link.certificate();
    if let (KeyAlgorithm::Rsa, Some(bits)) = (certificate.key.algorithm, certificate.key.bits)
        && !bits.is_multiple_of(8)
    {
        found.push(Breach::OddRsaSize { bits });
    }
    if link.place == Place::Anchor && certificate.extended_key_usage.is_some() {
        found.push(Breach::OutOfPlace { extension: "extendedKeyUsage", source: "Baseline Requirements 7.1.2.1.2" });
    }
    if link.place == Place::Sent(0) && link.side == Side::Server {
        names(link, found);
        purposes(link, found);
    }
}

fn names(link: &Link<'_>, found: &mut Vec<Breach>) {
    let certificate = link.certificate();
    let has_subject = !certificate.subject.text.is_empty();
    let is_names = |it: &ParsedExtension<'_>| matches!(it, ParsedExtension::SubjectAlternativeName(_));
    if has_subject && link.candidate.extensions().any(|it| it.critical && is_names(it.parsed_extension())) {
        found.push(Breach::Critical {
            extension: "subjectAltName",
            source: "Baseline Requirements 7.1.2.7.12, of a subject that is not empty",
        });
    }
    found.extend(common_name(certificate, link.terms.strictness));
    // RFC 5280 has the syntax of hosts' names, and half of the world does not.
    let underscored = certificate.names.dns.iter().filter(|name| name.contains('_'));
    found.extend(underscored.map(|name| Breach::MalformedName { name: name.clone() }));
    let broad = certificate.names.dns.iter().filter(|name| is_broad(name));
    found.extend(broad.map(|name| Breach::BroadWildcard { name: name.clone() }));
}

/// The common name, where it is not the exact copy of a name that it must be. At most levels it has to be another
/// spelling of a name or an address: one that is something else altogether deceives nobody.
fn common_name(certificate: &Inspected, strictness: Strictness) -> Option<Breach> {
    let common_name = certificate.subject.common_name.as_ref()?;
    let names = certificate.names.all();
    if names.contains(common_name) {
        return None;
    }
    let is_host = common_name.contains('.') && is_dns_name(common_name.strip_prefix("*.").unwrap_or(common_name));
    let is_international = !common_name.is_ascii() && common_name.contains('.') && !common_name.contains(' ');
    let is_spelling = names.iter().any(|name| name.eq_ignore_ascii_case(common_name));
    if is_spelling || is_international || is_odd_address(common_name) {
        return Some(Breach::CommonNameWrittenOtherwise { common_name: common_name.clone() });
    }
    let is_address = common_name.parse::<IpAddr>().is_ok();
    (strictness == Strictness::Cabf && (is_host || is_address))
        .then(|| Breach::CommonNameNotAmongNames { common_name: common_name.clone() })
}

/// An address in a form that is not the usual one: hexadecimal, with zeros in front, in capitals, or not shortened.
fn is_odd_address(text: &str) -> bool {
    if let Ok(address) = text.parse::<IpAddr>() {
        return address.to_string() != text;
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let is_hexadecimal = |text: &str| {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|c| c.is_ascii_hexdigit()))
    };
    is_hexadecimal(text) || (text.split('.').count() == 4 && text.split('.').all(is_number))
}

/// A wildcard right below a top-level domain, or below what countries have in the place of one (`co.uk`). Which
/// others belong to many stands in no standard but in a list that changes daily, and is not looked at.
fn is_broad(name: &str) -> bool {
    const GENERIC: [&str; 10] = ["ac", "co", "com", "edu", "gob", "gov", "mil", "net", "or", "org"];
    match name.strip_prefix("*.").map(|suffix| suffix.rsplit_once('.')) {
        None => name == "*",
        Some(None) => true,
        Some(Some((front, country))) => country.len() == 2 && GENERIC.contains(&front),
    }
}

fn purposes(link: &Link<'_>, found: &mut Vec<Breach>) {
    const SOURCE: &str = "Baseline Requirements 7.1.2.7.6";
    match &link.certificate().extended_key_usage {
        // RFC 5280 lets it be absent.
        None if link.terms.strictness != Strictness::Cabf => {}
        None => found.push(Breach::Absent { extension: "extendedKeyUsage", source: SOURCE }),
        Some(purposes) if purposes.contains(&Purpose::Any) => found.push(Breach::AnyPurpose),
        Some(_) => {}
    }
    let is_purposes = |it: &ParsedExtension<'_>| matches!(it, ParsedExtension::ExtendedKeyUsage(_));
    if link.candidate.extensions().any(|it| it.critical && is_purposes(it.parsed_extension())) {
        found.push(Breach::Critical { extension: "extendedKeyUsage", source: SOURCE });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for odd in ["0xC0A80101", "192.168.001.001", "2001:DB8::1", "2001:db8:0:0:0:0:0:1"] {
            assert!(is_odd_address(odd), "{odd}");
        }
        for usual in ["192.168.1.1", "2001:db8::1", "www.example.com", "0xhost", "1.2.3"] {
            assert!(!is_odd_address(usual), "{usual}");
        }
    }

    #[test]
    fn a_suffix_of_many_is_told_from_a_domain() {
        assert!(["*", "*.com", "*.co.uk"].into_iter().all(is_broad));
        assert!(!["*.example.com", "*.example.co.uk", "com", "co.uk"].into_iter().any(is_broad));
    }
}
