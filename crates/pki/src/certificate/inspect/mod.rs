//! What a certificate says, as one value that is shown, compared and judged.

mod detail;
mod element;
mod extension;
mod key;
mod name;
mod particulars;
mod signature;
mod usage;

use std::fmt;
use std::net::IpAddr;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::time::ASN1Time;

pub use detail::Detail;
pub(crate) use element::{Element, Unreadable};
pub use extension::Extension;
pub(crate) use extension::word;
pub use key::{Key, KeyAlgorithm};
pub use name::Name;
pub(crate) use name::printable;
pub(crate) use particulars::public_key;
pub use particulars::{Attribute, Particulars};
pub use signature::SignatureAlgorithm;
pub use usage::{Purpose, Usage};

use super::fingerprint::{fingerprint, pin};
use super::parse::{ParseError, Parsed, Signature};

/// Everything a person asks of a certificate. It is shown as it stands, so all text in it is safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// Whose it is.
    pub subject: Name,
    /// The names it is for (subjectAltName).
    pub names: Names,
    /// From when.
    pub not_before: Timestamp,
    /// Until when, the second itself included.
    pub not_after: Timestamp,
    /// Who issued it.
    pub issuer: Name,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// 1 or 3; anything else is broken.
    pub version: u32,
    /// Whether it may issue certificates, and how deep.
    pub authority: Authority,
    /// The public key.
    pub key: Key,
    /// What its issuer signed it with.
    pub signature_algorithm: SignatureAlgorithm,
    /// keyUsage, where it is there.
    pub key_usage: Option<Vec<Usage>>,
    /// extendedKeyUsage, where it is there.
    pub extended_key_usage: Option<Vec<Purpose>>,
    /// subjectKeyIdentifier in hexadecimal.
    pub subject_key_id: Option<String>,
    /// The key identifier of authorityKeyIdentifier in hexadecimal.
    pub authority_key_id: Option<String>,
    /// Where its issuer's certificate can be had (`caIssuers` of authorityInfoAccess).
    pub issuer_urls: Vec<String>,
    /// Whether its own key made its signature.
    pub self_signed: bool,
    /// Critical extensions that nothing here understands, by OID. A verifier must refuse the certificate.
    pub unknown_critical: Vec<String>,
    /// Extensions that are there and cannot be read, or are there twice, by OID.
    pub unreadable: Vec<String>,
    /// SHA-256 over the whole certificate in hexadecimal.
    pub fingerprint: String,
    /// SHA-256 over the public key, as `curl --pinnedpubkey` takes it.
    pub pin: String,
}

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Authority {
    /// Whether it may issue certificates.
    pub ca: bool,
    /// How many CAs may follow below it; none given is no bound.
    pub path_length: Option<u32>,
}

/// subjectAltName (RFC 5280 section 4.2.1.6), by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// DNS names, wildcards included.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
    /// URIs.
    pub uri: Vec<String>,
    /// Mail addresses.
    pub email: Vec<String>,
    /// What else there is, with its kind.
    pub other: Vec<String>,
}

impl Names {
    /// All of them, those that a server is found by first.
    pub fn all(&self) -> Vec<String> {
        let addresses = self.ip.iter().map(ToString::to_string);
        let rest = self.uri.iter().chain(&self.email).chain(&self.other).cloned();
        self.dns.iter().cloned().chain(addresses).chain(rest).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    pub(crate) fn add(&mut self, name: &GeneralName<'_>) {
        match name {
            // No verifier looks for an address among the DNS names.
            GeneralName::DNSName(name) if name.parse::<IpAddr>().is_ok() => {
                self.other.push(format!("DNS:{name} (an address, written as a DNS name)"));
            }
            GeneralName::DNSName(name) => self.dns.push(printable(name)),
            GeneralName::RFC822Name(name) => self.email.push(printable(name)),
            GeneralName::URI(name) => self.uri.push(printable(name)),
            GeneralName::IPAddress(bytes) => match address(bytes) {
                Some(address) => self.ip.push(address),
                None => self.other.push(format!("IP:#{}", HEXLOWER.encode(bytes))),
            },
            GeneralName::DirectoryName(name) => self.other.push(format!("directory:{}", Name::of(name))),
            GeneralName::RegisteredID(oid) => self.other.push(format!("registeredID:{}", oid.to_id_string())),
            GeneralName::OtherName(oid, _) => self.other.push(format!("otherName:{}", oid.to_id_string())),
            GeneralName::X400Address(_) => self.other.push("x400Address".to_owned()),
            GeneralName::EDIPartyName(_) => self.other.push("ediPartyName".to_owned()),
            GeneralName::Invalid(tag, bytes) => {
                self.other.push(format!("unreadable name of kind {}: #{}", tag.0, HEXLOWER.encode(bytes)));
            }
        }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.all().join(", "))
    }
}

