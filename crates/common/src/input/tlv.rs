//! DER by its tags and lengths (X.690), for structures that are taken apart and put together here; and BER made DER.

use zeroize::Zeroizing;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const CONTEXT_0: u8 = 0xa0;
pub(crate) const CONTEXT_1: u8 = 0xa1;

const CONSTRUCTED_OCTET_STRING: u8 = 0x24;
const CONSTRUCTED: u8 = 0x20;
const INDEFINITE: u8 = 0x80;

/// How deep BER may be nested. PKCS#12 and PKCS#7 need nine.
const MAX_DEPTH: usize = 16;

/// The longest BER that is made DER. A heap of a hundred certificates is a fifth of it.
const MAX_BER: usize = 1024 * 1024;

/// Splits one DER element off: its tag, its content, and what follows.
pub(crate) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = header(bytes)?;
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// How long the element that `bytes` begins with says that it is, its header included.
pub(crate) fn announced(bytes: &[u8]) -> Option<usize> {
    let (_, length, rest) = header(bytes)?;
    length.checked_add(bytes.len() - rest.len())
}

/// The tag and the length of an element, and what follows these.
fn header(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    match short {
        0..=0x7f => Some((tag, usize::from(short), rest)),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            Some((tag, digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit)), rest))
        }
        _ => None,
    }
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// Those in `content`.
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// Those in the one element that `bytes` begins with, which must have this tag.
    pub(crate) fn inside(tag: u8, bytes: &'a [u8]) -> Option<Self> {
        Self(bytes).expect(tag).map(Self)
    }

    /// The content of the next one, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.optional(tag)
    }

    /// The content of the next one where it has this tag; else it stays.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content, rest) = element(self.0)?;
        (found == tag).then(|| {
            self.0 = rest;
            content
        })
    }

    /// The elements in the next one, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Self)
    }

    /// The next one whole, with its tag and length, and its tag.
    pub(crate) fn whole(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, _, rest) = element(self.0)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some((tag, whole))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An unsigned INTEGER that fits.
pub(crate) fn number(content: &[u8]) -> Option<u64> {
    let digits = content.strip_prefix(&[0]).unwrap_or(content);
    let is_negative = content.first().is_some_and(|first| first & 0x80 != 0);
    if content.is_empty() || is_negative || digits.len() > 8 {
        return None;
    }
    Some(digits.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit)))
}

/// One element with this tag around the parts of its content.
pub(crate) fn encode(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let first = digits.iter().position(|digit| *digit != 0).unwrap_or_default();
            let digits = &digits[first..];
            // At most eight digits.
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    content.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// An INTEGER.
pub(crate) fn encode_number(number: u32) -> Vec<u8> {
    let digits = number.to_be_bytes();
    let first = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len() - 1);
    let digits = &digits[first..];
    let sign: &[u8] = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    encode(INTEGER, &[sign, digits])
}

/// BER as DER: lengths that were left open are filled in, and strings in pieces are joined, as older tools write
/// PKCS#12 and PKCS#7. What is DER inside stays as it is to the byte, for it may be signed.
///
/// None where it is not BER, nested too deep, or too long.
pub(crate) fn to_der(ber: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if ber.len() > MAX_BER {
        return None;
    }
    let mut out = Zeroizing::new(Vec::with_capacity(ber.len()));
    let rest = convert(ber, &mut out, 0)?;
    rest.is_empty().then_some(out)
}

/// Converts the first element of `ber` onto the end of `out`, and returns what follows it.
fn convert<'a>(ber: &'a [u8], out: &mut Vec<u8>, depth: usize) -> Option<&'a [u8]> {
    let (&tag, &short) = (ber.first()?, ber.get(1)?);
    if depth > MAX_DEPTH {
        return None;
    }
    if short != INDEFINITE {
        let (_, content, rest) = element(ber)?;
        let is_der = tag & CONSTRUCTED == 0 || (tag != CONSTRUCTED_OCTET_STRING && is_definite(content, depth + 1));
        if is_der {
            out.extend_from_slice(&ber[..ber.len() - rest.len()]);
        } else {
            let children = convert_all(content, depth)?;
            finish(tag, &children, out)?;
        }
        return Some(rest);
    }
    let mut children = Zeroizing::new(Vec::new());
    let mut rest = ber.get(2..)?;
    while !rest.starts_with(&[0, 0]) {
        rest = convert(rest, &mut children, depth + 1)?;
    }
    finish(tag, &children, out)?;
    rest.get(2..)
}

fn convert_all(mut content: &[u8], depth: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut children = Zeroizing::new(Vec::new());
    while !content.is_empty() {
        content = convert(content, &mut children, depth + 1)?;
    }
    Some(children)
}

/// A string in pieces becomes one; everything else keeps what is in it.
fn finish(tag: u8, children: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if tag != CONSTRUCTED_OCTET_STRING {
        out.extend_from_slice(&Zeroizing::new(encode(tag, &[children])));
        return Some(());
    }
    let joined = joined(children)?;
    out.extend_from_slice(&Zeroizing::new(encode(OCTET_STRING, &[&joined])));
    Some(())
}

/// The contents of OCTET STRINGs one after the other.
pub(crate) fn joined(strings: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut pieces = Elements::new(strings);
    let mut joined = Zeroizing::new(Vec::with_capacity(strings.len()));
    while !pieces.is_empty() {
        joined.extend_from_slice(pieces.expect(OCTET_STRING)?);
    }
    Some(joined)
}

/// Whether no length in these elements is left open. What cannot be followed is nobody's BER.
fn is_definite(mut content: &[u8], depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    while let [tag, short, ..] = content {
        if *short == INDEFINITE || *tag == CONSTRUCTED_OCTET_STRING {
            return false;
        }
        let Some((_, inner, rest)) = element(content) else { return true };
        if tag & CONSTRUCTED != 0 && !is_definite(inner, depth + 1) {
            return false;
        }
        content = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_encoded_is_read_again() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let content = vec![7; length];
            let whole = encode(OCTET_STRING, &[&content]);
            assert_eq!(element(&whole), Some((OCTET_STRING, &content[..], &[][..])));
        }
        for value in [0, 1, 0x7f, 0x80, 0xff, 0x8000, 2048, u32::MAX] {
            let whole = encode_number(value);
            assert_eq!(number(element(&whole).unwrap().1), Some(u64::from(value)));
        }
    }

    #[test]
    fn open_lengths_are_filled_in_and_pieces_joined() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0, 2, 1, 9, 0, 0];
        assert_eq!(*to_der(&ber).unwrap(), [0x30, 8, 4, 3, 1, 2, 3, 2, 1, 9]);
        let nested = [0x30, 6, 0xa0, 0x80, 2, 1, 5, 0, 0];
        assert!(to_der(&nested).is_none(), "its length is one short");
        // Lengths that are longer than they need be are inside of something signed, perhaps.
        let signed = [0x30, 0x80, 0x30, 0x81, 3, 2, 1, 5, 0, 0];
        assert_eq!(*to_der(&signed).unwrap(), [0x30, 6, 0x30, 0x81, 3, 2, 1, 5]);
    }

    #[test]
    fn nesting_has_an_end() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(to_der(&deep).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_converted_or_refused(bytes: Vec<u8>) {
            if let Some(der) = to_der(&bytes) {
                prop_assert!(element(&der).is_some());
            }
        }
    }
}
