//! What else is in a certificate: everything that a summary leaves out.

use data_encoding::HEXLOWER;
use der::Tag;
use serde::Serialize;
use x509_parser::asn1_rs;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::super::parse::{ParseError, Parsed};
use super::detail::Detail;
use super::element::{Element, Unreadable};
use super::extension::{Extension, word};
use super::name::{decode_text, printable, short_name};

/// The rest of a certificate, decoded. All text in it is safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Particulars {
    /// The parts of the subject's name, in the order of the certificate.
    pub subject_attributes: Vec<Attribute>,
    /// The parts of the issuer's name, in the order of the certificate.
    pub issuer_attributes: Vec<Attribute>,
    /// The numbers of the public key.
    pub public_key: Detail,
    /// The extensions, in the order of the certificate.
    pub extensions: Vec<Extension>,
    /// issuerUniqueID in hexadecimal, which RFC 5280 section 4.1.2.8 does away with.
    pub issuer_unique_id: Option<String>,
    /// subjectUniqueID in hexadecimal.
    pub subject_unique_id: Option<String>,
    /// The signature in hexadecimal.
    pub signature: String,
}

/// One part of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its type, by its short name or else its OID.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says; bytes in hexadecimal where it is no text.
    pub value: String,
    /// How it is encoded: `UTF8String`, `PrintableString`, …
    pub encoding: String,
}

impl Particulars {
    /// Reads a certificate. Any bytes give a value or an error.
    ///
    /// # Errors
    /// The bytes are no certificate, or more than one.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        Ok(Self::of(&Parsed::from_der(der)?))
    }

    pub(crate) fn of(parsed: &Parsed<'_>) -> Self {
        let tbs = &parsed.x509.tbs_certificate;
        let extensions = tbs.extensions().iter();
        let unique = |id: &Option<x509_parser::certificate::UniqueIdentifier<'_>>| {
            id.as_ref().map(|id| HEXLOWER.encode(id.0.data.as_ref()))
        };
        Self {
            subject_attributes: attributes(&tbs.subject),
            issuer_attributes: attributes(&tbs.issuer),
            public_key: public_key(parsed.public_key()),
            extensions: extensions
                .map(|one| Extension::decode(one.oid.to_id_string(), one.critical, one.value))
                .collect(),
            issuer_unique_id: unique(&tbs.issuer_uid),
            subject_unique_id: unique(&tbs.subject_uid),
            signature: HEXLOWER.encode(parsed.x509.signature_value.data.as_ref()),
        }
    }
}

fn attributes(name: &X509Name<'_>) -> Vec<Attribute> {
    name.iter_attributes().map(Attribute::of).collect()
}

impl Attribute {
    fn of(attribute: &AttributeTypeAndValue<'_>) -> Self {
        let oid = attribute.attr_type().to_id_string();
        let value = attribute.attr_value();
        let text = decode_text(value.tag().0, value.data).map(|text| printable(&text));
        Self {
            kind: short_name(&oid).or_else(|| word(&oid)).map_or(oid, str::to_owned),
            value: text.unwrap_or_else(|| format!("#{}", HEXLOWER.encode(value.data))),
            encoding: encoding(value.tag()),
        }
    }
}

fn encoding(tag: asn1_rs::Tag) -> String {
    use asn1_rs::Tag as T;
    let name = match tag {
        T::Utf8String => "UTF8String",
        T::PrintableString => "PrintableString",
        T::Ia5String => "IA5String",
        T::NumericString => "NumericString",
        T::VisibleString => "VisibleString",
        T::TeletexString => "TeletexString",
        T::BmpString => "BMPString",
        T::UniversalString => "UniversalString",
        T::GeneralString => "GeneralString",
        T(other) => return format!("tag {other}"),
    };
    name.to_owned()
}

/// The numbers of a SubjectPublicKeyInfo: modulus and exponent, a point, or bytes.
pub(crate) fn public_key(spki: &[u8]) -> Detail {
    read_key(spki).unwrap_or_else(|_| Detail::Fields(vec![("bytes", Detail::Bytes(spki.to_vec()))]))
}

fn read_key(spki: &[u8]) -> Result<Detail, Unreadable> {
    let parts = Element::sequence(spki)?;
    let [algorithm, key] = parts.as_slice() else {
        return Err(Unreadable::new("it has not an algorithm and a key"));
    };
    let algorithm = algorithm.children()?;
    let (kind, parameters) = algorithm.split_first().ok_or_else(|| Unreadable::new("the algorithm is empty"))?;
    let oid = kind.oid()?;
    let mut fields = vec![("algorithm", Detail::text(word(&oid).unwrap_or(&oid)))];
    for parameter in parameters.iter().filter(|parameter| !parameter.is(Tag::Null)) {
        fields.push((
            "parameters",
            match parameter.oid() {
                Ok(oid) => Detail::text(word(&oid).map_or(oid.clone(), str::to_owned)),
                Err(_) => Detail::Bytes(parameter.whole().to_vec()),
            },
        ));
    }
    let (_, bytes) = key.content().split_first().ok_or_else(|| Unreadable::new("there is no key"))?;
    match (oid.as_str(), Element::sequence(bytes)) {
        ("1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10", Ok(numbers)) if numbers.len() == 2 => {
            fields.push(("modulus", Detail::Bytes(numbers[0].integer()?.to_vec())));
            fields.push(("exponent", Detail::integer(numbers[1].integer()?)));
        }
        ("1.2.840.10045.2.1", _) => fields.push(("point", Detail::Bytes(bytes.to_vec()))),
        _ => fields.push(("bytes", Detail::Bytes(bytes.to_vec()))),
    }
    Ok(Detail::Fields(fields))
}
