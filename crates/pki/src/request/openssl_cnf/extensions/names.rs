//! GeneralName (RFC 5280 section 4.2.1.6), as `DNS:…`, `IP:…`, `dirName:section` and the like.

use std::net::IpAddr;

use super::super::distinguished_name::Steps;
use super::super::problem::CnfProblem;
use super::list::Item;
use super::{Context, asn1};
use crate::request::SubjectAltName;
use crate::request::encode::{context, element, joined, oid, sequence};

/// Where a name stands, which decides how an address is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Name,
    /// An address and its mask.
    Constraint,
}

/// `subjectAltName`, where mail addresses can be taken from the subject.
pub(super) fn subject_alt_name(cx: &mut Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let mut names = Vec::new();
    for item in items {
        match item.value.as_deref() {
            Some("copy" | "move") if item.is("email") => {
                names.extend(cx.subject.mail_addresses().iter().map(|mail| element(context(1, false), mail)));
                if item.value.as_deref() == Some("move") {
                    cx.subject.drop_mail_addresses();
                }
            }
            _ => names.push(general_name(cx, &item.name, item, Place::Name)?),
        }
    }
    match items.first() {
        Some(first) if names.is_empty() => Err(first
            .wrong("the subject has no emailAddress, so that no name is left for subjectAltName")
            .advise("add a name such as DNS:host.example, or leave subjectAltName away")),
        _ => Ok(sequence(&names)),
    }
}

/// Names that the issuer has besides.
pub(super) fn issuer_alt_name(cx: &Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let mut names = Vec::new();
    for item in items {
        if item.is("issuer") && item.value.as_deref() == Some("copy") {
            return Err(item
                .wrong("`issuer:copy` is not done here, as nothing that belongs to an issuer is copied")
                .advise("write the names themselves: DNS:…, URI:…"));
        }
        names.push(general_name(cx, &item.name, item, Place::Name)?);
    }
    Ok(sequence(&names))
}

/// Several names, in the list or the section that `value` is.
pub(super) fn general_names<'e>(cx: &Context<'e>, item: &Item<'e>) -> Result<Vec<Vec<u8>>, CnfProblem> {
    let items = cx.items(item.at, item.required()?)?;
    items.iter().map(|item| general_name(cx, &item.name, item, Place::Name)).collect()
}

/// One name; `kind` is what says which kind it is, such as `DNS` or `DNS.1`.
pub(super) fn general_name(cx: &Context<'_>, kind: &str, item: &Item<'_>, place: Place) -> Result<Vec<u8>, CnfProblem> {
    let is = |name: &str| super::list::is_named(kind, name);
    let Some(value) = item.value.as_deref() else {
        return Err(item.wrong(format_args!("`{kind}` does not say which kind of name it is")).advise(
            "write DNS:host.example, IP:10.0.0.1, email:joe@host.example, URI:https://…, RID:1.2.3, dirName:section \
             or otherName:1.2.3;UTF8:text",
        ));
    };
    if is("DNS") {
        return text(cx, item, 2, "DNS", value, place);
    }
    if is("email") {
        return text(cx, item, 1, "email", value, place);
    }
    if is("URI") {
        return text(cx, item, 6, "URI", value, place);
    }
    if is("IP") {
        return address(item, value, place).map(|bytes| element(context(7, false), &bytes));
    }
    if is("RID") {
        return cx.oid(item, value).map(|id| element(context(8, false), id.as_bytes()));
    }
    if is("dirName") {
        let entries = cx.section(item.at, value)?;
        let name = Steps::of_section(entries.into_iter(), cx.objects, cx.strings)?.to_name();
        return Ok(element(context(4, true), name.as_der()));
    }
    if is("otherName") {
        return other_name(cx, item, value);
    }
    let problem = item.wrong(format_args!("`{kind}` is no kind of name"));
    let known = ["DNS", "IP", "email", "URI", "RID", "dirName", "otherName"];
    let bare = kind.split('.').next().unwrap_or_default();
    Err(match known.iter().find(|known| known.eq_ignore_ascii_case(bare)) {
        Some(known) => problem.advise(format_args!("it is written `{known}`")),
        None if matches!(bare, "fullname" | "CRLissuer" | "reasons" | "relativename") => {
            problem.advise("the section of a distribution point is named without `@`")
        }
        None => problem.advise(format_args!("there are {}", known.join(", "))),
    })
}

