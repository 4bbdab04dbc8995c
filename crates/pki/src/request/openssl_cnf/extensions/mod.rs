//! The extensions that a section asks for (x509v3_config(5)), each in DER as OpenSSL would have it.

mod asn1;
mod constraints;
mod key_ids;
mod list;
mod names;
mod points;
mod policies;
mod usage;

use std::cell::{Cell, RefCell};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_CE_SUBJECT_ALT_NAME, ID_CE_SUBJECT_KEY_IDENTIFIER};
use der::Decode;
use der::asn1::OctetString;
use x509_cert::ext::Extension;

use self::list::Item;
use super::distinguished_name::Steps;
use super::document::{Document, Entry};
use super::objects::{Objects, nearest};
use super::problem::{CnfProblem, ENOUGH, shown};
use super::strings::Strings;
use crate::key::PublicKey;
use crate::request::SubjectAltName;
use crate::request::encode::{IA5_STRING, INTEGER, NULL, OCTET_STRING, element, sequence, signed};

/// How much one section of extensions may cost: each item, entry and value is a step.
const BUDGET: usize = 50_000;

/// What an extension may depend on.
pub(super) struct Context<'e> {
    pub(super) document: &'e Document,
    pub(super) objects: &'e Objects,
    pub(super) strings: Strings,
    /// The key that is certified.
    pub(super) key: &'e PublicKey,
    /// Whose it is; `email:move` takes addresses out of it.
    pub(super) subject: Steps,
    /// The serial number of a certificate that signs itself; none for a request.
    pub(super) serial: Option<&'e [u8]>,
    budget: Cell<usize>,
    notes: RefCell<Vec<String>>,
}

impl<'e> Context<'e> {
    pub(super) fn new(
        document: &'e Document,
        objects: &'e Objects,
        strings: Strings,
        key: &'e PublicKey,
        subject: Steps,
        serial: Option<&'e [u8]>,
    ) -> Self {
        Self { document, objects, strings, key, subject, serial, budget: Cell::new(BUDGET), notes: RefCell::default() }
    }

    /// What a person should know of what was asked for.
    pub(super) fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }

    pub(super) fn note(&self, note: String) {
        let note = shown(&note);
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Sections that name sections could cost without bound; beyond this nobody means it.
    fn spend(&self, at: &Entry, steps: usize) -> Result<(), CnfProblem> {
        match self.budget.get().checked_sub(steps) {
            Some(rest) => {
                self.budget.set(rest);
                Ok(())
            }
            None => Err(at.wrong("what it names, all sections together, is too much for one certificate")),
        }
    }

    fn oid(&self, item: &Item<'_>, text: &str) -> Result<ObjectIdentifier, CnfProblem> {
        self.objects.find(text.trim()).ok_or_else(|| {
            let problem = item.wrong(format_args!("`{}` is neither an OID nor a name of one", text.trim()));
            match self.objects.nearest(text.trim()) {
                Some(near) => problem.advise(format_args!("perhaps `{near}` is meant")),
                None => problem.advise("write it in numbers, or give it a name in `oid_section`"),
            }
        })
    }
}

