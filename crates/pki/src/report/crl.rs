//! A revocation list as it is shown.

use jiff::Timestamp;
use serde::Serialize;

use super::text;
use crate::certificate::{Inspected, Parsed, Signature};
use crate::crl::Listing;
use crate::words::{date, span};

/// Revocation lists of one or more files. Its JSON is `latchkey.crls/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrlsReport {
    schema: &'static str,
    /// Each list.
    pub crls: Vec<CrlReport>,
}

/// One list of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrlReport {
    /// The file it came from.
    pub file: String,
    /// Its place among the lists of the file, from 1.
    pub position: usize,
    /// What a person should know first.
    pub warnings: Vec<String>,
    /// Whether the issuer that was named signed it.
    pub signed: Signed,
    /// What it says.
    #[serde(flatten)]
    pub listing: Listing,
}

/// Whether a list is its issuer's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    /// No issuer was named, so that nobody knows.
    NotChecked,
    /// By the issuer of this name.
    By(String),
    /// By none that was named; and why.
    NotProven(String),
}

impl CrlsReport {
    /// None yet.
    pub const fn new() -> Self {
        Self { schema: "latchkey.crls/1", crls: Vec::new() }
    }

    /// Adds one of a file. `issuers` are the certificates, in DER, one of which should have signed it.
    pub fn add(&mut self, file: &str, position: usize, der: &[u8], listing: Listing, issuers: &[&[u8]], at: Timestamp) {
        let signed = signed(der, &listing, issuers);
        let mut warnings = warnings(&listing, at);
        if let Signed::NotProven(why) = &signed {
            warnings.insert(0, why.clone());
        }
        self.crls.push(CrlReport { file: file.to_owned(), position, warnings, signed, listing });
    }

    /// Whether one of them is not of the issuer that was named.
    pub fn is_forged(&self) -> bool {
        self.crls.iter().any(|crl| matches!(crl.signed, Signed::NotProven(_)))
    }

    /// As text, with the first of what they revoke.
    pub fn text(&self) -> String {
        text::crls(self)
    }

    /// As text, with everything that is in them.
    pub fn full_text(&self) -> String {
        text::full_crls(self)
    }
}

impl Default for CrlsReport {
    fn default() -> Self {
        Self::new()
    }
}

fn signed(der: &[u8], listing: &Listing, issuers: &[&[u8]]) -> Signed {
    if issuers.is_empty() {
        return Signed::NotChecked;
    }
    let named: Vec<Parsed<'_>> = issuers.iter().filter_map(|der| Parsed::from_der(der).ok()).collect();
    let named: Vec<&Parsed<'_>> = named.iter().filter(|issuer| issuer.subject() == listing.issuer_der).collect();
    let verdicts = named.iter().map(|issuer| (listing.is_signed_by(der, issuer.public_key()), issuer));
    let mut why = format!("none of the issuers that were named is its issuer, {}", listing.issuer);
    for (verdict, issuer) in verdicts {
        why = match verdict {
            Signature::Good => return Signed::By(Inspected::of(issuer).label()),
            Signature::Bad => {
                "its signature is not by the key of the issuer that was named: it was changed or forged".to_owned()
            }
            Signature::Unsupported => format!("its signature, {}, cannot be checked here", listing.signature_algorithm),
        };
    }
    Signed::NotProven(why)
}

fn warnings(listing: &Listing, at: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    match listing.next_update {
        None => warnings.push("it has no nextUpdate, so nobody can tell when it is too old".to_owned()),
        Some(next) if at > next => {
            warnings.push(format!("it should have been replaced on {}, {} ago", date(next), span(next, at)));
        }
        Some(_) => {}
    }
    if at < listing.this_update {
        let begin = listing.this_update;
        warnings.push(format!("it is made on {}, which is {} from now", date(begin), span(at, begin)));
    }
    if listing.signature_algorithm.broken {
        warnings.push(format!("the signature rests on a broken hash: {}", listing.signature_algorithm));
    }
    if listing.issuer.text.is_empty() {
        warnings.push("its issuer has no name".to_owned());
    }
    let has = |oid: &str| listing.extensions.iter().any(|extension| extension.oid == oid);
    if listing.version == 1 {
        warnings.push("it is of version 1, which has neither a number nor reasons".to_owned());
    } else {
        if !has("2.5.29.20") {
            warnings.push("it has no number (cRLNumber)".to_owned());
        }
        if !has("2.5.29.35") {
            warnings.push("it does not say which key signed it (authorityKeyIdentifier)".to_owned());
        }
    }
    if has("2.5.29.27") {
        warnings.push("it is a delta CRL, which only changes another list, and is not taken here".to_owned());
    }
    let unreadable = listing.extensions.iter().filter(|extension| extension.error.is_some());
    warnings.extend(unreadable.map(|extension| format!("its extension {} cannot be read", extension.label())));
    let unknown = listing.extensions.iter().filter(|extension| extension.critical && extension.bytes.is_some());
    warnings.extend(
        unknown
            .filter(|extension| extension.error.is_none())
            .map(|extension| format!("it has a critical extension that is not known here: {}", extension.label())),
    );
    warnings
}
