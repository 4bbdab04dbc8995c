//! Names: subjectAltName, issuerAltName (RFC 5280 sections 4.2.1.6 and 4.2.1.7), and the general names in others.

use std::net::IpAddr;

use data_encoding::HEXLOWER;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::RelativeDistinguishedName;

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable, oid_of};
use super::super::name::{Name, attribute, printable};
use super::registry::word_or_oid;

pub(super) fn alternative(bytes: &[u8]) -> Result<Detail, Unreadable> {
    general_names(Element::sequence(bytes)?)
}

pub(super) fn general_names(names: Vec<Element<'_>>) -> Result<Detail, Unreadable> {
    let names: Vec<String> = names.iter().map(general_name).collect::<Result<_, _>>()?;
    Ok(Detail::words(names))
}

/// `DNS:a.example`, `IP:10.0.0.1`, `directory:CN=a`: a GeneralName in one line.
pub(crate) fn general_name(name: &Element<'_>) -> Result<String, Unreadable> {
    written(name, address)
}

/// The same in a constraint, where an address is a network.
pub(super) fn constrained_name(name: &Element<'_>) -> Result<String, Unreadable> {
    written(name, network)
}

fn written(name: &Element<'_>, address: fn(&[u8]) -> String) -> Result<String, Unreadable> {
    let content = name.content();
    let text = |kind: &str| match std::str::from_utf8(content) {
        Ok(text) => format!("{kind}:{}", printable(text)),
        Err(_) => format!("{kind}:#{}", HEXLOWER.encode(content)),
    };
    Ok(match name.context() {
        Some(0) => other_name(content)?,
        Some(1) => text("email"),
        Some(2) => text("DNS"),
        Some(3) => format!("x400Address:#{}", HEXLOWER.encode(content)),
        Some(4) => format!("directory:{}", directory(content)?),
        Some(5) => format!("ediPartyName:#{}", HEXLOWER.encode(content)),
        Some(6) => text("URI"),
        Some(7) => format!("IP:{}", address(content)),
        Some(8) => format!("registeredID:{}", oid_of(content)?),
        _ => return Err(Unreadable::new("a name is of none of the nine kinds")),
    })
}

/// `otherName:userPrincipalName=joe@a.example`; what is no text is `#` and its bytes.
fn other_name(content: &[u8]) -> Result<String, Unreadable> {
    let parts = Element::all(content)?;
    let [kind, value] = parts.as_slice() else {
        return Err(Unreadable::new("an otherName has not two parts"));
    };
    let value = Element::only(value.content())?;
    let text = value.text().unwrap_or_else(|_| format!("#{}", HEXLOWER.encode(value.whole())));
    Ok(format!("otherName:{}={text}", word_or_oid(kind.oid()?)))
}

fn directory(content: &[u8]) -> Result<String, Unreadable> {
    let name = Name::from_der(content).ok_or_else(|| Unreadable::new("a directoryName is no name"))?;
    Ok(name.to_string())
}

/// A part of a name, as a distribution point gives it in relation to its issuer: the content of the SET.
pub(crate) fn relative_name(content: &[u8]) -> Result<String, Unreadable> {
    let attributes = Element::all(content)?;
    let written = attributes.iter().map(|one| {
        // x509-parser takes the SET itself, whose tag an implicit one has replaced here.
        let set = [&[0x31, 0x84], &u32::try_from(one.whole().len()).unwrap_or(u32::MAX).to_be_bytes()[..], one.whole()];
        let set = set.concat();
        let (_, read) = RelativeDistinguishedName::from_der(&set).map_err(|_| Unreadable::new("it is no name"))?;
        Ok(read.iter().map(attribute).collect::<Vec<_>>().join("+"))
    });
    Ok(written.collect::<Result<Vec<_>, Unreadable>>()?.join("+"))
}

fn address(bytes: &[u8]) -> String {
    ip(bytes).map_or_else(|| format!("#{}", HEXLOWER.encode(bytes)), |address| address.to_string())
}

/// An address and its mask: `10.0.0.0/8`, or the mask itself where it is not a row of ones.
fn network(bytes: &[u8]) -> String {
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let (Some(address), Some(mask)) = (ip(address), ip(mask)) else {
        return format!("#{}", HEXLOWER.encode(bytes));
    };
    let bits = match mask {
        IpAddr::V4(mask) => u128::from(mask.to_bits()) << 96,
        IpAddr::V6(mask) => mask.to_bits(),
    };
    match bits.leading_ones() {
        ones if bits.count_ones() == ones => format!("{address}/{ones}"),
        _ => format!("{address}/{mask}"),
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}