impl Inspected {
    /// Reads a certificate. Any bytes give a value or an error.
    ///
    /// # Errors
    /// The bytes are no certificate, or more than one.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        Ok(Self::of(&Parsed::from_der(der)?))
    }

    pub(crate) fn of(parsed: &Parsed<'_>) -> Self {
        let tbs = &parsed.x509.tbs_certificate;
        let self_signed = parsed.is_self_issued()
            && parsed.check_signature(parsed.public_key(), webpki::ALL_VERIFICATION_ALGS) == Signature::Good;
        let mut inspected = Self {
            subject: Name::of(&tbs.subject),
            names: Names::default(),
            not_before: timestamp(tbs.validity.not_before),
            not_after: timestamp(tbs.validity.not_after),
            issuer: Name::of(&tbs.issuer),
            serial: HEXLOWER.encode(tbs.raw_serial()),
            version: tbs.version.0.saturating_add(1),
            authority: Authority { ca: false, path_length: None },
            key: Key::of(&tbs.subject_pki),
            signature_algorithm: SignatureAlgorithm::of(&parsed.x509.signature_algorithm),
            key_usage: None,
            extended_key_usage: None,
            subject_key_id: None,
            authority_key_id: None,
            issuer_urls: Vec::new(),
            self_signed,
            unknown_critical: Vec::new(),
            unreadable: Vec::new(),
            fingerprint: fingerprint(parsed.der),
            pin: pin(parsed.public_key()),
        };
        inspected.read_extensions(parsed);
        inspected
    }

    /// How a sentence calls it: by the common name, else the first of its names, else the whole subject.
    pub fn label(&self) -> String {
        self.subject.common_name.clone().or_else(|| self.names.all().into_iter().next()).unwrap_or_else(|| {
            if self.subject.text.is_empty() { format!("serial {}", self.serial) } else { self.subject.text.clone() }
        })
    }

    /// Whole days until it expires, rounded towards the past; negative once it has.
    pub fn days_left(&self, at: Timestamp) -> i64 {
        (self.not_after.as_second() - at.as_second()).div_euclid(86_400)
    }

    /// Whether `at` lies within its dates (RFC 5280 section 4.1.2.5: both ends included).
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        (self.not_before.as_second()..=self.not_after.as_second()).contains(&at.as_second())
    }

    /// Whether extendedKeyUsage allows `purpose`, which it does where it is absent.
    pub fn allows(&self, purpose: &Purpose) -> bool {
        self.extended_key_usage.as_ref().is_none_or(|purposes| purposes.contains(purpose))
    }

    /// Whether keyUsage allows `usage`, which it does where it is absent.
    pub fn may(&self, usage: Usage) -> bool {
        self.key_usage.as_ref().is_none_or(|usages| usages.contains(&usage))
    }

    fn read_extensions(&mut self, parsed: &Parsed<'_>) {
        let mut seen = Vec::new();
        for extension in parsed.x509.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                self.unreadable.push(oid);
                continue;
            }
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    names.general_names.iter().for_each(|name| self.names.add(name));
                }
                ParsedExtension::BasicConstraints(basic) => {
                    self.authority = Authority { ca: basic.ca, path_length: basic.path_len_constraint };
                }
                ParsedExtension::KeyUsage(usage) => self.key_usage = Some(Usage::of(*usage)),
                ParsedExtension::ExtendedKeyUsage(usage) => self.extended_key_usage = Some(Purpose::of(usage)),
                ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(HEXLOWER.encode(id.0)),
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    self.authority_key_id = authority.key_identifier.as_ref().map(|id| HEXLOWER.encode(id.0));
                }
                ParsedExtension::AuthorityInfoAccess(access) => {
                    self.issuer_urls = access.iter().filter_map(issuer_url).collect();
                }
                ParsedExtension::ParseError { .. } => self.unreadable.push(oid.clone()),
                ParsedExtension::UnsupportedExtension { .. } if extension.critical => {
                    self.unknown_critical.push(oid.clone());
                }
                _ => {}
            }
            seen.push(oid);
        }
    }
}

