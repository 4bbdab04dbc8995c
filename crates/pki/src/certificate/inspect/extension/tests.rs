//! Every extension as OpenSSL writes it is decoded to what it was written from; and any bytes give words.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::certificate::Particulars;

/// What OpenSSL is given, and what is read of it.
const EVERYTHING: &str = "
[everything]
basicConstraints = critical, CA:TRUE, pathlen:3
keyUsage = critical, digitalSignature, keyCertSign, cRLSign, decipherOnly
extendedKeyUsage = serverAuth, msSmartcardLogin, 1.2.3.4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer:always
subjectAltName = DNS:a.example, DNS:*.b.example, IP:10.0.0.1, IP:2001:db8::1, email:joe@a.example, \
URI:spiffe://a/b, RID:1.2.3, dirName:directory, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:joe@corp.example
issuerAltName = URI:https://ca.example/
nameConstraints = critical, permitted;DNS:a.example, permitted;IP:10.0.0.0/255.0.0.0, excluded;email:.b.example, \
excluded;IP:2001:db8::/ffff:ffff::, excluded;dirName:directory
certificatePolicies = 2.23.140.1.2.1, @policy
policyMappings = 1.2.3:1.2.4
policyConstraints = requireExplicitPolicy:0, inhibitPolicyMapping:2
inhibitAnyPolicy = 1
crlDistributionPoints = point, relative
freshestCRL = URI:http://a.example/delta.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example/, caIssuers;URI:http://a.example/ca.crt
subjectInfoAccess = caRepository;URI:http://a.example/
tlsfeature = status_request, 17, 42
noCheck = ignored
nsCertType = server, objCA
nsComment = a comment
1.3.6.1.5.5.7.48.1.9 = DER:0500
2.5.29.56 = DER:0500
2.5.29.16 = ASN1:SEQUENCE:period
2.5.29.9 = ASN1:SEQUENCE:directory_attributes
1.3.6.1.4.1.311.20.2 = ASN1:BMP:WebServer
1.3.6.1.4.1.311.21.7 = ASN1:SEQUENCE:template
1.3.6.1.5.5.7.1.3 = ASN1:SEQUENCE:statements
1.3.6.1.4.1.11129.2.4.3 = critical, DER:0500
1.2.3.4.5 = critical, DER:0c0568656c6c6f

[directory]
O = Example, Inc.
CN = a
[policy]
policyIdentifier = 1.2.3.4
CPS.1 = https://a.example/cps
userNotice.1 = @notice
[notice]
explicitText = UTF8:be careful
organization = Example
noticeNumbers = 1, 2
[point]
fullname = URI:http://a.example/1.crl, URI:http://b.example/1.crl
CRLissuer = dirName:directory
reasons = keyCompromise, CACompromise
[relative]
relativename = relative_name
[relative_name]
CN = part
[period]
from = IMP:0, GENTIME:20260101000000Z
to = IMP:1, GENTIME:20270101000000Z
[directory_attributes]
one = SEQUENCE:birth
[birth]
type = OID:1.3.6.1.5.5.7.9.1
values = SET:birth_values
[birth_values]
value = GENTIME:19700101000000Z
[template]
oid = OID:1.3.6.1.4.1.311.21.8.1
major = INT:100
minor = INT:2
[statements]
one = SEQUENCE:statement
[statement]
id = OID:0.4.0.1862.1.1
";