/// The extensions of a section in its order, all problems at once.
pub(super) fn of_section<'e>(cx: &mut Context<'e>, entries: &[&'e Entry]) -> (Vec<Extension>, Vec<CnfProblem>) {
    let (mut placed, mut problems) = (Vec::<(usize, Extension)>::new(), Vec::new());
    for place in order_of_making(entries) {
        if problems.len() == ENOUGH {
            break;
        }
        let made: Vec<&Extension> = placed.iter().map(|(_, extension)| extension).collect();
        match extension(cx, entries[place], &made) {
            Ok(Some(made)) => {
                // One name in the file may be an OID and another its word: the later one counts, as for one name.
                placed.retain(|(_, before)| before.extn_id != made.extn_id);
                placed.push((place, made));
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    (placed.into_iter().map(|(_, extension)| extension).collect(), problems)
}

/// The authority's key identifier may be a copy of the subject's, which is made before it, wherever it stands.
fn order_of_making(entries: &[&Entry]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let place = |name: &str| entries.iter().position(|entry| entry.name == name);
    if let (Some(authority), Some(subject)) = (place("authorityKeyIdentifier"), place("subjectKeyIdentifier"))
        && authority < subject
    {
        order.swap(authority, subject);
    }
    order
}

/// The subject's key identifier, as `subjectKeyIdentifier = hash` makes it.
pub(super) fn key_identifier(cx: &Context<'_>, at: &Entry) -> Result<Extension, CnfProblem> {
    let content = element(OCTET_STRING, &key_ids::hash(cx, at)?);
    let extn_value = OctetString::new(content).map_err(|error| at.wrong(error))?;
    Ok(Extension { extn_id: ID_CE_SUBJECT_KEY_IDENTIFIER, critical: false, extn_value })
}

/// Adds names to the subjectAltName that is there, or as one.
pub(super) fn add_names(extensions: &mut Vec<Extension>, names: &[SubjectAltName]) -> der::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut all = Vec::new();
    let there = extensions.iter_mut().find(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME);
    if let Some(there) = &there {
        let list = Vec::<der::asn1::AnyRef<'_>>::from_der(there.extn_value.as_bytes())?;
        all = list.iter().map(der::Encode::to_der).collect::<der::Result<_>>()?;
    }
    for name in names {
        let name = der::Encode::to_der(&name.to_general_name()?)?;
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let extn_value = OctetString::new(sequence(&all))?;
    match there {
        Some(there) => there.extn_value = extn_value,
        None => extensions.push(Extension { extn_id: ID_CE_SUBJECT_ALT_NAME, critical: false, extn_value }),
    }
    Ok(())
}

/// The names in a subjectAltName that a certificate of ours can have.
pub(super) fn names_in(extensions: &[Extension]) -> Vec<SubjectAltName> {
    use x509_parser::prelude::{FromDer, SubjectAlternativeName};
    let there = extensions.iter().find(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME);
    let parsed = there.and_then(|there| SubjectAlternativeName::from_der(there.extn_value.as_bytes()).ok());
    let names = parsed.map(|(_, names)| names.general_names).unwrap_or_default();
    names.iter().filter_map(SubjectAltName::from_parsed).collect()
}

/// One extension; none where its value says that there is to be none.
fn extension<'e>(
    cx: &mut Context<'e>,
    entry: &'e Entry,
    before: &[&Extension],
) -> Result<Option<Extension>, CnfProblem> {
    let (critical, value) = match entry.value.strip_prefix("critical,") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, entry.value.as_str()),
    };
    let (id, content) = if let Some(hex) = value.strip_prefix("DER:") {
        (any_id(cx, entry)?, Some(hex_bytes(entry, hex.trim_start())?))
    } else if let Some(text) = value.strip_prefix("ASN1:") {
        (any_id(cx, entry)?, Some(asn1::value(cx, entry, text)?))
    } else {
        let content = known(cx, entry, value, before)?;
        (any_id(cx, entry)?, content)
    };
    let Some(content) = content else { return Ok(None) };
    let extn_value = OctetString::new(content).map_err(|error| entry.wrong(error))?;
    Ok(Some(Extension { extn_id: id, critical, extn_value }))
}

fn any_id(cx: &Context<'_>, entry: &Entry) -> Result<ObjectIdentifier, CnfProblem> {
    cx.objects.find(&entry.name).ok_or_else(|| unknown(entry))
}

