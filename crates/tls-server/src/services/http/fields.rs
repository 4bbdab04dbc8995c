//! The fields of a head (RFC 9110 section 5).

/// The fields of a head.
pub(super) struct Fields<'a>(&'a [httparse::Header<'a>]);

impl<'a> Fields<'a> {
    pub(super) const fn new(fields: &'a [httparse::Header<'a>]) -> Self {
        Self(fields)
    }

    /// The values of every field of this name, in order.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    /// The members of a list (RFC 9110 section 5.6.1), which may stand in several fields.
    pub(super) fn members(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.named(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }

    /// The values of every field of this name as one list.
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.named(name).map(String::from_utf8_lossy).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The value of the field, if there is one such field and no more.
    pub(super) fn only(&self, name: &str) -> Option<String> {
        let mut values = self.named(name);
        let value = values.next()?;
        values.next().is_none().then(|| String::from_utf8_lossy(value).into_owned())
    }

    /// Whether a list has this word, however it is spelt.
    pub(super) fn has_member(&self, name: &str, member: &str) -> bool {
        self.members(name).any(|other| other.eq_ignore_ascii_case(member.as_bytes()))
    }
}
