//! What a key may be used for: keyUsage, extendedKeyUsage, privateKeyUsagePeriod (RFC 5280 sections 4.2.1.3 and
//! 4.2.1.12, RFC 3280 section 4.2.1.4), TLS feature (RFC 7633), and extensions that say by being there.

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable, time_of};
use super::super::usage::Usage;
use super::registry::word_or_oid;

pub(super) fn key_usage(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let bits = Element::only(bytes)?.bits()?;
    Ok(Detail::words(
        bits.into_iter().map(|bit| Usage::name_of(bit).map_or_else(|| format!("bit {bit}"), str::to_owned)),
    ))
}

pub(super) fn extended(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let purposes: Vec<String> = Element::sequence(bytes)?.iter().map(Element::oid).collect::<Result<_, _>>()?;
    Ok(Detail::words(purposes.into_iter().map(word_or_oid)))
}

pub(super) fn private_key_period(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, part) in Element::only(bytes)?.tagged()? {
        let time = Detail::Time(time_of(part.content())?);
        fields.push(match number {
            0 => ("not_before", time),
            1 => ("not_after", time),
            _ => return Err(Unreadable::new("it has more than two times")),
        });
    }
    Ok(Detail::Fields(fields))
}

/// Extensions of TLS that a server must answer; the first is what "must staple" means.
pub(super) fn tls_feature(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let features = Element::sequence(bytes)?;
    let named = features.iter().map(|feature| {
        let number = Detail::integer(feature.integer()?);
        Ok(Detail::text(match number {
            Detail::Number(5) => "status_request".to_owned(),
            Detail::Number(17) => "status_request_v2".to_owned(),
            other => other.in_line().unwrap_or_default(),
        }))
    });
    Ok(Detail::List(named.collect::<Result<_, Unreadable>>()?))
}

/// NULL, which is all that such an extension holds.
pub(super) fn presence(bytes: &[u8]) -> Result<Detail, Unreadable> {
    match bytes {
        [5, 0] => Ok(Detail::Flag(true)),
        _ => Err(Unreadable::new("NULL was expected")),
    }
}