/// What an extension with a syntax of its own holds.
fn known<'e>(
    cx: &mut Context<'e>,
    entry: &'e Entry,
    value: &str,
    before: &[&Extension],
) -> Result<Option<Vec<u8>>, CnfProblem> {
    let items = |cx: &Context<'e>| cx.items(entry, value);
    let content = match entry.name.as_str() {
        "basicConstraints" => constraints::basic(entry, &items(cx)?)?,
        "keyUsage" => usage::key_usage(&items(cx)?)?,
        "extendedKeyUsage" => usage::purposes(cx, &items(cx)?)?,
        "nsCertType" => usage::netscape_type(&items(cx)?)?,
        "tlsfeature" => usage::tls_feature(&items(cx)?)?,
        "subjectAltName" => {
            let items = items(cx)?;
            names::subject_alt_name(cx, &items)?
        }
        "issuerAltName" => names::issuer_alt_name(cx, &items(cx)?)?,
        "nameConstraints" => constraints::names(cx, &items(cx)?)?,
        "policyConstraints" => constraints::policy(entry, &items(cx)?)?,
        "inhibitAnyPolicy" => signed(INTEGER, constraints::count(entry, value)?),
        "certificatePolicies" => policies::policies(cx, entry, value)?,
        "policyMappings" => policies::mappings(cx, &items(cx)?)?,
        "crlDistributionPoints" | "freshestCRL" => points::distribution_points(cx, &items(cx)?)?,
        "authorityInfoAccess" | "subjectInfoAccess" => points::access(cx, &items(cx)?)?,
        "subjectKeyIdentifier" => return key_ids::subject(cx, entry, value),
        "authorityKeyIdentifier" => return key_ids::authority(cx, entry, &items(cx)?, before),
        "noCheck" | "noRevAvail" => element(NULL, &[]),
        "nsComment" | "nsBaseUrl" | "nsRevocationUrl" | "nsCaRevocationUrl" | "nsRenewalUrl" | "nsCaPolicyUrl"
        | "nsSslServerName" => {
            if value.is_empty() || !value.is_ascii() {
                return Err(entry.wrong("it is text in ASCII, and not empty"));
            }
            element(IA5_STRING, value.as_bytes())
        }
        _ => return Err(unknown(entry)),
    };
    Ok(Some(content))
}

const KNOWN: [&str; 27] = [
    "basicConstraints",
    "keyUsage",
    "extendedKeyUsage",
    "subjectAltName",
    "issuerAltName",
    "subjectKeyIdentifier",
    "authorityKeyIdentifier",
    "nameConstraints",
    "certificatePolicies",
    "policyMappings",
    "policyConstraints",
    "inhibitAnyPolicy",
    "crlDistributionPoints",
    "freshestCRL",
    "authorityInfoAccess",
    "subjectInfoAccess",
    "tlsfeature",
    "noCheck",
    "noRevAvail",
    "nsCertType",
    "nsComment",
    "nsBaseUrl",
    "nsRevocationUrl",
    "nsCaRevocationUrl",
    "nsRenewalUrl",
    "nsCaPolicyUrl",
    "nsSslServerName",
];

fn unknown(entry: &Entry) -> CnfProblem {
    match entry.name.as_str() {
        "issuingDistributionPoint" | "crlNumber" | "deltaCRL" | "CRLReason" => {
            return entry.wrong("it belongs into a CRL, not into a request or a certificate").advise("leave it away");
        }
        "proxyCertInfo" | "sbgp-ipAddrBlock" | "sbgp-autonomousSysNum" | "privateKeyUsagePeriod" => {
            return entry
                .wrong("this extension has no syntax here")
                .advise("write its content as `1.2.3.4 = DER:…` or `1.2.3.4 = ASN1:…` behind its OID");
        }
        _ => {}
    }
    let problem = entry.wrong("it is no extension that is known");
    match nearest(&entry.name, KNOWN) {
        Some(near) => problem.advise(format_args!("perhaps `{near}` is meant")),
        None => problem.advise("an extension of your own is written `1.2.3.4 = DER:…` or `1.2.3.4 = ASN1:…`"),
    }
}

/// `TRUE`, `yes`, `n`, … in upper or lower case.
fn boolean(at: &Entry, text: &str) -> Result<bool, CnfProblem> {
    match text {
        "TRUE" | "true" | "Y" | "y" | "YES" | "yes" => Ok(true),
        "FALSE" | "false" | "N" | "n" | "NO" | "no" => Ok(false),
        other => Err(at.wrong(format_args!("`{other}` is neither TRUE nor FALSE"))),
    }
}

/// `0a1b`, `0a:1b`.
fn hex_bytes(at: &Entry, text: &str) -> Result<Vec<u8>, CnfProblem> {
    let digits: String = text.split(':').collect();
    let whole = text.split(':').all(|part| part.len() % 2 == 0);
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok().filter(|_| whole);
    bytes.ok_or_else(|| at.wrong("these are no bytes in hexadecimal, two digits each, as in 30:03:01:01:FF"))
}
