//! Extensions of CRLs and of their entries (RFC 5280 sections 5.2 and 5.3).

use der::Tag;

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};

/// `CRLReason`, from 0; 7 is not used.
const REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "7",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
];

pub(super) fn number(bytes: &[u8]) -> Result<Detail, Unreadable> {
    Ok(Detail::integer(Element::only(bytes)?.integer()?))
}

pub(super) fn reason_code(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let element = Element::only(bytes)?;
    if !element.is(Tag::Enumerated) {
        return Err(Unreadable::new("an ENUMERATED was expected"));
    }
    let code = Detail::integer(element.content());
    let word = match code {
        Detail::Number(code) => usize::try_from(code).ok().and_then(|code| REASONS.get(code)),
        _ => None,
    };
    Ok(word.map_or(code, |word| Detail::text(*word)))
}

pub(super) fn date(bytes: &[u8]) -> Result<Detail, Unreadable> {
    Ok(Detail::Time(Element::only(bytes)?.time()?))
}
