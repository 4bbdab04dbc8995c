//! A key as it is shown: its public half.

use serde::Serialize;

use super::text;
use super::warnings::weak_key;
use crate::certificate::fingerprint::pin;
use crate::certificate::{Detail, Key, public_key};
use crate::key::PublicKey;

/// A key, of which only the public half is ever shown. Its JSON is `latchkey.key/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    schema: &'static str,
    /// The file it came from.
    pub file: String,
    /// `private` or `public`: which half is in the file.
    pub kind: &'static str,
    /// What a person should know first.
    pub warnings: Vec<String>,
    /// Its kind, in words.
    pub algorithm: String,
    /// Its size in bits, where the kind is known.
    pub bits: Option<u32>,
    /// SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal.
    pub sha256: String,
    /// The same as `curl --pinnedpubkey` takes it.
    pub pin: String,
    /// How the private key is protected, each way once; empty where it lies in the clear, or is none.
    pub protection: Vec<String>,
    /// The numbers of the public key.
    pub public_key: Detail,
}

impl KeyReport {
    /// What there is to say of a key. Of a private one `private` is how it is protected.
    pub fn of(file: &str, key: &PublicKey, private: Option<Vec<String>>) -> Self {
        let read = Key::from_spki(key.spki());
        Self {
            schema: "latchkey.key/1",
            file: file.to_owned(),
            kind: if private.is_some() { "private" } else { "public" },
            warnings: read.as_ref().and_then(weak_key).into_iter().collect(),
            algorithm: key.title(),
            bits: key.algorithm().map(crate::key::Algorithm::bits).or_else(|| read?.bits),
            sha256: key.sha256(),
            pin: pin(key.spki()),
            protection: private.unwrap_or_default(),
            public_key: public_key(key.spki()),
        }
    }

    /// The same with what there is to say of the file that it came from.
    #[must_use]
    pub fn warn(mut self, warning: Option<String>) -> Self {
        self.warnings.extend(warning);
        self
    }

    /// As text.
    pub fn text(&self) -> String {
        text::key(self)
    }

    /// As text, with its numbers.
    pub fn full_text(&self) -> String {
        text::full_key(self)
    }
}
