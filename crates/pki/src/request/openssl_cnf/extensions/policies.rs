//! Certificate policies with their qualifiers, and their mappings (RFC 5280 sections 4.2.1.4 and 4.2.1.5).

use const_oid::ObjectIdentifier;

use super::super::document::Entry;
use super::super::problem::CnfProblem;
use super::Context;
use super::list::{Item, is_named};
use crate::request::encode::{
    IA5_STRING, INTEGER, UTF8_STRING, VISIBLE_STRING, element, joined, oid, sequence, signed,
};

const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");

/// OIDs, `@section` for one with qualifiers, and `ia5org`.
pub(super) fn policies<'e>(cx: &Context<'e>, entry: &'e Entry, value: &str) -> Result<Vec<u8>, CnfProblem> {
    let mut policies = Vec::new();
    let mut organization = VISIBLE_STRING;
    for item in cx.list(entry, value)? {
        match (item.name.as_str(), &item.value) {
            ("ia5org", None) => organization = IA5_STRING,
            (name, None) if name.starts_with('@') => {
                policies.push(qualified(cx, &item, &name[1..], organization)?);
            }
            (name, None) => policies.push(sequence(&[oid(&cx.oid(&item, name)?)])),
            (name, Some(_)) => {
                return Err(item
                    .wrong(format_args!("behind the policy `{name}` nothing can stand"))
                    .advise("qualifiers are in a section that is named with `@`"));
            }
        }
    }
    Ok(sequence(&policies))
}

fn qualified<'e>(cx: &Context<'e>, item: &Item<'e>, section: &str, organization: u8) -> Result<Vec<u8>, CnfProblem> {
    let (mut policy, mut qualifiers) = (None, Vec::new());
    for entry in cx.section(item.at, section)? {
        let inner = Item::from(entry);
        if entry.name == "policyIdentifier" {
            policy = Some(oid(&cx.oid(&inner, &entry.value)?));
        } else if is_named(&entry.name, "CPS") {
            if entry.value.is_empty() || !entry.value.is_ascii() {
                return Err(entry.wrong("it is a URI in ASCII"));
            }
            qualifiers.push(sequence(&[oid(&CPS), element(IA5_STRING, entry.value.as_bytes())]));
        } else if is_named(&entry.name, "userNotice") {
            let Some(notice) = entry.value.strip_prefix('@') else {
                return Err(entry.wrong("a notice is in a section").advise("it is written `userNotice.1 = @section`"));
            };
            qualifiers.push(sequence(&[oid(&USER_NOTICE), user_notice(cx, entry, notice, organization)?]));
        } else {
            return Err(entry
                .wrong("it is nothing that a policy has")
                .advise("there are policyIdentifier, CPS.1 and userNotice.1"));
        }
    }
    let Some(policy) = policy else {
        return Err(item.wrong(format_args!("the policy [{section}] has no `policyIdentifier`")));
    };
    let mut parts = vec![policy];
    if !qualifiers.is_empty() {
        parts.push(sequence(&qualifiers));
    }
    Ok(sequence(&parts))
}

fn user_notice(cx: &Context<'_>, at: &Entry, section: &str, organization: u8) -> Result<Vec<u8>, CnfProblem> {
    let (mut text, mut name, mut numbers) = (None, None, None);
    for entry in cx.section(at, section)? {
        match entry.name.as_str() {
            "explicitText" => text = Some(explicit_text(cx, entry)?),
            "organization" => {
                if !entry.value.is_ascii() {
                    return Err(entry.wrong("it is text in ASCII"));
                }
                name = Some(element(organization, entry.value.as_bytes()));
            }
            "noticeNumbers" => {
                let numbered = cx.list(entry, &entry.value)?;
                let parsed = numbered.iter().map(|item| item.name.parse::<i64>());
                let parsed: Result<Vec<i64>, _> = parsed.collect();
                let parsed = parsed.map_err(|_| entry.wrong("it is a list of numbers, as in 1, 2"))?;
                let encoded: Vec<Vec<u8>> = parsed.iter().map(|n| signed(INTEGER, i128::from(*n))).collect();
                numbers = Some(sequence(&encoded));
            }
            _ => {
                return Err(entry
                    .wrong("it is nothing that a notice has")
                    .advise("there are explicitText, organization and noticeNumbers"));
            }
        }
    }
    let reference = match (name, numbers) {
        (Some(name), Some(numbers)) => Some(sequence(&[name, numbers])),
        (None, None) => None,
        _ => {
            return Err(at.wrong(format_args!("[{section}] has one of organization and noticeNumbers, and needs both")));
        }
    };
    let parts: Vec<Vec<u8>> = [reference, text].into_iter().flatten().collect();
    Ok(sequence(&parts))
}

fn explicit_text(cx: &Context<'_>, entry: &Entry) -> Result<Vec<u8>, CnfProblem> {
    let (tag, text) = match entry.value.split_once(':') {
        Some(("UTF8" | "UTF8String", text)) => (UTF8_STRING, text),
        Some(("VISIBLE" | "VISIBLESTRING", text)) => (VISIBLE_STRING, text),
        Some(("BMP" | "BMPSTRING", _)) => {
            return Err(entry.wrong("a BMPString of these bytes would be unreadable").advise("write UTF8:…"));
        }
        _ => (VISIBLE_STRING, entry.value.as_str()),
    };
    match tag {
        VISIBLE_STRING if !text.is_ascii() => {
            Err(entry.wrong("a VisibleString is ASCII").advise("put `UTF8:` before the text"))
        }
        _ => {
            if text.chars().count() > 200 {
                cx.note("an explicitText has more than 200 letters, which is the bound of RFC 5280".to_owned());
            }
            Ok(element(tag, text.as_bytes()))
        }
    }
}

/// `1.2.3:1.2.4`.
pub(super) fn mappings(cx: &Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let mut mappings = Vec::new();
    for item in items {
        let issuer = oid(&cx.oid(item, &item.name)?);
        let subject = oid(&cx.oid(item, item.required()?)?);
        mappings.push(joined(crate::request::encode::SEQUENCE, &[issuer, subject]));
    }
    Ok(sequence(&mappings))
}
