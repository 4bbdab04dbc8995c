//! For any spec, what is issued parses back to the same spec, by a parser that is not ours.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use jiff::Timestamp;
use pki::authority::{Issuer, Permitted, Plan, Rules, Serial};
use pki::certificate::{Role, Template, Validity, self_sign};
use pki::key::{Algorithm, PrivateKey};
use pki::request::{Attribute, Spec, Subject, SubjectAltName};
use proptest::collection::vec;
use proptest::prelude::*;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// From the first day to the last that a certificate can have.
static CA: LazyLock<Issuer> = LazyLock::new(|| {
    let plan = Plan {
        subject: "/DC=org/DC=example/OU=a/OU=b/CN=CA".parse().unwrap(),
        algorithm: Algorithm::P256,
        validity: Validity::between(Timestamp::UNIX_EPOCH, "9999-12-30T22:00:00Z".parse().unwrap()).unwrap(),
        path_len: None,
        permitted: Vec::new(),
        serial: Serial::random().unwrap(),
    };
    plan.root().unwrap()
});

static KEYS: LazyLock<[PrivateKey; 4]> = LazyLock::new(|| ["p256", "p384", "ed25519", "rsa-2048"].map(generate));

fn generate(name: &str) -> PrivateKey {
    PrivateKey::generate(name.parse().unwrap()).unwrap()
}

/// What is asked for, in the words of the command line and of a file of profiles.
#[derive(Debug, Clone)]
struct Asked {
    base: &'static str,
    attributes: Vec<(Attribute, String)>,
    names: Vec<String>,
    permitted: Vec<String>,
    path_len: Option<u8>,
    dates: (i64, i64),
    serial: Vec<u8>,
    usages: BTreeSet<&'static str>,
    purposes: BTreeSet<&'static str>,
    crl_urls: Vec<String>,
    issuer_urls: Vec<String>,
    ocsp_urls: Vec<String>,
    no_rev_avail: bool,
    key: usize,
}

fn attribute() -> impl Strategy<Value = (Attribute, String)> {
    let text = "[A-Za-z0-9&äß東]{1,20}( [A-Za-z0-9äß]{1,9})?";
    prop_oneof![
        "[A-Z]{2}".prop_map(|value| (Attribute::Country, value)),
        text.prop_map(|value| (Attribute::State, value)),
        text.prop_map(|value| (Attribute::Locality, value)),
        text.prop_map(|value| (Attribute::Street, value)),
        text.prop_map(|value| (Attribute::Organization, value)),
        text.prop_map(|value| (Attribute::OrganizationalUnit, value)),
        text.prop_map(|value| (Attribute::OrganizationalUnit, value)),
        "[a-z0-9-]{1,63}".prop_map(|value| (Attribute::DomainComponent, value)),
        text.prop_map(|value| (Attribute::UserId, value)),
        "[A-Z0-9-]{1,64}".prop_map(|value| (Attribute::SerialNumber, value)),
        "[a-z]{1,9}@[a-z]{1,9}\\.example".prop_map(|value| (Attribute::EmailAddress, value)),
        text.prop_map(|value| (Attribute::CommonName, value)),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z0-9]{1,9}(-[a-z0-9]{1,9})?(\\.[a-z]{2,9}){1,3}",
        1 => "\\*\\.[a-z]{1,9}\\.[a-z]{2,9}",
        1 => any::<Ipv4Addr>().prop_map(|address| address.to_string()),
        1 => any::<Ipv6Addr>().prop_map(|address| address.to_string()),
        1 => "[a-z]{1,9}@[a-z]{1,9}\\.example",
        1 => "(URI:https|spiffe)://[a-z]{1,9}\\.example/[a-z]{1,9}",
    ]
}

fn permitted() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,9}(\\.[a-z]{2,9}){0,2}",
        (any::<Ipv4Addr>(), 0_u8..=32).prop_map(|(address, prefix)| {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            format!("{}/{prefix}", Ipv4Addr::from(u32::from(address) & mask))
        }),
        (any::<Ipv6Addr>(), 0_u8..=128).prop_map(|(address, prefix)| {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            format!("{}/{prefix}", Ipv6Addr::from(u128::from(address) & mask))
        }),
    ]
}

fn urls() -> impl Strategy<Value = Vec<String>> {
    vec("http://[a-z]{1,9}\\.example/[a-z]{0,9}", 0..3)
}

const USAGES: [&str; 5] = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"];
const PURPOSES: [&str; 6] =
    ["serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning"];

