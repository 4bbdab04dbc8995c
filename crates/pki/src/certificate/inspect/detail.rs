//! What was decoded, as a tree of words: one value that is printed as text and as JSON.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

/// A decoded value. All text in it is safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Words.
    Text(String),
    /// A number that fits.
    Number(i64),
    /// Whether something is so.
    Flag(bool),
    /// Bytes, and numbers that are too large: in hexadecimal.
    Bytes(Vec<u8>),
    /// A point in time.
    Time(Timestamp),
    /// Several values.
    List(Vec<Detail>),
    /// Values with names, in `snake_case`.
    Fields(Vec<(&'static str, Detail)>),
}

impl Detail {
    /// Words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An INTEGER by its content: a number where it fits, else its bytes.
    pub(crate) fn integer(content: &[u8]) -> Self {
        let negative = content.first().is_some_and(|first| first & 0x80 != 0);
        let fill = if negative { -1 } else { 0 };
        match content.len() {
            1..=8 => Self::Number(content.iter().fold(fill, |sum, byte| sum << 8 | i64::from(*byte))),
            _ => Self::Bytes(content.to_vec()),
        }
    }

    /// Several words.
    pub(crate) fn words<W: ToString>(words: impl IntoIterator<Item = W>) -> Self {
        Self::List(words.into_iter().map(|word| Self::Text(word.to_string())).collect())
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Fields(fields) => fields.is_empty(),
            Self::Number(_) | Self::Flag(_) | Self::Time(_) => false,
        }
    }

    /// As words on one line; none where it is a list or has fields.
    pub(crate) fn in_line(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Self::Bytes(bytes) => HEXLOWER.encode(bytes),
            Self::Time(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            Self::List(_) | Self::Fields(_) => return None,
        })
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Bytes(bytes) => serializer.serialize_str(&HEXLOWER.encode(bytes)),
            Self::Time(time) => time.serialize(serializer),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_a_number_where_it_fits() {
        assert_eq!(Detail::integer(&[0x7f]), Detail::Number(127));
        assert_eq!(Detail::integer(&[0xff]), Detail::Number(-1));
        assert_eq!(Detail::integer(&[1, 0]), Detail::Number(256));
        assert_eq!(Detail::integer(&[0; 9]), Detail::Bytes(vec![0; 9]));
        assert_eq!(Detail::integer(&[]), Detail::Bytes(vec![]));
    }

    #[test]
    fn the_json_keeps_the_order_of_the_fields() {
        let detail = Detail::Fields(vec![("b", Detail::Flag(true)), ("a", Detail::words(["x"]))]);
        assert_eq!(serde_json::to_string(&detail).unwrap(), r#"{"b":true,"a":["x"]}"#);
    }
}
