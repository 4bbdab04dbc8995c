//! The names a certificate is for, their kind recognised from the bare text (RFC 5280 section 4.2.1.6).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use der::asn1::Ia5String;
use x509_cert::ext::pkix::name::GeneralName;

/// A name in a certificate's subjectAltName.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubjectAltName {
    /// A host, or every host one label below a name (`*.example.com`). In lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mailbox.
    Email(String),
    /// A URI with a scheme, such as a SPIFFE id.
    Uri(String),
}

/// Why a text is no name for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be a name in a certificate: {reason}")]
pub struct NameProblem {
    /// The text.
    pub name: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl SubjectAltName {
    /// `DNS`, `IP`, `email` or `URI`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "DNS",
            Self::Ip(_) => "IP",
            Self::Email(_) => "email",
            Self::Uri(_) => "URI",
        }
    }

    pub(crate) fn to_general_name(&self) -> der::Result<GeneralName> {
        Ok(match self {
            Self::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
            Self::Ip(address) => GeneralName::from(*address),
            Self::Email(address) => GeneralName::Rfc822Name(Ia5String::new(address)?),
            Self::Uri(uri) => GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?),
        })
    }

    /// The name that a parser found, where it is of a kind that is issued here.
    pub(crate) fn from_parsed(name: &x509_parser::extensions::GeneralName<'_>) -> Option<Self> {
        use x509_parser::extensions::GeneralName as Parsed;
        let parsed = match name {
            Parsed::DNSName(name) => dns(name),
            Parsed::RFC822Name(address) => email(address),
            Parsed::URI(text) => uri(text),
            Parsed::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
                let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(|o| IpAddr::from(Ipv6Addr::from(o))));
                return address.ok().map(Self::Ip);
            }
            _ => return None,
        };
        parsed.ok()
    }
}

impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Email(name) | Self::Uri(name) => f.write_str(name),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

impl FromStr for SubjectAltName {
    type Err = NameProblem;

    /// `localhost`, `*.example.com`, `127.0.0.1`, `[::1]`, `joe@example.com`, `spiffe://…`; OpenSSL's `DNS:`,
    /// `IP:`, `email:` and `URI:` in front are taken and hold the name to that kind.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        recognise(text).map_err(|reason| NameProblem { name: text.to_owned(), reason })
    }
}

fn recognise(text: &str) -> Result<SubjectAltName, String> {
    if let Some((kind, rest)) = text.split_once(':') {
        match kind.to_ascii_lowercase().as_str() {
            "dns" => return dns(rest),
            "ip" => return ip(rest).ok_or_else(|| "it is no IP address".to_owned()),
            "email" => return email(rest),
            "uri" => return uri(rest),
            _ => {}
        }
    }
    if let Some(address) = ip(text) {
        return Ok(address);
    }
    // Pasted from a browser, it means the host; as a URI it would be a certificate that no browser takes.
    if let Some((scheme, rest)) = text.split_once("://")
        && matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
    {
        let host = rest.split('/').next().unwrap_or_default();
        return Err(format!("a server is found by its host; write `{host}`, or `URI:{text}` where that is the name"));
    }
    if text.contains("://") || text.starts_with("urn:") {
        return uri(text);
    }
    if text.contains('@') {
        return email(text);
    }
    dns(text)
}

fn ip(text: &str) -> Option<SubjectAltName> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().map(SubjectAltName::Ip)
}

fn dns(text: &str) -> Result<SubjectAltName, String> {
    let wrong = |reason: &str| Err(reason.to_owned());
    if text.is_empty() {
        return wrong("it is empty");
    }
    if !text.is_ascii() {
        return wrong("a DNS name is written in ASCII in a certificate; use its `xn--…` form");
    }
    if let Some(relative) = text.strip_suffix('.').filter(|relative| !relative.is_empty() && !relative.ends_with('.')) {
        return Err(format!("a certificate's names end without a dot; write `{relative}`"));
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(format!("a certificate is for a host, not for a port; write `{host}`"));
    }
    if let Some((address, _)) = text.split_once('/').filter(|(address, _)| address.parse::<IpAddr>().is_ok()) {
        return Err(format!("a certificate is for single addresses, not for a range; write `{address}`"));
    }
    if text.len() > 253 {
        return wrong("a DNS name has at most 253 characters");
    }
    let host = text.strip_prefix("*.").unwrap_or(text);
    if host.contains('*') {
        return wrong("a wildcard is the whole first label, as in `*.example.com`");
    }
    if host.len() < text.len() && !host.contains('.') {
        return wrong("no verifier matches a wildcard directly below a top-level name; name the hosts one by one");
    }
    for label in host.split('.') {
        check_label(label)?;
    }
    if host.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return wrong("its last label is a number, which makes it neither a DNS name nor an IP address");
    }
    Ok(SubjectAltName::Dns(text.to_ascii_lowercase()))
}