fn asked() -> impl Strategy<Value = Asked> {
    let whose = (prop::sample::select(&Rules::NAMES[..]), vec(attribute(), 0..6), vec(name(), 1..6));
    let ca = (vec(permitted(), 0..4), any::<Option<u8>>());
    // The last second is that of the CA.
    let dates = (0_i64..253_402_200_000, 1_i64..5_000_000_000);
    let serial = vec(any::<u8>(), 1..=20);
    let subset = |of: &'static [&'static str]| prop::collection::btree_set(prop::sample::select(of), 0..4);
    let may = (subset(&USAGES), subset(&PURPOSES));
    let places = (urls(), urls(), urls(), any::<bool>());
    (whose, ca, dates, serial, may, places, 0_usize..4).prop_map(|(whose, ca, dates, mut serial, may, places, key)| {
        let (base, mut attributes, mut names) = whose;
        serial[0] = serial[0] & 0x7f | 1;
        let common_names: Vec<_> = attributes.iter().filter(|(kind, _)| *kind == Attribute::CommonName).collect();
        if base == "intermediate" && common_names.is_empty() {
            attributes.push((Attribute::CommonName, "a CA".to_owned()));
        }
        if base == "email" {
            names.push("joe@mail.example".to_owned());
        }
        // RFC 9608 section 3: whoever cannot be asked about names no place to ask.
        let no_rev_avail = places.3 && base == "server";
        let asks = |urls| if no_rev_avail { Vec::new() } else { urls };
        let end = (dates.0 + dates.1).min(253_402_200_001);
        Asked {
            base,
            attributes,
            names,
            permitted: ca.0,
            path_len: ca.1,
            dates: (dates.0, end),
            serial,
            usages: may.0,
            purposes: may.1,
            crl_urls: asks(places.0),
            issuer_urls: places.1,
            ocsp_urls: asks(places.2),
            no_rev_avail,
            key,
        }
    })
}

impl Asked {
    fn is_authority(&self) -> bool {
        self.base == "intermediate"
    }

    fn rules(&self) -> Rules {
        let mut toml = format!("[own]\nbase = '{}'\n", self.base);
        let mut list = |key: &str, values: &mut dyn Iterator<Item = String>| {
            toml.push_str(&format!("{key} = {:?}\n", values.collect::<Vec<_>>()));
        };
        if !self.usages.is_empty() && !self.is_authority() {
            list("key_usage", &mut self.usages.iter().map(ToString::to_string));
        }
        if !self.purposes.is_empty() {
            list("extended_key_usage", &mut self.purposes.iter().map(ToString::to_string));
        }
        list("crl_urls", &mut self.crl_urls.iter().cloned());
        list("issuer_urls", &mut self.issuer_urls.iter().cloned());
        list("ocsp_urls", &mut self.ocsp_urls.iter().cloned());
        toml.push_str(&format!("no_rev_avail = {}\n", self.no_rev_avail));
        let permitted = self.permitted.iter().map(|text| text.parse::<Permitted>().unwrap()).collect();
        Rules::from_toml(&toml, "own").unwrap().for_authority(self.path_len, permitted)
    }

    fn spec(&self) -> Spec {
        let mut subject = Subject::empty();
        self.attributes.iter().for_each(|(kind, value)| subject.push(*kind, value).unwrap());
        let names: &[String] = if self.is_authority() { &[] } else { &self.names };
        let names = Spec::new(names, Some("/CN=x"), None).unwrap().names;
        // A spec without names takes the common name for one, which a CA's is not.
        Spec { subject, names: if self.is_authority() { Vec::new() } else { names } }
    }

    fn validity(&self) -> Validity {
        let at = |second| Timestamp::from_second(second).unwrap();
        Validity::between(at(self.dates.0), at(self.dates.1)).unwrap()
    }

    fn template(&self, rules: &Rules) -> Template {
        let digits: String = self.serial.iter().map(|byte| format!("{byte:02x}")).collect();
        let serial = format!("0x{digits}").parse().unwrap();
        rules.apply(Template::new(&self.spec(), rules.role(), self.validity(), serial).unwrap())
    }
}

fn attribute_of(oid: &str) -> Attribute {
    match oid {
        "2.5.4.6" => Attribute::Country,
        "2.5.4.8" => Attribute::State,
        "2.5.4.7" => Attribute::Locality,
        "2.5.4.9" => Attribute::Street,
        "2.5.4.10" => Attribute::Organization,
        "2.5.4.11" => Attribute::OrganizationalUnit,
        "2.5.4.3" => Attribute::CommonName,
        "0.9.2342.19200300.100.1.25" => Attribute::DomainComponent,
        "0.9.2342.19200300.100.1.1" => Attribute::UserId,
        "2.5.4.5" => Attribute::SerialNumber,
        "1.2.840.113549.1.9.1" => Attribute::EmailAddress,
        other => panic!("{other} was never asked for"),
    }
}

