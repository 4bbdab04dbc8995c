//! What is kept of a certificate that is not loaded: enough to choose it and to speak of it.

use std::net::IpAddr;

use jiff::Timestamp;
use pki::certificate::{Inspected, ParseError};

use super::kind::Kind;

/// The first certificate of a chain, in a few hundred bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) dns: Box<[Box<str>]>,
    pub(super) addresses: Box<[IpAddr]>,
    pub(super) issuer: Box<str>,
    pub(super) serial: Box<str>,
    pub(super) fingerprint: Box<str>,
    pub(super) key: Box<str>,
    pub(super) kind: Kind,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Leaf {
    pub(super) fn read(der: &[u8]) -> Result<Self, ParseError> {
        let read = Inspected::from_der(der)?;
        Ok(Self {
            dns: read.names.dns.into_iter().map(Into::into).collect(),
            addresses: read.names.ip.into(),
            issuer: read.issuer.text.into(),
            serial: read.serial.into(),
            fingerprint: read.fingerprint.into(),
            kind: Kind::of(&read.key),
            key: read.key.name.into(),
            not_before: read.not_before,
            not_after: read.not_after,
        })
    }

    /// DNS names and addresses.
    pub(super) fn names(&self) -> Vec<String> {
        self.dns.iter().map(ToString::to_string).chain(self.addresses.iter().map(ToString::to_string)).collect()
    }

    /// How a sentence calls it: by its first name, else by its serial number.
    pub(super) fn label(&self) -> String {
        self.names().into_iter().next().unwrap_or_else(|| format!("serial {}", self.serial))
    }

    /// Whether `at` lies within its dates.
    pub(super) fn is_valid_at(&self, at: Timestamp) -> bool {
        (self.not_before.as_second()..=self.not_after.as_second()).contains(&at.as_second())
    }

    /// Whether clients that are shown `other` in its place get what they were chosen for.
    pub(super) fn serves_as(&self, other: &Self) -> bool {
        self.dns == other.dns && self.kind == other.kind
    }
}