/// Letters, digits and hyphens (RFC 1123 section 2.1); underscores, which containers use, are let through.
fn check_label(label: &str) -> Result<(), String> {
    if label.is_empty() {
        return Err("two dots follow each other, or it begins with one".to_owned());
    }
    if label.len() > 63 {
        return Err(format!("the label `{label}` has more than 63 characters"));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(format!("the label `{label}` begins or ends with a hyphen"));
    }
    match label.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        Some(other) => Err(format!("a DNS name has no {other:?}")),
        None => Ok(()),
    }
}

fn email(text: &str) -> Result<SubjectAltName, String> {
    let Some((mailbox, host)) = text.rsplit_once('@') else {
        return Err("a mail address has an `@`".to_owned());
    };
    // The characters of a dot-atom (RFC 5322 section 3.2.3); what needs quotes is nobody's mailbox.
    let plain = mailbox.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte));
    if mailbox.is_empty() || !plain {
        return Err("it is no plain mail address, as in `joe@example.com`".to_owned());
    }
    if host.starts_with("*.") {
        return Err("a mail address has no wildcard".to_owned());
    }
    match dns(host)? {
        SubjectAltName::Dns(host) => Ok(SubjectAltName::Email(format!("{mailbox}@{host}"))),
        other => Err(format!("`{other}` is no host of a mail address")),
    }
}

fn uri(text: &str) -> Result<SubjectAltName, String> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if scheme.is_empty() || !letters || !scheme.as_bytes()[0].is_ascii_alphabetic() {
        return Err("a URI begins with a scheme, as in `spiffe://example.org/service`".to_owned());
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a URI is ASCII without spaces; encode the rest as %XX".to_owned());
    }
    Ok(SubjectAltName::Uri(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kind: &str, value: &str) {
        let name: SubjectAltName = text.parse().unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!((name.kind(), name.to_string().as_str()), (kind, value), "{text}");
    }

    #[test]
    fn a_bare_name_says_its_kind() {
        check("localhost", "DNS", "localhost");
        check("Example.COM", "DNS", "example.com");
        check("*.example.com", "DNS", "*.example.com");
        check("my_service", "DNS", "my_service");
        check("127.0.0.1", "IP", "127.0.0.1");
        check("::1", "IP", "::1");
        check("[::1]", "IP", "::1");
        check("joe@Example.com", "email", "joe@example.com");
        check("spiffe://example.org/web", "URI", "spiffe://example.org/web");
        check("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "URI", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        check("DNS:localhost", "DNS", "localhost");
        check("IP:10.0.0.1", "IP", "10.0.0.1");
    }

    #[test]
    fn what_no_verifier_takes_is_refused_with_what_would_be_right() {
        for (text, word) in [
            ("", "empty"),
            ("example.com.", "write `example.com`"),
            ("localhost:8443", "write `localhost`"),
            ("10.0.0.0/8", "write `10.0.0.0`"),
            ("*", "wildcard"),
            ("*.com", "top-level"),
            ("a.*.example.com", "first label"),
            ("300.1.2.3", "number"),
            ("-a.example", "hyphen"),
            ("a..b", "two dots"),
            ("bücher.example", "xn--"),
            ("two words", "' '"),
            ("joe@", "empty"),
            ("IP:localhost", "no IP address"),
            ("https://web.example/path", "write `web.example`"),
            ("mailto:joe@example.com", "plain mail address"),
            (".", "begins with one"),
        ] {
            let problem = text.parse::<SubjectAltName>().expect_err(text);
            assert!(problem.reason.contains(word), "{text}: {problem}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_name_or_a_reason(text in "\\PC{0,300}") {
            if let Ok(name) = text.parse::<SubjectAltName>() {
                proptest::prop_assert!(name.to_general_name().is_ok());
                let again = format!("{}:{name}", name.kind()).parse::<SubjectAltName>();
                proptest::prop_assert_eq!(again, Ok(name));
            }
        }
    }
}
