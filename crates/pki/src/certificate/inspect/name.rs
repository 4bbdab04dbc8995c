//! Distinguished names for people, by RFC 4514, and text from strangers made safe to show.

use std::fmt;

use serde::Serialize;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// A distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name {
    /// By RFC 4514, the last attribute first: `CN=localhost,O=Example`. Empty where the name is.
    pub text: String,
    /// The most specific common name.
    pub common_name: Option<String>,
    /// The most specific organisation.
    pub organization: Option<String>,
    /// The organizational units, in the order of the name.
    #[serde(skip)]
    pub organizational_units: Vec<String>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() { "(an empty name)" } else { &self.text })
    }
}

impl Name {
    /// Reads a name that stands alone, as a server lists the CAs that it takes client certificates from. None where
    /// the bytes are no distinguished name.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, name) = X509Name::from_der(der).ok()?;
        rest.is_empty().then(|| Self::of(&name))
    }

    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let rdns: Vec<String> =
            name.iter_rdn().map(|rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
        let all = |wanted: &str| -> Vec<Option<String>> {
            let found = name.iter_attributes().filter(|a| a.attr_type().to_id_string() == wanted);
            found.map(|found| text_of(found.attr_value()).map(|text| printable(&text))).collect()
        };
        let last = |wanted: &str| all(wanted).pop().flatten();
        Self {
            text: rdns.into_iter().rev().collect::<Vec<_>>().join(","),
            common_name: last("2.5.4.3"),
            organization: last("2.5.4.10"),
            organizational_units: all("2.5.4.11").into_iter().flatten().collect(),
        }
    }
}

/// `CN=localhost`; a type without a short name is an OID, and what is no text is `#` and its bytes.
pub(super) fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let kind = short_name(&oid);
    match text_of(attribute.attr_value()) {
        Some(text) => format!("{}={}", kind.unwrap_or(&oid), escaped(&text)),
        None => {
            let hex = data_encoding::HEXLOWER.encode(attribute.attr_value().data);
            format!("{}=#{hex}", kind.unwrap_or(&oid))
        }
    }
}

/// The names of RFC 4514 section 3, and those that OpenSSL writes for what else is common.
pub(super) fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "2.5.4.43" => "initials",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

/// The text of an attribute's value, whichever of ASN.1's string types it has.
fn text_of(value: &Any<'_>) -> Option<String> {
    decode_text(value.tag().0, value.data)
}

/// The text of a string type with this universal tag.
pub(super) fn decode_text(tag: u32, data: &[u8]) -> Option<String> {
    match Tag(tag) {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            String::from_utf8(data.to_vec()).ok()
        }
        // T.61 in theory, Latin-1 in every certificate that was ever made.
        Tag::TeletexString | Tag::GeneralString => Some(data.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString if data.len().is_multiple_of(2) => {
            let units: Vec<u16> = data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        Tag::UniversalString if data.len().is_multiple_of(4) => {
            let letters = data.chunks_exact(4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]));
            letters.map(char::from_u32).collect()
        }
        _ => None,
    }
}

/// Escaped by RFC 4514 section 2.4, control characters as `\` and hexadecimal.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', character]),
            ' ' if index == 0 || index == last => out.push_str("\\ "),
            '#' if index == 0 => out.push_str("\\#"),
            _ if is_unsafe(character) => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("\\{byte:02X}"));
                }
            }
            _ => out.push(character),
        }
    }
    out
}

/// Text from a certificate with everything escaped that would move a terminal's cursor or turn its direction.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        if is_unsafe(character) {
            out.extend(character.escape_unicode())
        } else {
            out.push(character)
        }
        out
    })
}

fn is_unsafe(character: char) -> bool {
    // Beside the control characters those that reorder bidirectional text.
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped(" a, b+c=d\\ "), "\\ a\\, b\\+c=d\\\\\\ ");
        assert_eq!(escaped("#1\n"), "\\#1\\0A");
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}"), "a\\u{1b}[2Jb\\u{202e}");
    }
}
