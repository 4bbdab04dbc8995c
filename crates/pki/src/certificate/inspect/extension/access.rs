//! Where there is more: authorityInfoAccess and subjectInfoAccess (RFC 5280 section 4.2.2).

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};
use super::names::general_name;
use super::registry::word_or_oid;

pub(super) fn descriptions(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let described = Element::sequence(bytes)?;
    Ok(Detail::List(described.iter().map(description).collect::<Result<_, _>>()?))
}

fn description(element: &Element<'_>) -> Result<Detail, Unreadable> {
    match element.children()?.as_slice() {
        [method, location] => Ok(Detail::Fields(vec![
            ("method", Detail::text(word_or_oid(method.oid()?))),
            ("location", Detail::text(general_name(location)?)),
        ])),
        _ => Err(Unreadable::new("a description has not a method and a location")),
    }
}
