//! What binds a CA and those below it: basicConstraints and nameConstraints (RFC 5280 sections 4.2.1.9 and 4.2.1.10).

use der::Tag;

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable, flag_of};
use super::names::constrained_name;

pub(super) fn basic(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let parts = Element::sequence(bytes)?;
    let (ca, length) = match parts.as_slice() {
        [] => (false, None),
        [ca] if ca.is(Tag::Boolean) => (flag_of(ca.content())?, None),
        [length] => (false, Some(length)),
        [ca, length] if ca.is(Tag::Boolean) => (flag_of(ca.content())?, Some(length)),
        _ => return Err(Unreadable::new("it has more than cA and pathLenConstraint")),
    };
    let mut fields = vec![("ca", Detail::Flag(ca))];
    if let Some(length) = length {
        fields.push(("path_length", Detail::integer(length.integer()?)));
    }
    Ok(Detail::Fields(fields))
}

pub(super) fn names(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, subtrees) in Element::only(bytes)?.tagged()? {
        let names: Vec<String> = Element::all(subtrees.content())?.iter().map(subtree).collect::<Result<_, _>>()?;
        match number {
            0 => fields.push(("permitted", Detail::words(names))),
            1 => fields.push(("excluded", Detail::words(names))),
            _ => return Err(Unreadable::new("it has more than permitted and excluded names")),
        }
    }
    Ok(Detail::Fields(fields))
}

/// A name; minimum and maximum, which RFC 5280 forbids, are said where they are there.
fn subtree(element: &Element<'_>) -> Result<String, Unreadable> {
    let parts = element.children()?;
    let (base, bounds) = parts.split_first().ok_or_else(|| Unreadable::new("a constraint has no name"))?;
    let mut text = constrained_name(base)?;
    for bound in bounds {
        let word = match bound.context() {
            Some(0) => "minimum",
            Some(1) => "maximum",
            _ => return Err(Unreadable::new("a constraint has more than a name and its bounds")),
        };
        let value = Detail::integer(bound.content()).in_line().unwrap_or_default();
        text.push_str(&format!(" ({word} {value})"));
    }
    Ok(text)
}