fn openssl(directory: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(directory).args(arguments).output().expect("openssl is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate with every extension, made by OpenSSL.
fn everything() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    std::fs::write(at.join("extensions.cnf"), EVERYTHING).unwrap();
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl(at, &[&["req", "-x509", "-subj", "/CN=issuer", "-keyout", "ca.key", "-out", "ca.pem"], &key[..]].concat());
    openssl(at, &[&["req", "-new", "-subj", "/CN=all", "-keyout", "key.pem", "-out", "csr.pem"], &key[..]].concat());
    let sign = ["x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "77"];
    let with = ["-extfile", "extensions.cnf", "-extensions", "everything", "-outform", "DER", "-out", "all.der"];
    openssl(at, &[&sign[..], &with].concat());
    std::fs::read(at.join("all.der")).unwrap()
}

#[test]
fn what_openssl_wrote_is_what_is_read() {
    let read = Particulars::from_der(&everything()).unwrap().extensions;
    let value = |name: &str| {
        let found = read.iter().find(|extension| extension.label() == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!(found.error, None, "{name}: {:?}", found.bytes);
        serde_json::to_value(found.value.as_ref()).unwrap()
    };
    for (name, expected) in expected() {
        assert_eq!(value(name), expected, "{name}");
    }
    let authority = value("authorityKeyIdentifier");
    assert_eq!(authority["issuer"], json!(["directory:CN=issuer"]));
    assert_eq!(authority["key_id"].as_str().map(str::len), Some(40));
    assert!(authority["serial"].is_string() && value("subjectKeyIdentifier").is_string());

    let unknown = read.iter().find(|extension| extension.oid == "1.2.3.4.5").unwrap();
    assert_eq!((unknown.name, unknown.critical, &unknown.value), (None, true, &None));
    assert_eq!(unknown.bytes.as_deref(), Some("0c0568656c6c6f"));
    assert_eq!(read.iter().filter(|extension| extension.critical).count(), 5);
}

fn expected() -> Vec<(&'static str, Value)> {
    let directory = "directory:CN=a,O=Example\\, Inc.";
    vec![
        ("basicConstraints", json!({"ca": true, "path_length": 3})),
        ("keyUsage", json!(["digitalSignature", "keyCertSign", "cRLSign", "decipherOnly"])),
        ("extendedKeyUsage", json!(["serverAuth", "msSmartcardLogon", "1.2.3.4"])),
        (
            "subjectAltName",
            json!([
                "DNS:a.example",
                "DNS:*.b.example",
                "IP:10.0.0.1",
                "IP:2001:db8::1",
                "email:joe@a.example",
                "URI:spiffe://a/b",
                "registeredID:1.2.3",
                directory,
                "otherName:userPrincipalName=joe@corp.example"
            ]),
        ),
        ("issuerAltName", json!(["URI:https://ca.example/"])),
        (
            "nameConstraints",
            json!({
                "permitted": ["DNS:a.example", "IP:10.0.0.0/8"],
                "excluded": ["email:.b.example", "IP:2001:db8::/32", directory],
            }),
        ),
        (
            "certificatePolicies",
            json!([
                {"policy": "cabfDomainValidated"},
                {"policy": "1.2.3.4", "qualifiers": [
                    {"cps": "https://a.example/cps"},
                    {"notice": {"organization": "Example", "numbers": [1, 2], "text": "be careful"}},
                ]},
            ]),
        ),
        ("policyMappings", json!([{"issuer_policy": "1.2.3", "subject_policy": "1.2.4"}])),
        ("policyConstraints", json!({"require_explicit_policy": 0, "inhibit_policy_mapping": 2})),
        ("inhibitAnyPolicy", json!(1)),
        (
            "cRLDistributionPoints",
            json!([
                {
                    "at": ["URI:http://a.example/1.crl", "URI:http://b.example/1.crl"],
                    "reasons": ["keyCompromise", "cACompromise"],
                    "crl_issuer": [directory],
                },
                {"relative_name": "CN=part"},
            ]),
        ),
        ("freshestCRL", json!([{"at": ["URI:http://a.example/delta.crl"]}])),
        (
            "authorityInfoAccess",
            json!([
                {"method": "ocsp", "location": "URI:http://ocsp.example/"},
                {"method": "caIssuers", "location": "URI:http://a.example/ca.crt"},
            ]),
        ),
        ("subjectInfoAccess", json!([{"method": "caRepository", "location": "URI:http://a.example/"}])),
        ("tlsFeature", json!(["status_request", "status_request_v2", "42"])),
        ("ocspNoCheck", json!(true)),
        ("nsCertType", json!(["SSL server", "object signing CA"])),
        ("nsComment", json!("a comment")),
        ("noRevAvail", json!(true)),
        ("privateKeyUsagePeriod", json!({"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"})),
        ("subjectDirectoryAttributes", json!([{"attribute": "dateOfBirth", "values": ["1970-01-01T00:00:00Z"]}])),
        ("msCertificateTemplateName", json!("WebServer")),
        (
            "msCertificateTemplate",
            json!({"template": "1.3.6.1.4.1.311.21.8.1", "major_version": 100, "minor_version": 2}),
        ),
        ("qcStatements", json!([{"statement": "qcCompliance"}])),
        ("ctPoison", json!(true)),
    ]
}

#[test]
fn a_signed_certificate_timestamp_is_read_field_by_field() {
    let log = [7; 32];
    let one = [&[0][..], &log, &1_700_000_000_123_u64.to_be_bytes(), &[0, 0], &[4, 3], &[0, 2], &[0xaa, 0xbb]].concat();
    let entry = [&u16::try_from(one.len()).unwrap().to_be_bytes()[..], &one].concat();
    let list = [&u16::try_from(entry.len()).unwrap().to_be_bytes()[..], &entry].concat();
    let der = [&[4, u8::try_from(list.len()).unwrap()][..], &list].concat();
    let decode = |bytes: &[u8]| Extension::decode("1.3.6.1.4.1.11129.2.4.2".to_owned(), false, bytes);
    assert_eq!(
        serde_json::to_value(decode(&der).value).unwrap(),
        json!([{
            "version": 1,
            "log_id": "07".repeat(32),
            "timestamp": "2023-11-14T22:13:20.123Z",
            "signature_algorithm": "ECDSA with SHA256",
            "signature": "aabb",
        }])
    );
    for length in 0..der.len() {
        assert!(decode(&der[..length]).error.is_some(), "{length}");
    }
}

#[test]
fn an_address_is_told_from_a_network_and_what_is_neither_is_bytes() {
    let names = |bytes: &[u8]| Extension::decode("2.5.29.17".to_owned(), false, bytes).value.unwrap();
    assert_eq!(names(&[0x30, 5, 0x87, 3, 1, 2, 3]), Detail::words(["IP:#010203"]));
    assert_eq!(names(&[0x30, 4, 0x82, 2, 0xc3, 0x28]), Detail::words(["DNS:#c328"]));
    assert_eq!(names(&[0x30, 4, 0x82, 2, b'a', 0x1b]), Detail::words(["DNS:a\\u{1b}"]));
    let holed = [0x30, 14, 0xa0, 12, 0x30, 10, 0x87, 8, 10, 0, 0, 0, 255, 0, 255, 0];
    let constraints = Extension::decode("2.5.29.30".to_owned(), true, &holed).value.unwrap();
    assert_eq!(constraints, Detail::Fields(vec![("permitted", Detail::words(["IP:10.0.0.0/255.0.255.0"]))]));
}

#[test]
fn what_follows_a_value_is_an_error_and_its_bytes_are_shown() {
    for oid in ["2.5.29.19", "2.5.29.15", "2.5.29.54", "2.5.29.35", "2.5.29.31"] {
        let read = Extension::decode(oid.to_owned(), false, &[0x30, 0, 0]);
        assert!(read.error.is_some() && read.value.is_none(), "{oid}");
        assert_eq!(read.bytes.as_deref(), Some("300000"), "{oid}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_value_or_an_error_and_their_bytes(
        which in any::<prop::sample::Index>(),
        tag in prop::sample::select(vec![0x30_u8, 0x03, 0x04, 0x02, 0x0c, 0x05]),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let known: Vec<&str> = registry::oids().collect();
        let element = [&[tag, u8::try_from(bytes.len()).unwrap()][..], &bytes].concat();
        for bytes in [bytes, element] {
            let read = Extension::decode(which.get(&known).to_string(), false, &bytes);
            prop_assert!(read.value.is_some() != read.bytes.is_some());
            let text = serde_json::to_string(&read).unwrap();
            prop_assert!(!text.chars().any(char::is_control), "{text}");
        }
    }
}
