//! Which string type a text becomes, as OpenSSL chooses it: the narrowest that holds it, of those that the attribute
//! and `string_mask` allow.

use const_oid::ObjectIdentifier;

use super::document::{Encoding, Entry};
use super::problem::CnfProblem;
use crate::request::encode::{IA5_STRING, UTF8_STRING, VISIBLE_STRING, element};

/// A set of string types: OpenSSL's bits, as `string_mask = MASK:0x…` writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u32);

const NUMERIC: u32 = 0x0001;
const PRINTABLE: u32 = 0x0002;
const T61: u32 = 0x0004;
const IA5: u32 = 0x0010;
const VISIBLE: u32 = 0x0040;
const UNIVERSAL: u32 = 0x0100;
const BMP: u32 = 0x0800;
const UTF8: u32 = 0x2000;

/// DirectoryString (RFC 5280 section 4.1.2.4), without UniversalString.
const DIRECTORY: u32 = PRINTABLE | T61 | BMP | UTF8;

/// How letters beyond ASCII are meant: `utf8 = yes`, or each byte for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Utf8,
    Bytes,
}

/// `string_mask` and `utf8` of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strings {
    pub(super) mask: Types,
    pub(super) letters: Letters,
}

/// What an attribute holds: the types, whether `string_mask` does not narrow them, and how many letters.
struct Rule {
    types: u32,
    fixed: bool,
    least: usize,
    most: usize,
}

impl Types {
    /// RFC 5280's choice, and OpenSSL's.
    pub(super) const UTF8_ONLY: Self = Self(UTF8);

    /// The value of `string_mask`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mask = match text {
            "utf8only" => UTF8,
            "pkix" => !T61,
            "nombstr" => !(BMP | UTF8),
            "default" => u32::MAX,
            _ => {
                let number = text.strip_prefix("MASK:")?;
                match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                }
            }
        };
        Some(Self(mask))
    }

    /// The type of an ASN.1 string by its name, as `UTF8`, `PRINTABLE`, …
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(Self(match name {
            "UTF8" | "UTF8String" => UTF8,
            "PRINTABLE" | "PRINTABLESTRING" => PRINTABLE,
            "IA5" | "IA5STRING" => IA5,
            "NUMERIC" | "NUMERICSTRING" => NUMERIC,
            "BMP" | "BMPSTRING" => BMP,
            "T61" | "T61STRING" | "TELETEXSTRING" => T61,
            "VISIBLE" | "VISIBLESTRING" => VISIBLE,
            "UNIV" | "UNIVERSALSTRING" => UNIVERSAL,
            _ => return None,
        }))
    }

    /// The string, in the narrowest of these types.
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, String> {
        let fits = |bit: u32| self.0 & bit != 0 && text.chars().all(|c| holds(bit, c));
        // The order is OpenSSL's (a_mbstr.c); VisibleString is only ever asked for by name.
        let order = [NUMERIC, PRINTABLE, IA5, VISIBLE, T61, BMP, UNIVERSAL, UTF8];
        let Some(bit) = order.into_iter().find(|bit| fits(*bit)) else {
            return Err(match text.chars().find(|c| !order.iter().any(|bit| self.0 & bit != 0 && holds(*bit, *c))) {
                Some(c) => format!("the letter {c:?} is in none of the string types that are allowed here"),
                None => "none of the string types that are allowed here holds all of its letters".to_owned(),
            });
        };
        Ok(match bit {
            NUMERIC => element(0x12, text.as_bytes()),
            PRINTABLE => element(0x13, text.as_bytes()),
            IA5 => element(IA5_STRING, text.as_bytes()),
            VISIBLE => element(VISIBLE_STRING, text.as_bytes()),
            T61 => element(0x14, &text.chars().map(|c| c as u8).collect::<Vec<u8>>()),
            BMP => element(0x1e, &text.chars().flat_map(|c| (c as u16).to_be_bytes()).collect::<Vec<u8>>()),
            UNIVERSAL => element(0x1c, &text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect::<Vec<u8>>()),
            _ => element(UTF8_STRING, text.as_bytes()),
        })
    }
}

fn holds(bit: u32, c: char) -> bool {
    match bit {
        NUMERIC => c.is_ascii_digit() || c == ' ',
        PRINTABLE => c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c),
        IA5 => c.is_ascii(),
        VISIBLE => c == ' ' || c.is_ascii_graphic(),
        T61 => (c as u32) < 0x100,
        BMP => (c as u32) < 0x1_0000,
        _ => true,
    }
}

