//! The name that a certificate is asked for, and whether it has it.

use std::fmt;
use std::str::FromStr;

use rustls_pki_types::ServerName;
use webpki::EndEntityCert;
use x509_parser::extensions::{GeneralName, ParsedExtension};

use crate::certificate::Parsed;

/// A name that a certificate must be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A host's name or address.
    Host(ServerName<'static>),
    /// A mail address.
    Email(String),
    /// A URI, such as `spiffe://example.org/web`.
    Uri(String),
}

/// It is neither a host nor a mail address nor a URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no DNS name, address, mail address or URI")]
pub struct SubjectError(String);

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") {
            return Ok(Self::Uri(text.to_owned()));
        }
        if text.contains('@') {
            return Ok(Self::Email(text.to_owned()));
        }
        let host = ServerName::try_from(text.to_owned()).map_err(|_| SubjectError(text.to_owned()))?;
        Ok(Self::Host(host))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => f.write_str(&host.to_str()),
            Self::Email(text) | Self::Uri(text) => f.write_str(text),
        }
    }
}

impl Subject {
    /// Whether the certificate has the name: a host by webpki's rules (RFC 6125), a mail address with the domain in
    /// any case and the rest as it is (RFC 5280 section 7.5), a URI byte for byte.
    pub(super) fn is_of(&self, end_entity: &EndEntityCert<'_>, der: &[u8]) -> bool {
        match self {
            Self::Host(host) => end_entity.verify_is_valid_for_subject_name(host).is_ok(),
            Self::Email(wanted) => has(der, |name| match name {
                GeneralName::RFC822Name(given) => is_same_mailbox(wanted, given),
                _ => false,
            }),
            Self::Uri(wanted) => has(der, |name| matches!(name, GeneralName::URI(given) if given == wanted)),
        }
    }
}

fn has(der: &[u8], is_it: impl Fn(&GeneralName<'_>) -> bool) -> bool {
    let Ok(parsed) = Parsed::from_der(der) else { return false };
    parsed.x509.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => names.general_names.iter().any(&is_it),
        _ => false,
    })
}

fn is_same_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, domain)), Some((other_local, other_domain))) => {
            local == other_local && domain.eq_ignore_ascii_case(other_domain)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_name_is_told_by_its_form() {
        assert!(matches!("example.com".parse(), Ok(Subject::Host(ServerName::DnsName(_)))));
        assert!(matches!("::1".parse(), Ok(Subject::Host(ServerName::IpAddress(_)))));
        assert!(matches!("joe@example.com".parse(), Ok(Subject::Email(_))));
        assert!(matches!("spiffe://example.com/web".parse(), Ok(Subject::Uri(_))));
        assert!("no name".parse::<Subject>().is_err());
    }

    #[test]
    fn a_mailbox_has_its_case_and_its_domain_has_none() {
        assert!(is_same_mailbox("Joe@Example.com", "Joe@example.COM"));
        assert!(!is_same_mailbox("joe@example.com", "Joe@example.com"));
        assert!(!is_same_mailbox("joe", "joe"));
    }
}
