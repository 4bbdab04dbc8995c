//! DER structures told apart by their outermost tags.

use super::tlv::{BIT_STRING, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, UTC_TIME, element};

/// What a DER structure is. A guess that the real parser confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Certificate,
    Request,
    Crl,
    PrivateKey,
    EncryptedKey,
    PublicKey,
    Pkcs12,
    Pkcs7,
}

const VERSION: u8 = 0xa0;

impl Shape {
    /// The shape of the first structure in `bytes`, its own bytes, and those after it.
    pub(super) fn of(bytes: &[u8]) -> Option<(Self, &[u8], &[u8])> {
        let (tag, body, rest) = element(bytes)?;
        if tag != SEQUENCE {
            return None;
        }
        Some((Self::of_body(body)?, &bytes[..bytes.len() - rest.len()], rest))
    }

    fn of_body(body: &[u8]) -> Option<Self> {
        let (first, inner, rest) = element(body)?;
        match first {
            // SubjectPublicKeyInfo and EncryptedPrivateKeyInfo begin with an algorithm, and differ in what follows.
            SEQUENCE if inner.first() == Some(&OID) => match element(rest)?.0 {
                BIT_STRING => Some(Self::PublicKey),
                OCTET_STRING => Some(Self::EncryptedKey),
                _ => None,
            },
            SEQUENCE => Self::of_signed(inner),
            INTEGER if inner == [3] && rest.first() == Some(&SEQUENCE) => Some(Self::Pkcs12),
            INTEGER => Some(Self::PrivateKey),
            OID => Some(Self::Pkcs7),
            _ => None,
        }
    }

    /// Which of the structures that are signed (RFC 5280 sections 4.1 and 5.1, RFC 2986 section 4.1) this is, by
    /// the tags of its first fields.
    fn of_signed(fields: &[u8]) -> Option<Self> {
        let mut tags = [0; 4];
        let mut rest = fields;
        for tag in &mut tags {
            // The optional fields at the end may be missing.
            let Some((found, _, after)) = element(rest) else { break };
            (*tag, rest) = (found, after);
        }
        match tags {
            [VERSION, INTEGER, ..] => Some(Self::Certificate),
            [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME]
            | [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, _] => Some(Self::Crl),
            // Of version 1: serial number, algorithm, issuer, dates.
            [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE] => Some(Self::Certificate),
            // Version, subject, key, attributes.
            [INTEGER, SEQUENCE, SEQUENCE, _] => Some(Self::Request),
            _ => None,
        }
    }
}
