//! Where CRLs are: cRLDistributionPoints, freshestCRL and issuingDistributionPoint (RFC 5280 sections 4.2.1.13,
//! 4.2.1.15 and 5.2.5).

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable, bits_of, flag_of};
use super::names::{general_names, relative_name};

/// `ReasonFlags`, from bit 0.
const REASONS: [&str; 9] = [
    "unused",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
];

type Field = (&'static str, Detail);

pub(super) fn points(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let points = Element::sequence(bytes)?;
    Ok(Detail::List(points.iter().map(point).collect::<Result<_, _>>()?))
}

fn point(element: &Element<'_>) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, part) in element.tagged()? {
        fields.push(match number {
            0 => place(part.content())?,
            1 => ("reasons", reasons(part.content())?),
            2 => ("crl_issuer", general_names(Element::all(part.content())?)?),
            _ => return Err(Unreadable::new("a distribution point has more than three parts")),
        });
    }
    Ok(Detail::Fields(fields))
}

pub(super) fn issuing(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, part) in Element::only(bytes)?.tagged()? {
        let flag = |name| Ok::<Field, Unreadable>((name, Detail::Flag(flag_of(part.content())?)));
        fields.push(match number {
            0 => place(part.content())?,
            1 => flag("only_user_certificates")?,
            2 => flag("only_ca_certificates")?,
            3 => ("only_reasons", reasons(part.content())?),
            4 => flag("indirect")?,
            5 => flag("only_attribute_certificates")?,
            _ => return Err(Unreadable::new("it has more than six parts")),
        });
    }
    Ok(Detail::Fields(fields))
}

/// `DistributionPointName`: full names, or one in relation to the issuer's.
fn place(content: &[u8]) -> Result<Field, Unreadable> {
    let name = Element::only(content)?;
    match name.context() {
        Some(0) => Ok(("at", general_names(Element::all(name.content())?)?)),
        Some(1) => Ok(("relative_name", Detail::text(relative_name(name.content())?))),
        _ => Err(Unreadable::new("a distribution point's name is of neither kind")),
    }
}

fn reasons(content: &[u8]) -> Result<Detail, Unreadable> {
    let bits = bits_of(content)?;
    Ok(Detail::words(
        bits.iter().map(|bit| REASONS.get(*bit).map_or_else(|| format!("bit {bit}"), ToString::to_string)),
    ))
}
