//! What a key is for: keyUsage, extendedKeyUsage, and what Netscape and TLS made of it.

use super::super::problem::CnfProblem;
use super::Context;
use super::list::Item;
use crate::request::encode::{BIT_STRING, INTEGER, named_bits, oid, sequence, signed};

/// RFC 5280 section 4.2.1.3, in the order of the bits.
const USAGES: [(&str, &str); 9] = [
    ("digitalSignature", "Digital Signature"),
    ("nonRepudiation", "Non Repudiation"),
    ("keyEncipherment", "Key Encipherment"),
    ("dataEncipherment", "Data Encipherment"),
    ("keyAgreement", "Key Agreement"),
    ("keyCertSign", "Certificate Sign"),
    ("cRLSign", "CRL Sign"),
    ("encipherOnly", "Encipher Only"),
    ("decipherOnly", "Decipher Only"),
];

const NETSCAPE: [(&str, &str); 8] = [
    ("client", "SSL Client"),
    ("server", "SSL Server"),
    ("email", "S/MIME"),
    ("objsign", "Object Signing"),
    ("reserved", "Unused"),
    ("sslCA", "SSL CA"),
    ("emailCA", "S/MIME CA"),
    ("objCA", "Object Signing CA"),
];

pub(super) fn key_usage(items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    bits(items, &USAGES)
}

pub(super) fn netscape_type(items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    bits(items, &NETSCAPE)
}

fn bits(items: &[Item<'_>], names: &[(&str, &str)]) -> Result<Vec<u8>, CnfProblem> {
    let mut set = Vec::new();
    for item in items {
        match names.iter().position(|(short, long)| item.name == *short || item.name == *long) {
            Some(bit) => set.push(bit),
            None => {
                let known: Vec<&str> = names.iter().map(|(short, _)| *short).collect();
                return Err(item.unknown_word(&known));
            }
        }
    }
    Ok(named_bits(BIT_STRING, &set))
}

pub(super) fn purposes(cx: &Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let purposes = items.iter().map(|item| match item.name.split_whitespace().next() {
        Some(word) if word.eq_ignore_ascii_case("critical") => Err(item.unknown_word(&[])),
        _ => cx.oid(item, item.word()).map(|id| oid(&id)),
    });
    Ok(sequence(&purposes.collect::<Result<Vec<_>, _>>()?))
}

/// RFC 7633.
pub(super) fn tls_feature(items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let features = items.iter().map(|item| {
        let number = match item.word() {
            "status_request" => Some(5),
            "status_request_v2" => Some(17),
            number => number.parse::<u16>().ok(),
        };
        number.map(|number| signed(INTEGER, number.into())).ok_or_else(|| {
            item.wrong(format_args!("`{}` is no TLS extension", item.word()))
                .advise("there are status_request, status_request_v2, and numbers up to 65535")
        })
    });
    Ok(sequence(&features.collect::<Result<Vec<_>, _>>()?))
}
