//! Identifiers of keys and of people: subjectKeyIdentifier, authorityKeyIdentifier, subjectDirectoryAttributes
//! (RFC 5280 sections 4.2.1.1, 4.2.1.2 and 4.2.1.8), and the CA/Browser Forum's of organizations.

use data_encoding::HEXLOWER;

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};
use super::names::general_names;
use super::registry::word_or_oid;

pub(super) fn subject_key(bytes: &[u8]) -> Result<Detail, Unreadable> {
    Ok(Detail::Bytes(Element::only(bytes)?.octets()?.to_vec()))
}

pub(super) fn authority_key(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, part) in Element::only(bytes)?.tagged()? {
        fields.push(match number {
            0 => ("key_id", Detail::Bytes(part.content().to_vec())),
            1 => ("issuer", general_names(Element::all(part.content())?)?),
            2 => ("serial", Detail::Bytes(part.content().to_vec())),
            _ => return Err(Unreadable::new("it has more than three parts")),
        });
    }
    Ok(Detail::Fields(fields))
}

pub(super) fn directory_attributes(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let attributes = Element::sequence(bytes)?;
    Ok(Detail::List(attributes.iter().map(attribute).collect::<Result<_, _>>()?))
}

fn attribute(element: &Element<'_>) -> Result<Detail, Unreadable> {
    match element.children()?.as_slice() {
        [kind, values] => Ok(Detail::Fields(vec![
            ("attribute", Detail::text(word_or_oid(kind.oid()?))),
            ("values", Detail::words(values.children()?.iter().map(value))),
        ])),
        _ => Err(Unreadable::new("an attribute has not a type and values")),
    }
}

/// A time (as of a birth), an OID or a text; what is none of them is `#` and its bytes.
fn value(element: &Element<'_>) -> String {
    let time = element.time().map(|time| time.to_string());
    let other = time.or_else(|_| element.oid()).or_else(|_| element.text());
    other.unwrap_or_else(|_| format!("#{}", HEXLOWER.encode(element.whole())))
}

/// CA/Browser Forum EV guidelines section 9.8.2.
pub(super) fn organization(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let parts = Element::sequence(bytes)?;
    let mut plain = Vec::new();
    let mut fields = Vec::new();
    for part in &parts {
        match part.context() {
            Some(0) => fields.push(("state", Detail::text(printable_of(part.content())?))),
            Some(_) => return Err(Unreadable::new("it has more than four parts")),
            None => plain.push(Detail::text(part.text()?)),
        }
    }
    let [scheme, country, reference] = <[Detail; 3]>::try_from(plain)
        .map_err(|_| Unreadable::new("it has not a scheme, a country and a reference"))?;
    let named = [("scheme", scheme), ("country", country), ("reference", reference)];
    Ok(Detail::Fields(named.into_iter().chain(fields).collect()))
}

fn printable_of(content: &[u8]) -> Result<String, Unreadable> {
    let text = std::str::from_utf8(content).map_err(|_| Unreadable::new("a state is no text"))?;
    Ok(super::super::name::printable(text))
}
