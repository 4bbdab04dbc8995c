//! Bytes decoded for people: a tree of fields of which each says where it stands and how long it is.
//!
//! What is inside a field tiles it: its fields follow each other without a gap, from its first byte to its last. What
//! cannot be decoded is a field as well, so that every byte is accounted for whatever a stranger sent.

/// Some bytes, and what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is called, in `snake_case`, after the RFC that defines it.
    pub name: &'static str,
    /// Its first byte, counted from the first byte of the whole.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// What they say.
    pub value: Value,
    /// What it consists of; empty where it has no parts.
    pub fields: Vec<Field>,
}

/// What the bytes of a field say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// What its fields say.
    Fields,
    /// A number.
    Number(u64),
    /// A value of a registry, by number and, where it is registered, by name.
    Code {
        /// The number.
        code: u16,
        /// The name.
        name: Option<&'static str>,
    },
    /// Text without control characters.
    Text(String),
    /// Bytes that mean nothing by themselves.
    Bytes(Vec<u8>),
    /// Bytes that are a secret, or open one: they are counted and not kept.
    Withheld,
    /// Bytes that are not what should stand here, and why.
    Undecoded(&'static str),
}

impl Field {
    /// The field of this name, at any depth, that comes first.
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.walk().find(|field| field.name == name)
    }

    /// Every field of this name, at any depth, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.walk().filter(move |field| field.name == name)
    }

    /// This field and all below it, in order.
    pub fn walk(&self) -> impl Iterator<Item = &Self> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.fields.iter().rev());
            Some(next)
        })
    }

    /// What is wrong with it, or with something in it.
    pub fn fault(&self) -> Option<&'static str> {
        self.walk().find_map(|field| match field.value {
            Value::Undecoded(why) => Some(why),
            _ => None,
        })
    }

    /// Whether its fields, and theirs, tile it.
    pub fn is_tiled(&self) -> bool {
        self.walk().all(|field| field.fields.is_empty() || tile(&field.fields, field.offset, field.length))
    }

    /// The number that it is, or the code.
    pub const fn number(&self) -> Option<u64> {
        match self.value {
            Value::Number(number) => Some(number),
            Value::Code { code, .. } => Some(code as u64),
            _ => None,
        }
    }
}

/// Whether `fields` follow each other from `offset` on, and are `length` bytes together.
pub fn tile(fields: &[Field], offset: usize, length: usize) -> bool {
    let end = fields.iter().try_fold(offset, |at, field| (field.offset == at).then_some(at + field.length));
    end == Some(offset + length)
}

/// What a part of a message turned out to be; none where it ends early, or holds what it must not.
pub(crate) type Read = Option<Value>;

/// A registry: a name for a number.
pub(crate) type Names = fn(u16) -> Option<&'static str>;

/// It is what its fields are.
pub(crate) const DONE: Read = Some(Value::Fields);

/// What is said of bytes that are missing or are not what they should be.
const BROKEN: &str = "ends early, or is not well formed";

/// What is said of bytes behind the end.
const TOO_MUCH: &str = "bytes behind its end";

/// Reads fields from the front of some bytes, and keeps every one.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    at: usize,
    read: Vec<Field>,
}

impl<'a> Fields<'a> {
    /// Decodes all of `bytes`, whose first byte is the one at `offset`. What `how` leaves over is kept as undecoded.
    pub(crate) fn of(name: &'static str, bytes: &'a [u8], offset: usize, how: impl FnOnce(&mut Self) -> Read) -> Field {
        let mut fields = Self { rest: bytes, at: offset, read: Vec::new() };
        let value = how(&mut fields);
        let why = if value.is_some() { TOO_MUCH } else { BROKEN };
        if value.is_none() || !fields.rest.is_empty() {
            fields.undecoded(why);
        }
        Field { name, offset, length: bytes.len(), value: value.unwrap_or(Value::Fields), fields: fields.read }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left, without reading it.
    pub(crate) const fn left(&self) -> &'a [u8] {
        self.rest
    }

    /// An unsigned number of up to four bytes.
    pub(crate) fn number(&mut self, name: &'static str, width: usize) -> Option<u64> {
        let offset = self.at;
        let bytes = self.take(width)?;
        let number = bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        self.keep(name, offset, Value::Number(number));
        Some(number)
    }

