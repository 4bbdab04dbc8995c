//! The names that a CA can speak for: name constraints (RFC 5280 section 4.2.1.10), written and obeyed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use der::asn1::{Ia5String, OctetString};
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_parser::extensions::{GeneralName as Parsed, NameConstraints as ParsedConstraints};

use crate::request::SubjectAltName;

/// Names that a constrained CA may issue for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted {
    /// A DNS name and everything below it.
    Dns(String),
    /// A range of addresses.
    Ip {
        /// Its first address.
        address: IpAddr,
        /// How many of its first bits are fixed.
        prefix: u8,
    },
}

/// Why a text is no range of names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be what a CA is held to: {reason}")]
pub struct PermittedProblem {
    /// The text.
    pub text: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Permitted {
    /// The extension's content. Of DNS names and addresses, the kind that nothing is permitted of is
    /// excluded as a whole: a constraint on one kind alone says nothing about the other.
    pub(crate) fn to_constraints(permitted: &[Self]) -> der::Result<NameConstraints> {
        let allowed = permitted.iter().map(Self::to_subtree).collect::<der::Result<Vec<_>>>()?;
        let mut excluded = Vec::new();
        if !permitted.iter().any(|name| matches!(name, Self::Dns(_))) {
            excluded.push(Self::Dns(String::new()).to_subtree()?);
        }
        if !permitted.iter().any(|name| matches!(name, Self::Ip { .. })) {
            for address in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
                excluded.push(Self::Ip { address, prefix: 0 }.to_subtree()?);
            }
        }
        Ok(NameConstraints {
            permitted_subtrees: Some(allowed),
            excluded_subtrees: if excluded.is_empty() { None } else { Some(excluded) },
        })
    }

    /// The name itself, or the first and the last address.
    pub(super) fn outermost(&self) -> Vec<SubjectAltName> {
        match self {
            Self::Dns(name) => vec![SubjectAltName::Dns(name.clone())],
            Self::Ip { address, prefix } => {
                let last = match address {
                    IpAddr::V4(first) => {
                        let free = u32::MAX.checked_shr(u32::from(*prefix)).unwrap_or(0);
                        IpAddr::from(Ipv4Addr::from(u32::from(*first) | free))
                    }
                    IpAddr::V6(first) => {
                        let free = u128::MAX.checked_shr(u32::from(*prefix)).unwrap_or(0);
                        IpAddr::from(Ipv6Addr::from(u128::from(*first) | free))
                    }
                };
                vec![SubjectAltName::Ip(*address), SubjectAltName::Ip(last)]
            }
        }
    }

    fn to_subtree(&self) -> der::Result<GeneralSubtree> {
        let base = match self {
            Self::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
            Self::Ip { address, prefix } => GeneralName::IpAddress(OctetString::new(range_of(*address, *prefix))?),
        };
        Ok(GeneralSubtree { base, minimum: 0, maximum: None })
    }
}

impl fmt::Display for Permitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip { address, prefix } => write!(f, "{address}/{prefix}"),
        }
    }
}

impl FromStr for Permitted {
    type Err = PermittedProblem;

    /// `example.com`, `10.0.0.0/8`, `fd00::/8`, or one address.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text.trim()).map_err(|reason| PermittedProblem { text: text.to_owned(), reason })
    }
}

fn read(text: &str) -> Result<Permitted, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Permitted::Ip { address, prefix: width(address) });
    }
    if let Some((address, prefix)) = text.split_once('/') {
        return range(address, prefix);
    }
    if let Some(name) = text.strip_prefix('.').or_else(|| text.strip_prefix("*.")).filter(|n| !n.is_empty()) {
        return Err(format!("write `{name}`, which is the name itself and everything below it"));
    }
    match text.parse::<SubjectAltName>() {
        Ok(SubjectAltName::Dns(name)) => Ok(Permitted::Dns(name)),
        Ok(_) => Err("rustls and others hold a CA to DNS names and address ranges only".to_owned()),
        Err(problem) => Err(problem.reason),
    }
}