/// A DNS name, a mail address or a URI: taken as it is written, and noted where no verifier will match it.
fn text(
    cx: &Context<'_>,
    item: &Item<'_>,
    tag: u8,
    kind: &str,
    value: &str,
    place: Place,
) -> Result<Vec<u8>, CnfProblem> {
    if let Some(c) = value.chars().find(|c| !c.is_ascii() || c.is_ascii_control()) {
        return Err(item
            .wrong(format_args!("{c:?} cannot be in the name `{value}`, which is ASCII (RFC 5280)"))
            .advise(match kind {
                "DNS" => "write the host in its `xn--…` form",
                "email" => "write otherName:1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:… (RFC 9598)",
                _ => "write it as %XX",
            }));
    }
    if place == Place::Name
        && let Err(problem) = format!("{kind}:{value}").parse::<SubjectAltName>()
    {
        cx.note(format!(
            "`{kind}:{value}` is asked for as it is written, and is no name that is matched: {}",
            problem.reason
        ));
    }
    Ok(element(context(tag, false), value.as_bytes()))
}

fn address(item: &Item<'_>, value: &str, place: Place) -> Result<Vec<u8>, CnfProblem> {
    let parse = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| no_address(item, text));
    let bytes = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    match (place, value.split_once('/')) {
        (Place::Name, None) => Ok(bytes(parse(value)?)),
        (Place::Name, Some((first, _))) => Err(item
            .wrong(format_args!("a certificate is for single addresses, and `{value}` is a range"))
            .advise(format_args!("write IP:{first}"))),
        (Place::Constraint, Some((address, mask))) => {
            let (address, mask) = match (parse(address)?, mask.trim().parse::<u8>()) {
                (address, Ok(bits)) => return Err(with_mask(item, value, address, bits)),
                (address, Err(_)) => (bytes(address), bytes(parse(mask)?)),
            };
            if address.len() != mask.len() {
                return Err(item.wrong(format_args!("the address and the mask of `{value}` are of two kinds")));
            }
            Ok([address, mask].concat())
        }
        (Place::Constraint, None) => Err(item
            .wrong(format_args!("`{value}` has no mask"))
            .advise("a range is written as in 10.0.0.0/255.0.0.0; one address has the mask 255.255.255.255")),
    }
}

fn no_address(item: &Item<'_>, text: &str) -> CnfProblem {
    let problem = item.wrong(format_args!("`{text}` is no IP address"));
    match format!("DNS:{text}").parse::<SubjectAltName>() {
        Ok(_) if text.contains(|c: char| c.is_ascii_alphabetic()) => {
            problem.advise(format_args!("a host is of the kind DNS: `DNS:{text}`, or in a section `DNS.1 = {text}`"))
        }
        _ => problem.advise("an address is four numbers up to 255, as in 10.0.0.1, or of IPv6, as in 2001:db8::1"),
    }
}

fn with_mask(item: &Item<'_>, value: &str, address: IpAddr, bits: u8) -> CnfProblem {
    let mask = match address {
        IpAddr::V4(_) => u32::MAX.checked_shl(32_u32.saturating_sub(bits.into())).map(|m| IpAddr::V4(m.into())),
        IpAddr::V6(_) => u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).map(|m| IpAddr::V6(m.into())),
    };
    let mask = mask.map_or_else(|| "0.0.0.0".to_owned(), |mask| mask.to_string());
    item.wrong(format_args!("OpenSSL takes no number of bits, as in `{value}`"))
        .advise(format_args!("write {address}/{mask}"))
}

fn other_name(cx: &Context<'_>, item: &Item<'_>, value: &str) -> Result<Vec<u8>, CnfProblem> {
    let Some((kind, value)) = value.split_once(';') else {
        return Err(item
            .wrong(format_args!("`{value}` does not say which kind of other name it is"))
            .advise("it is written otherName:1.2.3.4;UTF8:text"));
    };
    let kind = oid(&cx.oid(item, kind)?);
    let value = asn1::value(cx, item.at, value)?;
    Ok(joined(context(0, true), &[kind, element(context(0, true), &value)]))
}
