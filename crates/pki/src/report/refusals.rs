//! Who would refuse a certificate for what it is, wherever it is shown and whoever issued it.
//!
//! What OpenSSL says here of its strict checks is held against OpenSSL itself, and what rustls says comes from it.

use rustls_pki_types::CertificateDer;
use serde::Serialize;

use crate::certificate::{Detail, Extension, Inspected, KeyAlgorithm, Parsed, Particulars, Purpose, Usage};

/// Somebody who would not take a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Who.
    pub who: &'static str,
    /// Why; continues a sentence that begins with the certificate.
    pub why: String,
}

const RUSTLS: &str = "rustls";
/// What `X509_V_FLAG_X509_STRICT` asks for, and Python's default context since 3.13.
const STRICT: &str = "Python from 3.13 on, and OpenSSL with -x509_strict";
const DEBIAN: &str = "OpenSSL as Debian and Ubuntu set it";
const CHROMIUM: &str = "Chromium and what is built on it";
const APPLE: &str = "Apple's systems";

/// Seconds of the 825 days that Apple allows a server's certificate, whoever issued it.
const APPLES_LIFE: i64 = 825 * 86_400;
/// 2019-07-01, from when on what was issued is held to that.
const APPLES_BEGIN: i64 = 1_561_939_200;

/// Everybody known here who would refuse it.
pub(super) fn refusals(parsed: &Parsed<'_>, it: &Inspected, rest: &Particulars) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut add = |who, why: String| found.push(Refusal { who, why });
    if let Err(error) = readable_by_rustls(parsed.der, it) {
        add(RUSTLS, in_words(&error));
    }
    // OpenSSL checks nothing strictly that is its own anchor.
    if let Some(why) = strict(parsed, it, rest).filter(|_| it.authority.ca || !it.self_signed) {
        add(STRICT, why);
    }
    let rsa_bits = it.key.bits.filter(|_| it.key.algorithm == KeyAlgorithm::Rsa);
    if rsa_bits.is_some_and(|bits| bits < 2048) {
        add(DEBIAN, format!("its key is {}, and 2048 bits are the least", it.key));
    } else if it.signature_algorithm.broken && !it.self_signed {
        add(DEBIAN, format!("it is signed with {}", it.signature_algorithm));
    }
    if is_servers(it) {
        add_browsers(it, &mut add);
    }
    found
}

fn is_servers(it: &Inspected) -> bool {
    !it.authority.ca && it.allows(&Purpose::ServerAuth) && (it.extended_key_usage.is_some() || !it.names.is_empty())
}

fn add_browsers(it: &Inspected, add: &mut impl FnMut(&'static str, String)) {
    let is_p521 = it.key.curve.as_deref() == Some("P-521");
    if is_p521 || matches!(it.key.algorithm, KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448) {
        add(CHROMIUM, format!("its key is {}, whose signatures they do not take", it.key));
    }
    let life = it.not_after.as_second().saturating_sub(it.not_before.as_second());
    if it.not_before.as_second() >= APPLES_BEGIN {
        if life > APPLES_LIFE {
            add(APPLE, format!("it is for {} days, and a server's may be for 825", life / 86_400));
        } else if it.extended_key_usage.is_none() {
            add(APPLE, "it does not say that it is for servers (extendedKeyUsage serverAuth)".to_owned());
        }
    }
}

fn readable_by_rustls(der: &[u8], it: &Inspected) -> Result<(), webpki::Error> {
    let der = CertificateDer::from(der);
    if it.self_signed && it.authority.ca {
        return webpki::anchor_from_trusted_cert(&der).map(|_| ());
    }
    webpki::EndEntityCert::try_from(&der).map(|_| ())
}

fn in_words(error: &webpki::Error) -> String {
    use webpki::Error as E;
    let words = match error {
        E::UnsupportedCertVersion => "it is not of version 3",
        E::UnsupportedCriticalExtension => "it has a critical extension that it does not know",
        E::ExtensionValueInvalid => "an extension is malformed or there twice",
        E::MalformedExtensions => "its extensions are malformed",
        E::InvalidSerialNumber => "its serial number is malformed or too long",
        E::BadDerTime => "its dates are malformed",
        E::TrailingData(_) => "there is more data than belongs there",
        E::SignatureAlgorithmMismatch => "the signature algorithm inside it is not the one outside",
        E::MalformedDnsIdentifier => "one of its DNS names is malformed",
        _ => return format!("it is malformed ({error})"),
    };
    words.to_owned()
}

/// The first of OpenSSL's strict checks that fails, which are those of RFC 5280 on the certificate alone.
fn strict(parsed: &Parsed<'_>, it: &Inspected, rest: &Particulars) -> Option<String> {
    let has = |oid: &str| rest.extensions.iter().find(|extension| extension.oid == oid);
    let basic = has("2.5.29.19");
    let names = has("2.5.29.17");
    let (ca, certificates, lists) =
        (it.authority.ca, explicitly(it, Usage::KeyCertSign), explicitly(it, Usage::CrlSign));
    let why = if parsed.x509.tbs_certificate.signature != parsed.x509.signature_algorithm {
        "the signature algorithm inside it is not the one outside"
    } else if it.authority.path_length.is_some() && !ca {
        "it has a path length and is no CA's"
    } else if it.authority.path_length.is_some() && it.key_usage.is_some() && !certificates {
        "it has a path length, and its keyUsage has no keyCertSign"
    } else if ca && basic.is_some_and(|basic| !basic.critical) {
        "it is a CA's, and its basicConstraints are not critical"
    } else if ca && it.key_usage.is_none() {
        "it is a CA's, and has no keyUsage"
    } else if !ca && certificates {
        "its keyUsage has keyCertSign, and it is no CA's"
    } else if it.issuer.text.is_empty() {
        "its issuer has no name"
    } else if it.subject.text.is_empty() && (ca || lists || names.is_none()) {
        "its subject has no name"
    } else if it.subject.text.is_empty() && names.is_some_and(|names| !names.critical) {
        "its subject has no name, and its subjectAltName is not critical"
    } else if names.is_some_and(is_empty_list) {
        "its subjectAltName is empty"
    } else if has("2.5.29.35").is_some_and(|id| id.critical) {
        "its authorityKeyIdentifier is critical"
    } else if has("2.5.29.14").is_some_and(|id| id.critical) {
        "its subjectKeyIdentifier is critical"
    } else if it.version >= 3 && it.authority_key_id.is_none() && !it.self_signed {
        "it has no authorityKeyIdentifier with a key's"
    } else if it.version >= 3 && ca && it.subject_key_id.is_none() {
        "it is a CA's, and has no subjectKeyIdentifier"
    } else if it.version < 3 && !rest.extensions.is_empty() {
        "it has extensions, and is not of version 3"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// Whether keyUsage is there and has it.
fn explicitly(it: &Inspected, usage: Usage) -> bool {
    it.key_usage.is_some() && it.may(usage)
}

fn is_empty_list(extension: &Extension) -> bool {
    matches!(&extension.value, Some(Detail::List(items)) if items.is_empty())
}