fn range(address: &str, prefix: &str) -> Result<Permitted, String> {
    let parsed: IpAddr = address.parse().map_err(|_| format!("`{address}` is no IP address"))?;
    let bits: u8 = prefix
        .parse()
        .ok()
        .filter(|bits| *bits <= width(parsed))
        .ok_or_else(|| format!("the number of fixed bits is between 0 and {}, as in {parsed}/8", width(parsed)))?;
    let first = match parsed {
        IpAddr::V4(v4) => {
            IpAddr::from(Ipv4Addr::from(u32::from(v4) & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)))
        }
        IpAddr::V6(v6) => {
            IpAddr::from(Ipv6Addr::from(u128::from(v6) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)))
        }
    };
    if first != parsed {
        return Err(format!("the range begins at another address; write `{first}/{bits}`"));
    }
    Ok(Permitted::Ip { address: parsed, prefix: bits })
}

/// An address and a mask of the same length (RFC 5280 section 4.2.1.10).
fn range_of(address: IpAddr, prefix: u8) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            [address.octets(), mask.to_be_bytes()].concat()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            [address.octets(), mask.to_be_bytes()].concat()
        }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// What one CA certificate above a leaf says about the names below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subtree {
    Dns(String),
    Ip(Vec<u8>),
    Email(String),
    Uri,
    /// A kind that is never in a name of ours.
    Other,
}

impl Constraints {
    pub(super) fn of(parsed: &ParsedConstraints<'_>) -> Self {
        let read = |list: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            list.iter().flatten().map(|subtree| Subtree::of(&subtree.base)).collect()
        };
        Self { permitted: read(&parsed.permitted_subtrees), excluded: read(&parsed.excluded_subtrees) }
    }

    /// Whether verifiers will take `name` below this CA.
    pub(super) fn allow(&self, name: &SubjectAltName) -> bool {
        let same_kind = |subtree: &&Subtree| subtree.is_kind_of(name);
        let mut permitted = self.permitted.iter().filter(same_kind).peekable();
        let within = permitted.peek().is_none() || permitted.any(|subtree| subtree.holds(name));
        let outside = !self.excluded.iter().filter(same_kind).any(|subtree| subtree.touches(name));
        within && outside
    }
}

impl Constraints {
    /// What an issuer holds leaves to without saying so in its own certificate: what is not named is not let in.
    pub(super) fn within(permitted: &[Permitted]) -> Self {
        let mut constraints = Self { permitted: Vec::new(), excluded: vec![Subtree::Uri] };
        for name in permitted {
            match name {
                Permitted::Dns(name) => constraints.permitted.extend([
                    Subtree::Dns(name.clone()),
                    Subtree::Email(name.clone()),
                    Subtree::Email(format!(".{name}")),
                ]),
                Permitted::Ip { address, prefix } => {
                    constraints.permitted.push(Subtree::Ip(range_of(*address, *prefix)));
                }
            }
        }
        // A kind that nothing is named of is out as a whole.
        if !permitted.iter().any(|name| matches!(name, Permitted::Dns(_))) {
            constraints.excluded.extend([Subtree::Dns(String::new()), Subtree::Email(String::new())]);
        }
        if !permitted.iter().any(|name| matches!(name, Permitted::Ip { .. })) {
            constraints.excluded.push(Subtree::Ip(vec![0; 8]));
            constraints.excluded.push(Subtree::Ip(vec![0; 32]));
        }
        constraints
    }

    /// Names of the same kind that lie in what is permitted, those that are most like `name` first.
    pub(super) fn near(&self, name: &SubjectAltName) -> Vec<String> {
        let same_kind = self.permitted.iter().filter(|subtree| subtree.is_kind_of(name));
        let near = |subtree: &Subtree| match (subtree, name) {
            (Subtree::Dns(base), SubjectAltName::Dns(name)) => {
                let host = name.trim_start_matches("*.").split('.').next().unwrap_or_default();
                vec![format!("{host}.{}", base.trim_start_matches('.')), base.clone()]
            }
            (Subtree::Ip(range), SubjectAltName::Ip(_)) => first_address(range).into_iter().collect(),
            _ => Vec::new(),
        };
        same_kind.flat_map(near).collect()
    }
}

/// The first address of a range that is more than the range's own.
fn first_address(range: &[u8]) -> Option<String> {
    let (base, mask) = range.split_at(range.len() / 2);
    let is_single = mask.last() == Some(&0xff);
    let last = |octets: &mut [u8]| {
        if let Some(last) = octets.last_mut().filter(|_| !is_single) {
            *last |= 1;
        }
    };
    if let Ok(mut octets) = <[u8; 4]>::try_from(base) {
        last(&mut octets);
        return Some(Ipv4Addr::from(octets).to_string());
    }
    let mut octets = <[u8; 16]>::try_from(base).ok()?;
    last(&mut octets);
    Some(Ipv6Addr::from(octets).to_string())
}