impl Strings {
    /// The value of an attribute of a name or of a request.
    pub(super) fn attribute(self, oid: &ObjectIdentifier, text: &str) -> Result<Vec<u8>, String> {
        let rule = rule(oid);
        let count = text.chars().count();
        if count < rule.least {
            return Err(match rule.least {
                1 => "it is empty; leave the line away, or give it a value".to_owned(),
                least => format!("`{text}` has {count} letters, and {least} are the least"),
            });
        }
        if count > rule.most {
            return Err(format!("`{text}` has {count} letters, and {} are the most", rule.most));
        }
        let types = if rule.fixed { rule.types } else { rule.types & self.mask.0 };
        Types(types).encode(text)
    }

    /// A value whose letters are what they are meant to be.
    ///
    /// OpenSSL takes each byte for a letter unless told: `ü` would become `Ã¼` in silence.
    pub(super) fn letters_of(self, entry: &Entry) -> Result<&str, CnfProblem> {
        let beyond = entry.value.chars().find(|c| !c.is_ascii());
        match (beyond, self.letters, entry.encoding) {
            (None, ..) | (_, Letters::Utf8, Encoding::Utf8) | (_, Letters::Bytes, Encoding::Latin1) => Ok(&entry.value),
            (Some(c), Letters::Bytes, Encoding::Utf8) => Err(entry
                .wrong(format_args!("{c:?} is written in UTF-8, and the file does not say so: OpenSSL garbles it"))
                .advise("add `utf8 = yes` to [req]")),
            (Some(_), Letters::Utf8, Encoding::Latin1) => {
                Err(entry.wrong("the file says `utf8 = yes`, and is not in UTF-8").advise("save the file as UTF-8"))
            }
        }
    }
}

/// The bounds of RFC 5280 appendix A.1, as OpenSSL keeps them.
fn rule(oid: &ObjectIdentifier) -> Rule {
    let directory = |most| Rule { types: DIRECTORY, fixed: false, least: 1, most };
    let fixed = |types, least, most| Rule { types, fixed: true, least, most };
    match oid.to_string().as_str() {
        "2.5.4.3" | "2.5.4.10" | "2.5.4.11" => directory(64),
        "2.5.4.7" | "2.5.4.8" => directory(128),
        "2.5.4.4" | "2.5.4.41" | "2.5.4.42" | "2.5.4.43" => directory(32_768),
        "2.5.4.6" | "1.3.6.1.4.1.311.60.2.1.3" => fixed(PRINTABLE, 2, 2),
        "2.5.4.5" => fixed(PRINTABLE, 1, 64),
        "2.5.4.46" => fixed(PRINTABLE, 0, usize::MAX),
        "1.2.840.113549.1.9.1" => fixed(IA5, 1, 128),
        "1.2.840.113549.1.9.20" => fixed(BMP, 0, usize::MAX),
        "1.2.643.3.131.1.1" => fixed(NUMERIC, 12, 12),
        "1.2.643.100.1" => fixed(NUMERIC, 13, 13),
        "1.2.643.100.3" => fixed(NUMERIC, 11, 11),
        "0.9.2342.19200300.100.1.25" | "0.9.2342.19200300.100.1.3" => fixed(IA5, 1, usize::MAX),
        "1.2.840.113549.1.9.2" | "1.2.840.113549.1.9.7" => {
            Rule { types: DIRECTORY | IA5, fixed: false, least: 1, most: usize::MAX }
        }
        "1.2.840.113549.1.9.8" => directory(usize::MAX),
        _ => Rule { types: DIRECTORY, fixed: false, least: 0, most: usize::MAX },
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects::Objects;
    use super::*;

    fn tag(mask: &str, attribute: &str, text: &str) -> Result<u8, String> {
        let strings = Strings { mask: Types::parse(mask).unwrap(), letters: Letters::Utf8 };
        strings.attribute(&Objects::default().find(attribute).unwrap(), text).map(|der| der[0])
    }

    #[test]
    fn the_mask_decides_and_some_attributes_have_one_type() {
        assert_eq!(tag("utf8only", "O", "Example"), Ok(0x0c));
        assert_eq!(tag("nombstr", "O", "Example"), Ok(0x13));
        assert_eq!(tag("nombstr", "O", "Ex@mple"), Ok(0x14));
        assert_eq!(tag("pkix", "O", "Exämple"), Ok(0x1e));
        assert_eq!(tag("default", "O", "日本"), Ok(0x1e));
        assert_eq!(tag("MASK:0x2000", "O", "日本"), Ok(0x0c));
        assert_eq!(tag("utf8only", "C", "DE"), Ok(0x13));
        assert_eq!(tag("utf8only", "emailAddress", "a@b"), Ok(0x16));
        assert_eq!(tag("default", "challengePassword", "a@b"), Ok(0x16));
        assert!(tag("nombstr", "O", "日本").is_err());
        assert!(tag("utf8only", "C", "Germany").is_err());
        assert!(tag("utf8only", "CN", "").is_err());
        assert!(tag("utf8only", "CN", &"x".repeat(65)).is_err());
        assert_eq!((Types::parse("utf8"), Types::parse("MASK:z")), (None, None));
    }
}
