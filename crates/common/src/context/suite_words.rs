//! The vocabulary of cipher strings: the suites that can be had, the classes of OpenSSL, and why the rest is not there.

use rustls::CipherSuite;

/// A suite that can be had, and what OpenSSL's classes ask of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) suite: CipherSuite,
    pub(super) openssl: &'static str,
    pub(super) iana: &'static str,
    authentication: Authentication,
    cipher: Cipher,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authentication {
    /// TLS 1.3, where the suite says nothing of it.
    Any,
    Ecdsa,
    Rsa,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Aes128,
    Aes256,
    ChaCha20,
}

const fn entry(
    suite: CipherSuite,
    iana: &'static str,
    openssl: &'static str,
    authentication: Authentication,
    cipher: Cipher,
) -> Entry {
    Entry { suite, openssl, iana, authentication, cipher }
}

/// Every suite of both providers, in our order: AES-128-GCM first, because SHA-256 has hardware where SHA-384 has not.
pub(super) const ENTRIES: &[Entry] = &[
    entry(
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_128_GCM_SHA256",
        Authentication::Any,
        Cipher::Aes128,
    ),
    entry(
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_256_GCM_SHA384",
        Authentication::Any,
        Cipher::Aes256,
    ),
    entry(
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        Authentication::Any,
        Cipher::ChaCha20,
    ),
    entry(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        Authentication::Ecdsa,
        Cipher::Aes128,
    ),
    entry(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        Authentication::Rsa,
        Cipher::Aes128,
    ),
    entry(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        Authentication::Ecdsa,
        Cipher::Aes256,
    ),
    entry(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        Authentication::Rsa,
        Cipher::Aes256,
    ),
    entry(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        Authentication::Ecdsa,
        Cipher::ChaCha20,
    ),
    entry(
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "ECDHE-RSA-CHACHA20-POLY1305",
        Authentication::Rsa,
        Cipher::ChaCha20,
    ),
];

impl Entry {
    pub(super) fn is_tls13(&self) -> bool {
        self.authentication == Authentication::Any
    }

    pub(super) fn strength(&self) -> u16 {
        match self.cipher {
            Cipher::Aes128 => 128,
            Cipher::Aes256 | Cipher::ChaCha20 => 256,
        }
    }
}