impl Subtree {
    fn of(name: &Parsed<'_>) -> Self {
        match name {
            Parsed::DNSName(name) => Self::Dns(name.to_ascii_lowercase()),
            Parsed::IPAddress(bytes) => Self::Ip(bytes.to_vec()),
            Parsed::RFC822Name(address) => Self::Email(address.to_ascii_lowercase()),
            Parsed::URI(_) => Self::Uri,
            _ => Self::Other,
        }
    }

    fn is_kind_of(&self, name: &SubjectAltName) -> bool {
        matches!(
            (self, name),
            (Self::Dns(_), SubjectAltName::Dns(_))
                | (Self::Ip(_), SubjectAltName::Ip(_))
                | (Self::Email(_), SubjectAltName::Email(_))
                | (Self::Uri, SubjectAltName::Uri(_))
        )
    }

    /// Whether all that `name` stands for lies in this subtree. URI constraints are not worked out by rustls
    /// either, which refuses them.
    fn holds(&self, name: &SubjectAltName) -> bool {
        match (self, name) {
            (Self::Dns(base), SubjectAltName::Dns(name)) => below(name.trim_start_matches("*."), base),
            (Self::Ip(range), SubjectAltName::Ip(address)) => in_range(range, *address),
            (Self::Email(base), SubjectAltName::Email(address)) => mailbox_in(base, &address.to_ascii_lowercase()),
            _ => false,
        }
    }

    /// Whether anything that `name` stands for lies in this subtree.
    fn touches(&self, name: &SubjectAltName) -> bool {
        match (self, name) {
            (Self::Dns(base), SubjectAltName::Dns(wildcard)) if wildcard.starts_with("*.") => {
                let parent = wildcard.trim_start_matches("*.");
                below(parent, base) || base.split_once('.').is_some_and(|(_, above)| above == parent)
            }
            (Self::Uri, SubjectAltName::Uri(_)) => true,
            _ => self.holds(name),
        }
    }
}

/// Whether `name` is `base` or below it. An empty base is every name; one with a leading dot is below only.
fn below(name: &str, base: &str) -> bool {
    match name.strip_suffix(base) {
        Some("") => !base.starts_with('.'),
        Some(rest) => base.is_empty() || base.starts_with('.') || rest.ends_with('.'),
        None => false,
    }
}

/// `range` is an address and a mask of the same length.
fn in_range(range: &[u8], address: IpAddr) -> bool {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let (base, mask) = range.split_at(range.len() / 2);
    base.len() == octets.len()
        && octets.iter().zip(base).zip(mask).all(|((octet, base), mask)| octet & mask == base & mask)
}

/// A mailbox, every mailbox of a host, or (with a leading dot) of the hosts below a name.
fn mailbox_in(base: &str, address: &str) -> bool {
    let host = address.rsplit('@').next().unwrap_or_default();
    if base.contains('@') {
        base == address
    } else if base.starts_with('.') {
        below(host, base)
    } else {
        base == host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_names_are_read_and_what_is_meant_otherwise_is_said() {
        for (text, shown) in [("Example.com", "example.com"), ("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1/128")] {
            assert_eq!(text.parse::<Permitted>().unwrap().to_string(), shown);
        }
        for (text, word) in [
            ("*.example.com", "write `example.com`"),
            (".example.com", "write `example.com`"),
            ("10.1.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/33", "between 0 and 32"),
            ("joe@example.com", "only"),
        ] {
            let problem = text.parse::<Permitted>().unwrap_err();
            assert!(problem.reason.contains(word), "{problem}");
        }
    }

    #[test]
    fn constraints_hold_names_as_verifiers_do() {
        let constraints = Constraints {
            permitted: vec![Subtree::Dns("example.com".into()), Subtree::Ip(vec![10, 0, 0, 0, 255, 0, 0, 0])],
            excluded: vec![Subtree::Dns("secret.example.com".into())],
        };
        for (name, allowed) in [
            ("example.com", true),
            ("a.b.example.com", true),
            ("*.a.example.com", true),
            ("badexample.com", false),
            ("example.org", false),
            ("secret.example.com", false),
            ("*.example.com", false),
            ("10.1.2.3", true),
            ("11.1.2.3", false),
            ("::1", false),
            ("joe@example.org", true),
        ] {
            assert_eq!(constraints.allow(&name.parse().unwrap()), allowed, "{name}");
        }
    }
}
