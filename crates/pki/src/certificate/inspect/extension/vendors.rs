//! Extensions that Netscape and Microsoft made, and S/MIME's capabilities (RFC 4262).

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};
use super::names::general_name;
use super::registry::word_or_oid;

const NETSCAPE_TYPES: [&str; 8] =
    ["SSL client", "SSL server", "S/MIME", "object signing", "reserved", "SSL CA", "S/MIME CA", "object signing CA"];

pub(super) fn text(bytes: &[u8]) -> Result<Detail, Unreadable> {
    Ok(Detail::text(Element::only(bytes)?.text()?))
}

pub(super) fn netscape_type(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let bits = Element::only(bytes)?.bits()?;
    let word = |bit: usize| NETSCAPE_TYPES.get(bit).map_or_else(|| format!("bit {bit}"), ToString::to_string);
    Ok(Detail::words(bits.into_iter().map(word)))
}

/// `CertificateTemplate`: its OID, and the numbers of its version.
pub(super) fn template(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let parts = Element::sequence(bytes)?;
    let (template, versions) = parts.split_first().ok_or_else(|| Unreadable::new("it is empty"))?;
    let mut fields = vec![("template", Detail::text(template.oid()?))];
    for (name, version) in ["major_version", "minor_version"].into_iter().zip(versions) {
        fields.push((name, Detail::integer(version.integer()?)));
    }
    Ok(Detail::Fields(fields))
}

/// The security identifier of an account, which Windows binds a certificate to.
pub(super) fn security_identifier(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let names = Element::sequence(bytes)?;
    let written = names.iter().map(|name| {
        let [_, value] = <[Element<'_>; 2]>::try_from(Element::all(name.content())?)
            .map_err(|_| Unreadable::new("an otherName has not two parts"))?;
        let inner = Element::only(value.content())?;
        // The identifier is text, though it is in an OCTET STRING.
        match inner.octets().map(|bytes| std::str::from_utf8(bytes)) {
            Ok(Ok(text)) => Ok(super::super::name::printable(text)),
            _ => general_name(name),
        }
    });
    Ok(Detail::words(written.collect::<Result<Vec<_>, Unreadable>>()?))
}

pub(super) fn capabilities(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let capabilities = Element::sequence(bytes)?;
    let named = capabilities.iter().map(|capability| {
        let parts = capability.children()?;
        let kind = parts.first().ok_or_else(|| Unreadable::new("a capability is empty"))?;
        Ok(word_or_oid(kind.oid()?))
    });
    Ok(Detail::words(named.collect::<Result<Vec<_>, Unreadable>>()?))
}
