//! Extensions decoded for showing: those of RFC 5280 and its updates, of Certificate Transparency, and those that
//! Netscape and Microsoft made; any other by its OID and its bytes.

mod access;
mod constraints;
mod distribution;
mod identifiers;
mod names;
mod policies;
mod registry;
mod revocation;
mod transparency;
mod usage;
mod vendors;

use data_encoding::HEXLOWER;
use serde::Serialize;

use super::detail::Detail;
use super::element::{Element, Unreadable, flag_of};

pub(crate) use registry::word;

/// An extension as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// What it is, by OID.
    pub oid: String,
    /// What RFC 5280 and others call it; none where it is not known.
    pub name: Option<&'static str>,
    /// Whether a verifier that does not understand it must refuse.
    pub critical: bool,
    /// What it says; none where it is not known or cannot be read.
    pub value: Option<Detail>,
    /// Why it cannot be read, where it is known.
    pub error: Option<String>,
    /// Its bytes in hexadecimal, where there is no value.
    pub bytes: Option<String>,
}

impl Extension {
    /// Decodes what is in an extension of this OID.
    pub(crate) fn decode(oid: String, critical: bool, bytes: &[u8]) -> Self {
        let known = registry::find(&oid);
        let name = known.map(|(name, _)| name).or_else(|| registry::word(&oid));
        let (value, error) = match known.map(|(_, decode)| decode(bytes)) {
            None => (None, None),
            Some(Ok(value)) => (Some(value), None),
            Some(Err(why)) => (None, Some(why.to_string())),
        };
        let bytes = value.is_none().then(|| HEXLOWER.encode(bytes));
        Self { oid, name, critical, value, error, bytes }
    }

    /// Reads `Extensions` (RFC 5280 section 4.1): each one that has the form of an extension.
    pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Unreadable> {
        Element::sequence(bytes)?.iter().map(Self::read).collect()
    }

    fn read(element: &Element<'_>) -> Result<Self, Unreadable> {
        let parts = element.children()?;
        let (oid, critical, value) = match parts.as_slice() {
            [oid, value] => (oid, false, value),
            [oid, critical, value] => (oid, flag_of(critical.content())?, value),
            _ => return Err(Unreadable::new("an extension has not two or three parts")),
        };
        Ok(Self::decode(oid.oid()?, critical, value.octets()?))
    }

    /// What a person calls it: its name, else its OID.
    pub fn label(&self) -> &str {
        self.name.unwrap_or(&self.oid)
    }
}

#[cfg(test)]
mod tests;