fn issuer_url(access: &x509_parser::extensions::AccessDescription<'_>) -> Option<String> {
    const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    match &access.access_location {
        GeneralName::URI(url) if access.access_method.to_id_string() == CA_ISSUERS => Some(printable(url)),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// `99991231235959Z`, which RFC 5280 section 4.1.2.5 writes for "no end", lies a day past jiff's last second.
fn timestamp(time: ASN1Time) -> Timestamp {
    let seconds = time.timestamp();
    Timestamp::from_second(seconds).unwrap_or(if seconds > 0 { Timestamp::MAX } else { Timestamp::MIN })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::certificate::{Profile, Role};
    use crate::specimens::{Leaf, authority, now};

    #[test]
    fn what_was_issued_is_what_is_read() {
        let root = authority("Root", None);
        let names: &[&str] = &["a.example", "*.b.example", "10.0.0.1", "::1", "joe@c.example", "spiffe://d/e"];
        let leaf = Leaf { names, role: Role::Leaf(Profile::Peer), ..Leaf::default() }.issued_by(&root);
        let read = Inspected::from_der(&leaf).unwrap();
        assert_eq!(read.subject.text, "CN=good.example");
        assert_eq!((read.issuer.text.as_str(), read.self_signed), ("CN=Root", false));
        assert_eq!(read.names.all(), ["a.example", "*.b.example", "10.0.0.1", "::1", "spiffe://d/e", "joe@c.example"]);
        assert_eq!(read.extended_key_usage, Some(vec![Purpose::ServerAuth, Purpose::ClientAuth]));
        assert_eq!(read.key_usage, Some(vec![Usage::DigitalSignature]));
        assert_eq!(
            (read.key.name.as_str(), read.signature_algorithm.name.as_str()),
            ("ECDSA P-256", "ecdsa-with-SHA256")
        );
        assert_eq!((read.version, read.authority.ca), (3, false));
        assert_eq!(read.days_left(now()), 71);

        let root = Inspected::from_der(&root.chain()[0]).unwrap();
        assert!(root.authority.ca && root.self_signed && root.may(Usage::KeyCertSign));
        assert_eq!(root.subject_key_id, read.authority_key_id);
        assert_eq!((&root.unknown_critical, &root.unreadable), (&vec![], &vec![]));
    }

    #[test]
    fn both_ends_of_the_dates_belong_to_them() {
        let read = Inspected::from_der(&Leaf::default().self_signed()).unwrap();
        let second = jiff::SignedDuration::from_secs(1);
        assert!(read.is_valid_at(read.not_before) && read.is_valid_at(read.not_after));
        assert!(!read.is_valid_at(read.not_before - second) && !read.is_valid_at(read.not_after + second));
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = Inspected::from_der(&bytes);
        }

        #[test]
        fn a_damaged_certificate_gives_a_value_that_is_safe_to_print(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        ) {
            static GOOD: std::sync::LazyLock<Vec<u8>> =
                std::sync::LazyLock::new(|| Leaf::default().issued_by(&authority("Root", None)).to_vec());
            let mut der = GOOD.clone();
            for (at, byte) in damage {
                let at = at.index(der.len());
                der[at] = byte;
            }
            let mut report = crate::report::Certificates::new();
            if report.add("damaged.pem", &[der], now()).is_ok() {
                prop_assert!(report.full_text().chars().all(|character| character == '\n' || !character.is_control()));
                prop_assert!(!crate::report::json(&report).is_empty());
            }
        }
    }
}
