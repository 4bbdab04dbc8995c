//! DER read element by element, for what is shown and not judged: all of it must be there, and nothing behind it.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use jiff::Timestamp;
use x509_cert::time::Time;
use x509_parser::asn1_rs::Oid;

use super::name::{decode_text, printable};
/// Why something that should be shown cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(String);

impl Unreadable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<der::Error> for Unreadable {
    fn from(error: der::Error) -> Self {
        Self(error.to_string())
    }
}

/// One element: tag, length and content.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    any: AnyRef<'a>,
    whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The one element that these bytes are.
    pub(crate) fn only(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        match Self::all(bytes)?.as_slice() {
            [one] => Ok(*one),
            [] => Err(Unreadable::new("it is empty")),
            [_, ..] => Err(Unreadable::new("more bytes follow its end")),
        }
    }

    /// The elements that these bytes are, one behind the other.
    pub(crate) fn all(bytes: &'a [u8]) -> Result<Vec<Self>, Unreadable> {
        Self::each(bytes, |element| Ok(*element))
    }

    /// What `read` makes of each of the elements that these bytes are.
    pub(crate) fn each<T>(
        bytes: &'a [u8],
        read: impl Fn(&Self) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Unreadable> {
        let mut reader = SliceReader::new(bytes)?;
        let mut found = Vec::new();
        while !reader.is_finished() {
            let whole = reader.tlv_bytes()?;
            found.push(read(&Self { any: AnyRef::from_der(whole)?, whole })?);
        }
        Ok(found)
    }

    /// What is in a SEQUENCE or a SET.
    pub(crate) fn children(&self) -> Result<Vec<Self>, Unreadable> {
        match self.any.tag() {
            Tag::Sequence | Tag::Set => Self::all(self.content()),
            other => Err(Unreadable::new(format!("a SEQUENCE was expected, and there is {other}"))),
        }
    }

    /// The children of the one SEQUENCE that these bytes are.
    pub(crate) fn sequence(bytes: &'a [u8]) -> Result<Vec<Self>, Unreadable> {
        Self::only(bytes)?.children()
    }

    pub(crate) fn content(&self) -> &'a [u8] {
        self.any.value()
    }

    pub(crate) fn whole(&self) -> &'a [u8] {
        self.whole
    }

    pub(crate) fn is(&self, tag: Tag) -> bool {
        self.any.tag() == tag
    }

    /// The number of a context-specific tag: `[0]`, `[1]`, …
    pub(crate) fn context(&self) -> Option<u32> {
        let tag = self.any.tag();
        tag.is_context_specific().then(|| tag.number().value())
    }

    /// The elements in it that have context-specific tags, by their numbers; another element is an error.
    pub(crate) fn tagged(&self) -> Result<Vec<(u32, Self)>, Unreadable> {
        let unexpected = |element: &Self| Unreadable::new(format!("{} was not expected", element.any.tag()));
        let numbered = |element: Self| Ok((element.context().ok_or_else(|| unexpected(&element))?, element));
        self.children()?.into_iter().map(numbered).collect()
    }

    /// An OBJECT IDENTIFIER with its dots.
    pub(crate) fn oid(&self) -> Result<String, Unreadable> {
        self.expect(Tag::ObjectIdentifier)?;
        oid_of(self.content())
    }

    /// The text of any of ASN.1's string types, safe to print.
    pub(crate) fn text(&self) -> Result<String, Unreadable> {
        let text = decode_text(self.any.tag().number().value(), self.content());
        text.map(|text| printable(&text)).ok_or_else(|| Unreadable::new(format!("{} is no text", self.any.tag())))
    }

    /// The content of an INTEGER or an ENUMERATED.
    pub(crate) fn integer(&self) -> Result<&'a [u8], Unreadable> {
        if !self.is(Tag::Enumerated) {
            self.expect(Tag::Integer)?;
        }
        Ok(self.content())
    }

    pub(crate) fn octets(&self) -> Result<&'a [u8], Unreadable> {
        self.expect(Tag::OctetString)?;
        Ok(self.content())
    }

    pub(crate) fn time(&self) -> Result<Timestamp, Unreadable> {
        Ok(timestamp(Time::from_der(self.whole)?))
    }

    /// The bits that are set in a BIT STRING, by their numbers.
    pub(crate) fn bits(&self) -> Result<Vec<usize>, Unreadable> {
        self.expect(Tag::BitString)?;
        bits_of(self.content())
    }

    fn expect(&self, tag: Tag) -> Result<(), Unreadable> {
        self.any.tag().assert_eq(tag)?;
        Ok(())
    }
}

/// The dots of an OBJECT IDENTIFIER's content.
pub(crate) fn oid_of(content: &[u8]) -> Result<String, Unreadable> {
    match content.last() {
        Some(last) if last & 0x80 == 0 => Ok(Oid::new(content.into()).to_id_string()),
        _ => Err(Unreadable::new("an OBJECT IDENTIFIER is cut off")),
    }
}

/// The bits that are set in a BIT STRING's content.
pub(crate) fn bits_of(content: &[u8]) -> Result<Vec<usize>, Unreadable> {
    let (unused, bytes) = content.split_first().ok_or_else(|| Unreadable::new("a BIT STRING is empty"))?;
    if *unused > 7 || (bytes.is_empty() && *unused > 0) {
        return Err(Unreadable::new("a BIT STRING has more unused bits than bits"));
    }
    let end = bytes.len() * 8 - usize::from(*unused);
    let is_set = |bit: &usize| bytes.get(bit / 8).is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1);
    Ok((0..end).filter(is_set).collect())
}

/// A BOOLEAN's content.
pub(crate) fn flag_of(content: &[u8]) -> Result<bool, Unreadable> {
    match content {
        [0] => Ok(false),
        // DER writes true as 0xff, BER as anything but zero.
        [_] => Ok(true),
        _ => Err(Unreadable::new("a BOOLEAN is not one byte long")),
    }
}

/// `GeneralizedTime` under an implicit tag.
pub(crate) fn time_of(content: &[u8]) -> Result<Timestamp, Unreadable> {
    let time = AnyRef::new(Tag::GeneralizedTime, content)?;
    Ok(timestamp(Time::GeneralTime(time.decode_as()?)))
}

/// `99991231235959Z` lies past the last second of jiff.
fn timestamp(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_whole_or_not_at_all() {
        let bytes = [0x30, 6, 2, 1, 5, 0x80, 1, 7];
        let inner = Element::sequence(&bytes).unwrap_or_default();
        assert_eq!(inner.len(), 2);
        assert_eq!((inner[0].integer().unwrap(), inner[1].context()), (&[5][..], Some(0)));
        assert!(Element::sequence(&bytes[..7]).is_err());
        assert!(Element::only(&[5, 0, 5, 0]).is_err());
        assert!(inner[0].children().is_err() && inner[0].text().is_err());
    }

    #[test]
    fn bits_are_counted_from_the_left() {
        assert_eq!(bits_of(&[5, 0b1010_0000]).unwrap(), [0, 2]);
        assert_eq!(bits_of(&[7, 0, 0x80]).unwrap(), [8]);
        assert_eq!(bits_of(&[0]).unwrap(), [0_usize; 0]);
        assert!(bits_of(&[]).is_err() && bits_of(&[8, 1]).is_err() && bits_of(&[1]).is_err());
    }
}
