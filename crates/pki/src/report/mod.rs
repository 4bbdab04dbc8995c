//! Certificates, requests and keys as a person and a program see them: one value, rendered as text or as JSON.

mod json;
mod text;

use jiff::Timestamp;
use serde::Serialize;

pub use json::json;

use crate::certificate::fingerprint::pin;
use crate::certificate::{Inspected, Name, Names, Purpose};
use crate::key::PublicKey;
use crate::request::Request;
use crate::words::{date, span};

/// The certificates of one or more files. Its JSON is `latchkey.certificates/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificates {
    schema: &'static str,
    /// Each of them.
    pub certificates: Vec<Certificate>,
}

/// One certificate of a file, with what it is worth at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The file it came from.
    pub file: String,
    /// Its place in the file, from 1.
    pub position: usize,
    /// What a person should know first.
    pub warnings: Vec<String>,
    /// Whole days until it expires; negative once it has.
    pub days_left: i64,
    /// What it says.
    #[serde(flatten)]
    pub inspected: Inspected,
}

impl Certificates {
    /// None yet.
    pub const fn new() -> Self {
        Self { schema: "latchkey.certificates/1", certificates: Vec::new() }
    }

    /// Adds one from a file.
    pub fn add(&mut self, file: &str, position: usize, inspected: Inspected, at: Timestamp) {
        self.certificates.push(Certificate {
            file: file.to_owned(),
            position,
            warnings: warnings(&inspected, at),
            days_left: inspected.days_left(at),
            inspected,
        });
    }

    /// As text, in the order a person asks.
    pub fn text(&self) -> String {
        text::certificates(self)
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

/// A request for a certificate. Its JSON is `latchkey.request/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestReport {
    schema: &'static str,
    /// The file it came from.
    pub file: String,
    /// Whose certificate it is to be.
    pub subject: Name,
    /// The names asked for.
    pub names: Names,
    /// The key, in words.
    pub key: String,
    /// The key's pin.
    pub pin: String,
    /// The extensions asked for, by name or OID.
    pub extensions: Vec<String>,
    /// Whether its sender holds the private key.
    pub possession: Possession,
}

/// Whether a request's signature proves that its sender holds the private key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Possession {
    /// It does.
    Proven,
    /// It does not, or it cannot be checked; and why.
    NotProven(String),
}

impl RequestReport {
    /// What a request says, its signature checked.
    pub fn of(file: &str, request: &Request) -> Self {
        Self {
            schema: "latchkey.request/1",
            file: file.to_owned(),
            subject: request.subject_name.clone(),
            names: request.all_names.clone(),
            key: request.key.title(),
            pin: pin(request.key.spki()),
            extensions: request.extensions.iter().map(|extension| extension.name.clone()).collect(),
            possession: match request.check_possession() {
                Ok(()) => Possession::Proven,
                Err(why) => Possession::NotProven(why.to_string()),
            },
        }
    }

    /// As text.
    pub fn text(&self) -> String {
        text::request(self)
    }
}

/// A key, of which only the public half is ever shown. Its JSON is `latchkey.key/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    schema: &'static str,
    /// The file it came from.
    pub file: String,
    /// Its kind, in words.
    pub algorithm: String,
    /// Its size in bits, where the kind is known.
    pub bits: Option<u32>,
    /// SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal.
    pub sha256: String,
    /// The same as `curl --pinnedpubkey` takes it.
    pub pin: String,
}

impl KeyReport {
    /// What there is to say of a key.
    pub fn of(file: &str, key: &PublicKey) -> Self {
        Self {
            schema: "latchkey.key/1",
            file: file.to_owned(),
            algorithm: key.title(),
            bits: key.algorithm().map(crate::key::Algorithm::bits),
            sha256: key.sha256(),
            pin: pin(key.spki()),
        }
    }

    /// As text.
    pub fn text(&self) -> String {
        text::key(self)
    }
}

/// What a person should know of a certificate before anything else.
pub fn warnings(certificate: &Inspected, at: Timestamp) -> Vec<String> {
    let it = certificate;
    let mut warnings = Vec::new();
    if it.not_before > it.not_after {
        warnings.push(format!("ends on {}, before it begins on {}", date(it.not_after), date(it.not_before)));
    } else if at > it.not_after {
        warnings.push(format!("expired on {}, {} ago", date(it.not_after), span(it.not_after, at)));
    } else if at < it.not_before {
        warnings.push(format!("not valid before {}, {} from now", date(it.not_before), span(at, it.not_before)));
    }
    if crate::verify::is_weak(&it.key) {
        warnings.push(format!("the key is weak or of a kind that TLS does not take: {}", it.key));
    }
    if it.signature_algorithm.broken && !it.self_signed {
        warnings.push(format!("the signature rests on a broken hash: {}", it.signature_algorithm));
    }
    if !it.authority.ca && it.allows(&Purpose::ServerAuth) && it.names.is_empty() {
        warnings.push("it has no subjectAltName, so as a server's it is for no name".to_owned());
    }
    if it.version != 3 {
        warnings.push(format!("it is of version {}, and verifiers take only version 3", it.version));
    }
    if !it.unknown_critical.is_empty() {
        warnings
            .push(format!("it has critical extensions that are not known here: {}", it.unknown_critical.join(", ")));
    }
    if !it.unreadable.is_empty() {
        warnings
            .push(format!("it has extensions that cannot be read or are there twice: {}", it.unreadable.join(", ")));
    }
    warnings
}