    /// A value of a registry, in one byte or two.
    pub(crate) fn code(&mut self, name: &'static str, width: usize, names: Names) -> Option<u16> {
        let offset = self.at;
        let code = self.take(width)?.iter().fold(0_u16, |code, &byte| code << 8 | u16::from(byte));
        self.keep(name, offset, Value::Code { code, name: names(code) });
        Some(code)
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, name: &'static str, length: usize) -> Option<&'a [u8]> {
        let offset = self.at;
        let bytes = self.take(length)?;
        self.keep(name, offset, Value::Bytes(bytes.to_vec()));
        Some(bytes)
    }

    /// All that is left; nothing is kept of it where it is empty.
    pub(crate) fn remaining(&mut self, name: &'static str) -> Option<&'a [u8]> {
        if self.rest.is_empty() { Some(&[]) } else { self.bytes(name, self.rest.len()) }
    }

    /// All that is left, which is a secret.
    pub(crate) fn remaining_withheld(&mut self, name: &'static str) -> Option<()> {
        let offset = self.at;
        if !self.rest.is_empty() {
            self.take(self.rest.len())?;
            self.keep(name, offset, Value::Withheld);
        }
        Some(())
    }

    /// All that is left, as text.
    pub(crate) fn remaining_text(&mut self, name: &'static str) -> Option<String> {
        let offset = self.at;
        let text = text(self.take(self.rest.len())?);
        self.keep(name, offset, Value::Text(text.clone()));
        Some(text)
    }

    /// A part that ends where `how` has read it.
    pub(crate) fn group(&mut self, name: &'static str, how: impl FnOnce(&mut Self) -> Read) -> Option<()> {
        let mut inner = Self { rest: self.rest, at: self.at, read: Vec::new() };
        let value = how(&mut inner);
        let (offset, length) = (self.at, inner.at - self.at);
        self.rest = inner.rest;
        self.at = inner.at;
        if length > 0 {
            let whole =
                Field { name, offset, length, value: value.clone().unwrap_or(Value::Fields), fields: inner.read };
            self.read.push(whole);
        }
        value.map(|_| ())
    }

    /// A part whose length stands in `width` bytes before it (RFC 8446 section 3.4). Where `how` finds it broken, what
    /// follows it can be read all the same.
    pub(crate) fn sized(
        &mut self,
        name: &'static str,
        width: usize,
        how: impl FnOnce(&mut Self) -> Read,
    ) -> Option<()> {
        let offset = self.at;
        let mut prefix = Self { rest: self.rest, at: self.at, read: Vec::new() };
        let length = usize::try_from(prefix.number("length", width)?).ok()?;
        let content = prefix.rest.get(..length)?;
        let mut whole = Self::of(name, content, prefix.at, how);
        whole.offset = offset;
        whole.length += width;
        whole.fields.splice(0..0, prefix.read);
        self.take(width + length)?;
        self.read.push(whole);
        Some(())
    }

    /// Bytes behind their length.
    pub(crate) fn sized_bytes(&mut self, name: &'static str, width: usize) -> Option<()> {
        self.sized(name, width, |bytes| {
            let content = bytes.left();
            bytes.remaining("bytes")?;
            Some(Value::Bytes(content.to_vec()))
        })
    }

    /// The same for a secret.
    pub(crate) fn sized_withheld(&mut self, name: &'static str, width: usize) -> Option<()> {
        self.sized(name, width, |bytes| {
            bytes.remaining_withheld("bytes")?;
            Some(Value::Withheld)
        })
    }

    /// Text behind its length.
    pub(crate) fn sized_text(&mut self, name: &'static str, width: usize) -> Option<()> {
        self.sized(name, width, |bytes| bytes.remaining_text("text").map(Value::Text))
    }

    /// A list behind its length, of entries that `how` reads one by one.
    pub(crate) fn list(
        &mut self,
        name: &'static str,
        width: usize,
        mut how: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.sized(name, width, |list| {
            while !list.is_empty() {
                how(list)?;
            }
            DONE
        })
    }

    /// A list of values of a registry.
    pub(crate) fn codes(
        &mut self,
        list: &'static str,
        prefix: usize,
        entry: &'static str,
        width: usize,
        names: Names,
    ) -> Option<()> {
        self.list(list, prefix, |list| list.code(entry, width, names).map(|_| ()))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        self.at += length;
        Some(taken)
    }

    fn keep(&mut self, name: &'static str, offset: usize, value: Value) {
        self.read.push(Field { name, offset, length: self.at - offset, value, fields: Vec::new() });
    }

    fn undecoded(&mut self, why: &'static str) {
        let length = self.rest.len();
        self.read.push(Field {
            name: "undecoded",
            offset: self.at,
            length,
            value: Value::Undecoded(why),
            fields: Vec::new(),
        });
        self.rest = &[];
        self.at += length;
    }
}

/// A stranger's bytes as text that steers no terminal.
pub fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// What turns the direction of writing, or is not seen.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_is_a_field_too() {
        let field = Fields::of("whole", &[1, 2, 3], 10, |fields| {
            fields.number("one", 1)?;
            DONE
        });
        assert!(field.is_tiled());
        assert_eq!((field.offset, field.length), (10, 3));
        assert_eq!(field.fault(), Some(TOO_MUCH));
    }

    #[test]
    fn a_list_that_lies_about_its_length_hides_nothing() {
        let field = Fields::of("whole", &[0, 9, 1, 2], 0, |fields| {
            fields.list("list", 2, |list| list.number("entry", 1).map(|_| ()))?;
            DONE
        });
        assert!(field.is_tiled(), "{field:?}");
        assert_eq!(
            field.fields,
            [Field { name: "undecoded", offset: 0, length: 4, value: Value::Undecoded(BROKEN), fields: Vec::new() }]
        );
    }

    #[test]
    fn what_follows_a_broken_part_is_read_all_the_same() {
        let field = Fields::of("whole", &[0, 3, 1, 2, 3, 7], 0, |fields| {
            fields.list("pairs", 2, |list| list.number("pair", 2).map(|_| ()))?;
            fields.number("after", 1)?;
            DONE
        });
        assert!(field.is_tiled(), "{field:?}");
        assert_eq!(field.find("after").and_then(Field::number), Some(7));
        assert_eq!(field.fault(), Some(BROKEN));
    }

    #[test]
    fn a_secret_is_counted_and_not_kept() {
        let field = Fields::of("whole", &[1, 42], 0, |fields| {
            fields.sized_withheld("ticket", 1)?;
            DONE
        });
        assert!(field.is_tiled());
        assert!(!format!("{field:?}").contains("42"), "{field:?}");
    }

    #[test]
    fn text_steers_no_terminal() {
        assert_eq!(text(b"a\x1b[2J\xe2\x80\xaeb"), "a\\u{1b}[2J\\u{202e}b");
    }
}
