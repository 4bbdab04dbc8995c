//! A certificate that may be part of a path: taken apart to be compared, and inspected to be judged.

use x509_parser::extensions::X509Extension;

use crate::certificate::{Inspected, ParseError, Parsed};

pub(super) struct Candidate<'a> {
    pub(super) parsed: Parsed<'a>,
    pub(super) inspected: Inspected,
}

impl<'a> Candidate<'a> {
    pub(super) fn from_der(der: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self::of(Parsed::from_der(der)?))
    }

    pub(super) fn of(parsed: Parsed<'a>) -> Self {
        let inspected = Inspected::of(&parsed);
        Self { parsed, inspected }
    }

    pub(super) fn extensions(&self) -> impl Iterator<Item = &X509Extension<'a>> {
        self.parsed.x509.extensions().iter()
    }

    /// Whether `issuer` bears the name of this one's issuer.
    pub(super) fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.parsed.issuer() == issuer.parsed.subject()
    }
}