fn address(bytes: &[u8]) -> IpAddr {
    <[u8; 4]>::try_from(bytes).map_or_else(|_| <[u8; 16]>::try_from(bytes).unwrap().into(), IpAddr::from)
}

fn alternative(name: &GeneralName<'_>) -> SubjectAltName {
    match name {
        GeneralName::DNSName(name) => SubjectAltName::Dns((*name).to_owned()),
        GeneralName::IPAddress(bytes) => SubjectAltName::Ip(address(bytes)),
        GeneralName::RFC822Name(name) => SubjectAltName::Email((*name).to_owned()),
        GeneralName::URI(name) => SubjectAltName::Uri((*name).to_owned()),
        other => panic!("{other:?} was never asked for"),
    }
}

fn range(name: &GeneralName<'_>) -> Permitted {
    match name {
        GeneralName::DNSName(name) => Permitted::Dns((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let (base, mask) = bytes.split_at(bytes.len() / 2);
            let prefix = mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
            Permitted::Ip { address: address(base), prefix: u8::try_from(prefix).unwrap() }
        }
        other => panic!("{other:?} was never asked for"),
    }
}

fn url(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::URI(url) => (*url).to_owned(),
        other => panic!("{other:?} was never asked for"),
    }
}

/// What a certificate says, extension by extension.
#[derive(Debug, Default, PartialEq)]
struct Said {
    authority: Option<Option<u8>>,
    names: Vec<SubjectAltName>,
    names_critical: bool,
    permitted: Vec<Permitted>,
    usages: BTreeSet<&'static str>,
    purposes: BTreeSet<&'static str>,
    crl_urls: Vec<String>,
    issuer_urls: Vec<String>,
    ocsp_urls: Vec<String>,
    no_rev_avail: bool,
}

fn said(certificate: &X509Certificate<'_>, own_key_id: &mut Option<Vec<u8>>, issuer_key_id: &mut Vec<u8>) -> Said {
    let mut said = Said::default();
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                let path_len = basic.path_len_constraint.map(|length| u8::try_from(length).unwrap());
                said.authority = basic.ca.then_some(path_len);
                assert!(extension.critical && (basic.ca || path_len.is_none()));
            }
            ParsedExtension::KeyUsage(usage) => {
                let flags = [
                    ("digitalSignature", usage.digital_signature()),
                    ("nonRepudiation", usage.non_repudiation()),
                    ("keyEncipherment", usage.key_encipherment()),
                    ("dataEncipherment", usage.data_encipherment()),
                    ("keyAgreement", usage.key_agreement()),
                    ("keyCertSign", usage.key_cert_sign()),
                    ("cRLSign", usage.crl_sign()),
                    ("encipherOnly", usage.encipher_only()),
                    ("decipherOnly", usage.decipher_only()),
                ];
                assert!(extension.critical);
                said.usages = flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect();
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let flags = [
                    ("serverAuth", usage.server_auth),
                    ("clientAuth", usage.client_auth),
                    ("codeSigning", usage.code_signing),
                    ("emailProtection", usage.email_protection),
                    ("timeStamping", usage.time_stamping),
                    ("OCSPSigning", usage.ocsp_signing),
                    ("any", usage.any),
                ];
                assert!(usage.other.is_empty());
                said.purposes = flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect();
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                said.names = names.general_names.iter().map(alternative).collect();
                said.names_critical = extension.critical;
            }
            ParsedExtension::NameConstraints(constraints) => {
                assert!(extension.critical);
                let permitted = constraints.permitted_subtrees.iter().flatten();
                said.permitted = permitted.map(|subtree| range(&subtree.base)).collect();
                // A kind that nothing is permitted of is excluded whole, and nothing else is.
                let excluded = constraints.excluded_subtrees.iter().flatten().map(|subtree| range(&subtree.base));
                let holds = |of: fn(&Permitted) -> bool| said.permitted.iter().any(of);
                for subtree in excluded {
                    match subtree {
                        Permitted::Dns(name) => {
                            assert!(name.is_empty() && !holds(|name| matches!(name, Permitted::Dns(_))));
                        }
                        Permitted::Ip { prefix, .. } => {
                            assert!(prefix == 0 && !holds(|name| matches!(name, Permitted::Ip { .. })));
                        }
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in points.iter() {
                    let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
                        panic!("{point:?} was never asked for")
                    };
                    said.crl_urls.extend(names.iter().map(url));
                }
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in access.iter() {
                    let place = url(&description.access_location);
                    match description.access_method.to_id_string().as_str() {
                        "1.3.6.1.5.5.7.48.1" => said.ocsp_urls.push(place),
                        "1.3.6.1.5.5.7.48.2" => said.issuer_urls.push(place),
                        other => panic!("{other} was never asked for"),
                    }
                }
            }
            ParsedExtension::SubjectKeyIdentifier(id) => *own_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                *issuer_key_id = id.key_identifier.as_ref().unwrap().0.to_vec();
                assert!(id.authority_cert_issuer.is_none() && id.authority_cert_serial.is_none());
            }
            _ if extension.oid.to_id_string() == "2.5.29.56" => {
                said.no_rev_avail = extension.value == [5, 0] && !extension.critical;
            }
            other => panic!("{other:?} was never asked for"),
        }
    }
    said
}

