//! What binds a CA: basicConstraints, nameConstraints, policyConstraints.

use super::super::document::Entry;
use super::super::problem::CnfProblem;
use super::list::Item;
use super::names::{Place, general_name};
use super::{Context, boolean};
use crate::request::encode::{BOOLEAN, INTEGER, context, element, joined, sequence, signed};

/// RFC 5280 section 4.2.1.9.
pub(super) fn basic(entry: &Entry, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let (mut authority, mut path_len) = (false, None);
    for item in items {
        match item.name.as_str() {
            "CA" => authority = boolean(item.at, item.required()?)?,
            "pathlen" => path_len = Some(count(item.at, item.required()?)?),
            _ => return Err(item.unknown_word(&["CA:TRUE", "CA:FALSE", "pathlen:0"])),
        }
    }
    if path_len.is_some() && !authority {
        return Err(entry.wrong("a path length without CA:TRUE is not allowed (RFC 5280 section 4.2.1.9)"));
    }
    let mut parts = Vec::new();
    if authority {
        parts.push(element(BOOLEAN, &[0xff]));
    }
    parts.extend(path_len.map(|length| signed(INTEGER, length)));
    Ok(sequence(&parts))
}

/// RFC 5280 section 4.2.1.10.
pub(super) fn names(cx: &Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let (mut permitted, mut excluded) = (Vec::new(), Vec::new());
    for item in items {
        let (list, kind) = match item.name.split_once(';') {
            Some(("permitted", kind)) => (&mut permitted, kind),
            Some(("excluded", kind)) => (&mut excluded, kind),
            _ => {
                return Err(item
                    .wrong(format_args!("`{}` does not say whether names are permitted or excluded", item.name))
                    .advise("it is written `permitted;DNS:example.com` or `excluded;IP:10.0.0.0/255.0.0.0`"));
            }
        };
        list.push(sequence(&[general_name(cx, kind, item, Place::Constraint)?]));
    }
    let mut parts = Vec::new();
    for (number, list) in [(0, permitted), (1, excluded)] {
        if !list.is_empty() {
            parts.push(joined(context(number, true), &list));
        }
    }
    Ok(sequence(&parts))
}

/// RFC 5280 section 4.2.1.11.
pub(super) fn policy(entry: &Entry, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let (mut explicit, mut mapping) = (None, None);
    for item in items {
        let place = match item.name.as_str() {
            "requireExplicitPolicy" => &mut explicit,
            "inhibitPolicyMapping" => &mut mapping,
            other => {
                return Err(item
                    .wrong(format_args!("`{other}` is none of its values"))
                    .advise("there are requireExplicitPolicy:N and inhibitPolicyMapping:N"));
            }
        };
        *place = Some(count(item.at, item.required()?)?);
    }
    let parts: Vec<Vec<u8>> = [(0, explicit), (1, mapping)]
        .into_iter()
        .filter_map(|(number, value)| value.map(|value| signed(context(number, false), value)))
        .collect();
    if parts.is_empty() { Err(entry.wrong("it constrains nothing")) } else { Ok(sequence(&parts)) }
}

/// A number of certificates: not negative, and not beyond what any chain has.
pub(super) fn count(at: &Entry, text: &str) -> Result<i128, CnfProblem> {
    let number = match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse::<u32>().ok(),
    };
    number.map(i128::from).ok_or_else(|| at.wrong(format_args!("`{text}` is no number of certificates, 0 or more")))
}
