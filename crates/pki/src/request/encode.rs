//! DER, written (X.690 section 10): for what is put together from texts, and where the order and the form of every
//! byte are decided here.

use const_oid::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const VISIBLE_STRING: u8 = 0x1a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A context-specific tag; `constructed` where elements are in it.
pub(crate) const fn context(number: u8, constructed: bool) -> u8 {
    0x80 | number | if constructed { 0x20 } else { 0 }
}

/// An element: its tag, its length, its content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let length = minimal(&bytes);
            out.push(0x80 | length.len() as u8);
            out.extend_from_slice(length);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of elements.
pub(crate) fn sequence<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    joined(SEQUENCE, parts)
}

/// Elements one after the other in an element with this tag.
pub(crate) fn joined<P: AsRef<[u8]>>(tag: u8, parts: &[P]) -> Vec<u8> {
    let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    element(tag, &parts.concat())
}

/// Elements in the order that DER gives a SET OF, in an element with this tag.
pub(crate) fn set_of(tag: u8, mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    joined(tag, &parts)
}

/// An OBJECT IDENTIFIER.
pub(crate) fn oid(oid: &ObjectIdentifier) -> Vec<u8> {
    element(OID, oid.as_bytes())
}

/// An INTEGER that is not negative, from its big-endian bytes.
pub(crate) fn unsigned(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let digits = minimal(bytes);
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    element(tag, &content)
}

/// An INTEGER.
pub(crate) fn signed(tag: u8, number: i128) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let sign = if number < 0 { 0xff } else { 0 };
    // A leading byte is left out where the next one says the same of the sign.
    let redundant = bytes.windows(2).take_while(|pair| pair[0] == sign && (pair[1] ^ sign) < 0x80).count();
    element(tag, &bytes[redundant..])
}

/// A BIT STRING of named bits, which ends with the last one that is set (X.690 section 11.2.2).
pub(crate) fn named_bits(tag: u8, set: &[usize]) -> Vec<u8> {
    let Some(last) = set.iter().max() else { return element(tag, &[0]) };
    let mut content = vec![0; 2 + last / 8];
    content[0] = 7 - (last % 8) as u8;
    for bit in set {
        content[1 + bit / 8] |= 0x80 >> (bit % 8);
    }
    element(tag, &content)
}

fn minimal(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

#[cfg(test)]
mod tests {
    use der::{Decode, Encode};

    use super::*;

    #[test]
    fn lengths_and_numbers_have_their_shortest_form() {
        assert_eq!(element(4, &[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(element(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(element(4, &[0; 70_000])[..5], [4, 0x83, 1, 0x11, 0x70]);
        assert_eq!(unsigned(INTEGER, &[0, 0]), [2, 1, 0]);
        assert_eq!(unsigned(INTEGER, &[0, 0x80]), [2, 2, 0, 0x80]);
        for number in [0_i64, 1, 127, 128, 255, 256, -1, -128, -129, i64::MAX, i64::MIN] {
            assert_eq!(signed(INTEGER, i128::from(number)), number.to_der().unwrap(), "{number}");
        }
    }

    #[test]
    fn named_bits_end_with_the_last_one() {
        assert_eq!(named_bits(BIT_STRING, &[]), [3, 1, 0]);
        assert_eq!(named_bits(BIT_STRING, &[0, 2]), [3, 2, 5, 0xa0]);
        assert_eq!(named_bits(BIT_STRING, &[8]), [3, 3, 7, 0, 0x80]);
        assert!(der::asn1::BitString::from_der(&named_bits(BIT_STRING, &[1, 8])).is_ok());
    }
}