/// What one word of a cipher string means.
pub(super) enum Word {
    /// One suite by its name.
    Suite(&'static Entry),
    /// A class of TLS 1.2 suites. As in OpenSSL, classes say nothing of TLS 1.3's suites.
    Class(fn(&Entry) -> bool),
    /// A class or suite that exists and cannot be had here, and why.
    Unavailable(&'static str),
    /// No word of the language.
    Unknown,
}

impl Word {
    pub(super) fn of(text: &str) -> Self {
        if let Some(entry) = ENTRIES.iter().find(|entry| entry.openssl == text || entry.iana == text) {
            return Self::Suite(entry);
        }
        if let Some(class) = class(text) {
            return Self::Class(class);
        }
        if let Some(reason) = unavailable_class(text).or_else(|| unavailable_suite(text)) {
            return Self::Unavailable(reason);
        }
        Self::Unknown
    }
}

fn class(word: &str) -> Option<fn(&Entry) -> bool> {
    Some(match word {
        "ALL" | "DEFAULT" | "HIGH" | "FIPS" | "TLSv1.2" | "ECDHE" | "EECDH" | "kECDHE" | "kEECDH" | "ECDH" => {
            |entry| !entry.is_tls13()
        }
        "ECDSA" | "aECDSA" => |entry| entry.authentication == Authentication::Ecdsa,
        "aRSA" => |entry| entry.authentication == Authentication::Rsa,
        "AES" | "AESGCM" => |entry| !entry.is_tls13() && entry.cipher != Cipher::ChaCha20,
        "AES128" => |entry| !entry.is_tls13() && entry.cipher == Cipher::Aes128,
        "AES256" => |entry| !entry.is_tls13() && entry.cipher == Cipher::Aes256,
        "CHACHA20" => |entry| !entry.is_tls13() && entry.cipher == Cipher::ChaCha20,
        _ => return None,
    })
}

const NO_FORWARD_SECRECY: &str =
    "plain RSA key exchange is not forward secret: who gets the key later reads everything recorded (RFC 9325)";
const FINITE_FIELD: &str = "finite-field Diffie-Hellman is not implemented; ECDHE takes its place";
const CBC: &str = "CBC suites are not implemented: their padding has been attacked again and again (RFC 9325)";
const RC4: &str = "RC4 is broken and forbidden (RFC 7465)";
const SMALL_BLOCKS: &str = "64-bit blocks leak after some gigabytes (SWEET32)";
const NO_AUTHENTICATION: &str = "without authentication anybody can be the peer";
const NO_ENCRYPTION: &str = "it does not encrypt";
const SHARED_SECRETS: &str = "PSK and SRP suites are not implemented";
const RARE: &str = "the cipher is not implemented; AES-GCM and ChaCha20-Poly1305 are";
const EXPORT: &str = "export ciphers are broken by design";

fn unavailable_class(word: &str) -> Option<&'static str> {
    Some(match word {
        "RSA" | "kRSA" => NO_FORWARD_SECRECY,
        "DHE" | "EDH" | "kDHE" | "kEDH" | "DH" | "kDH" | "aDH" | "kDHd" | "kDHr" | "DSS" | "aDSS" => FINITE_FIELD,
        "SHA" | "SHA1" | "SHA256" | "SHA384" | "MD5" | "TLSv1" | "TLSv1.0" | "SSLv3" | "MEDIUM" => CBC,
        "RC4" => RC4,
        "3DES" | "DES" | "IDEA" | "LOW" => SMALL_BLOCKS,
        "aNULL" | "ADH" | "AECDH" => NO_AUTHENTICATION,
        "eNULL" | "NULL" | "COMPLEMENTOFALL" => NO_ENCRYPTION,
        "PSK" | "kPSK" | "kECDHEPSK" | "kDHEPSK" | "kRSAPSK" | "aPSK" | "SRP" | "kSRP" | "aSRP" => SHARED_SECRETS,
        "EXP" | "EXPORT" | "EXPORT40" | "EXPORT56" => EXPORT,
        "CAMELLIA"
        | "CAMELLIA128"
        | "CAMELLIA256"
        | "ARIA"
        | "ARIA128"
        | "ARIA256"
        | "ARIAGCM"
        | "SEED"
        | "AESCCM"
        | "AESCCM8"
        | "GOST94"
        | "GOST89MAC"
        | "aGOST"
        | "kGOST"
        | "aGOST01"
        | "COMPLEMENTOFDEFAULT" => RARE,
        "kECDH" | "aECDH" | "kECDHr" | "kECDHe" => NO_FORWARD_SECRECY,
        _ => return None,
    })
}

/// The parts that names of suites are made of, in OpenSSL's spelling and IANA's.
const PARTS: &[&str] = &[
    "TLS",
    "SSL",
    "WITH",
    "ECDHE",
    "ECDH",
    "DHE",
    "EDH",
    "DH",
    "ADH",
    "AECDH",
    "ECDSA",
    "RSA",
    "DSS",
    "PSK",
    "SRP",
    "AES128",
    "AES256",
    "AES",
    "128",
    "256",
    "GCM",
    "CCM",
    "CCM8",
    "8",
    "CBC",
    "CBC3",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA384",
    "MD5",
    "RC4",
    "RC2",
    "DES",
    "3DES",
    "EDE",
    "CHACHA20",
    "POLY1305",
    "CAMELLIA128",
    "CAMELLIA256",
    "CAMELLIA",
    "ARIA128",
    "ARIA256",
    "ARIA",
    "SEED",
    "IDEA",
    "NULL",
    "EXP",
    "EXPORT",
    "anon",
    "40",
    "56",
];

/// What the name of a suite ends with: its MAC, or the cipher that needs none.
const LAST_PARTS: &[&str] = &["SHA", "SHA1", "SHA256", "SHA384", "MD5", "POLY1305", "CCM", "CCM8", "8", "NULL"];

/// Whether `word` is the name of a suite that others have, and why it is not here.
fn unavailable_suite(word: &str) -> Option<&'static str> {
    let parts: Vec<&str> = word.split(['-', '_']).collect();
    let ends_as_one = parts.last().is_some_and(|last| LAST_PARTS.contains(last));
    if parts.len() < 2 || !ends_as_one || !parts.iter().all(|part| PARTS.contains(part)) {
        return None;
    }
    let has = |part: &str| parts.contains(&part);
    Some(if has("RC4") {
        RC4
    } else if has("NULL") {
        NO_ENCRYPTION
    } else if has("EXP") || has("EXPORT") {
        EXPORT
    } else if has("3DES") || has("DES") || has("IDEA") || has("RC2") {
        SMALL_BLOCKS
    } else if has("anon") || has("ADH") || has("AECDH") {
        NO_AUTHENTICATION
    } else if has("PSK") || has("SRP") {
        SHARED_SECRETS
    } else if has("DHE") || has("EDH") || has("DH") {
        FINITE_FIELD
    } else if !has("ECDHE") && !word.starts_with("TLS_AES") {
        NO_FORWARD_SECRECY
    } else if has("GCM") || has("CCM") || has("CCM8") || has("CHACHA20") {
        RARE
    } else {
        CBC
    })
}
