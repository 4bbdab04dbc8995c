//! A request as it is shown.

use der::Tag;
use serde::Serialize;

use super::text;
use super::warnings::weak_key;
use crate::certificate::fingerprint::pin;
use crate::certificate::{Detail, Element, Extension, Key, Name, Names, Unreadable, public_key, word};
use crate::request::Request;

/// `extensionRequest` (RFC 2985 section 5.4.2), and the one that Microsoft's tools wrote before it.
const EXTENSION_REQUESTS: [&str; 2] = ["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"];

/// A request for a certificate. Its JSON is `latchkey.request/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestReport {
    schema: &'static str,
    /// The file it came from.
    pub file: String,
    /// What a person should know first.
    pub warnings: Vec<String>,
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
    /// The same, decoded.
    pub requested: Vec<Extension>,
    /// What else it says, by name or OID. What a challenge password is, is not said.
    pub attributes: Vec<String>,
    /// The numbers of the public key.
    pub public_key: Detail,
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
        let possession = match request.check_possession() {
            Ok(()) => Possession::Proven,
            Err(why) => Possession::NotProven(why.to_string()),
        };
        // Were the attributes not to be read, the names would still be there: they have a parser of their own.
        let Attributes { requested, others } = Attributes::of(request.der()).unwrap_or_default();
        Self {
            schema: "latchkey.request/1",
            file: file.to_owned(),
            warnings: warnings(request, &possession),
            subject: request.subject_name.clone(),
            names: request.all_names.clone(),
            key: request.key.title(),
            pin: pin(request.key.spki()),
            extensions: requested.iter().map(|extension| extension.label().to_owned()).collect(),
            requested,
            attributes: others,
            public_key: public_key(request.key.spki()),
            possession,
        }
    }

    /// As text.
    pub fn text(&self) -> String {
        text::request(self)
    }

    /// As text, with everything that is in it.
    pub fn full_text(&self) -> String {
        text::full_request(self)
    }
}

fn warnings(request: &Request, possession: &Possession) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Possession::NotProven(why) = possession {
        warnings.push(why.clone());
    }
    warnings.extend(Key::from_spki(request.key.spki()).as_ref().and_then(weak_key));
    if request.all_names.is_empty() && !request.asks_for_authority {
        warnings.push("it asks for no name (subjectAltName); a server is found by its names only".to_owned());
    }
    warnings
}

/// `attributes` of a request (RFC 2986 section 4.1).
#[derive(Default)]
struct Attributes {
    requested: Vec<Extension>,
    others: Vec<String>,
}

impl Attributes {
    fn of(der: &[u8]) -> Result<Self, Unreadable> {
        let request = Element::sequence(der)?;
        let information = request.first().ok_or_else(|| Unreadable::new("it is empty"))?.children()?;
        let mut found = Self::default();
        for attributes in information.iter().filter(|part| part.context() == Some(0)) {
            for attribute in Element::all(attributes.content())? {
                found.take(&attribute)?;
            }
        }
        Ok(found)
    }

    fn take(&mut self, attribute: &Element<'_>) -> Result<(), Unreadable> {
        let parts = attribute.children()?;
        let [kind, values] = parts.as_slice() else {
            return Err(Unreadable::new("an attribute has not a type and values"));
        };
        let kind = kind.oid()?;
        if !EXTENSION_REQUESTS.contains(&kind.as_str()) {
            self.others.push(word(&kind).map_or(kind.clone(), str::to_owned));
            return Ok(());
        }
        for value in values.children()?.iter().filter(|value| value.is(Tag::Sequence)) {
            self.requested.extend(Extension::read_all(value.whole())?);
        }
        Ok(())
    }
}