fn expected(asked: &Asked, key: &PrivateKey) -> Said {
    let of = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let rsa = matches!(key.algorithm(), Algorithm::Rsa(_));
    let (usages, purposes) = match asked.base {
        "server" | "peer" | "email" if rsa => (of(&["digitalSignature", "keyEncipherment"]), asked.base),
        "intermediate" => (of(&["keyCertSign", "cRLSign"]), asked.base),
        _ => (of(&["digitalSignature"]), asked.base),
    };
    let purposes = match purposes {
        "server" => of(&["serverAuth"]),
        "client" => of(&["clientAuth"]),
        "peer" => of(&["serverAuth", "clientAuth"]),
        "code" => of(&["codeSigning"]),
        "email" => of(&["emailProtection"]),
        _ => BTreeSet::new(),
    };
    let given = |set: &BTreeSet<&'static str>, usual| if set.is_empty() { usual } else { set.clone() };
    let Role::Authority { path_len, permitted } = asked.rules().role() else {
        return Said {
            names: asked.spec().names,
            names_critical: asked.attributes.is_empty(),
            usages: given(&asked.usages, usages),
            purposes: given(&asked.purposes, purposes),
            ..places(asked)
        };
    };
    assert_eq!(path_len, asked.path_len.or(Some(0)));
    Said { authority: Some(path_len), permitted, usages, purposes: given(&asked.purposes, purposes), ..places(asked) }
}

fn places(asked: &Asked) -> Said {
    Said {
        crl_urls: asked.crl_urls.clone(),
        issuer_urls: asked.issuer_urls.clone(),
        ocsp_urls: asked.ocsp_urls.clone(),
        no_rev_avail: asked.no_rev_avail,
        ..Said::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn for_any_spec_what_is_issued_parses_back_to_the_same_spec(asked in asked(), signs_itself in any::<bool>()) {
        let (rules, key) = (asked.rules(), &KEYS[asked.key]);
        let template = asked.template(&rules);
        let signs_itself = signs_itself && !asked.attributes.is_empty();
        let der = if signs_itself { self_sign(&template, key) } else { CA.issue_under(&rules, &template, key.public()) };
        let der = der.unwrap();
        let (rest, read) = X509Certificate::from_der(&der).unwrap();
        prop_assert!(rest.is_empty());

        let mut subject = Subject::empty();
        for attribute in read.subject().iter_attributes() {
            let kind = attribute_of(&attribute.attr_type().to_id_string());
            subject.push(kind, attribute.as_str().unwrap()).unwrap();
        }
        prop_assert_eq!(subject, asked.spec().subject);
        let serial: Vec<u8> = read.raw_serial().iter().copied().skip_while(|byte| *byte == 0).collect();
        prop_assert_eq!(&serial, &asked.serial);
        let dates = (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
        prop_assert_eq!(dates, asked.dates);
        prop_assert_eq!(read.public_key().raw, key.public().spki());

        let (mut own_id, mut issuer_id) = (None, Vec::new());
        prop_assert_eq!(said(&read, &mut own_id, &mut issuer_id), expected(&asked, key));
        let (_, above) = X509Certificate::from_der(if signs_itself { &der } else { &CA.chain()[0] }).unwrap();
        prop_assert_eq!(read.issuer().as_raw(), above.subject().as_raw());
        let signer = if signs_itself { key } else { CA.key() };
        prop_assert_eq!(&issuer_id, signer.public().key_id().as_slice());
        prop_assert_eq!(own_id.unwrap(), key.public().key_id().as_slice());
        let spki = SubjectPublicKeyInfoDer::from(above.public_key().raw);
        let signer = webpki::RawPublicKeyEntity::try_from(&spki).unwrap();
        let good = |algorithm: &&dyn rustls_pki_types::SignatureVerificationAlgorithm| {
            signer.verify_signature(*algorithm, read.tbs_certificate.as_ref(), &read.signature_value.data).is_ok()
        };
        prop_assert!(webpki::ALL_VERIFICATION_ALGS.iter().any(good));
    }
}
