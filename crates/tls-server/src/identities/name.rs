//! DNS names as they are compared: in lower-case ASCII, without the dot at the end (RFC 4343, RFC 9525 section 6.3).

/// The longest name (RFC 1035 section 3.1, as text).
const LONGEST: usize = 253;

/// The longest label.
const LONGEST_LABEL: usize = 63;

/// A name that a client asks for, folded without an allocation.
pub(super) struct Asked {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Asked {
    /// None where `name` can be no DNS name: an address, or too long, empty or not ASCII.
    pub(super) fn new(name: &str) -> Option<Self> {
        let name = name.strip_suffix('.').unwrap_or(name);
        // The last label of a name is never a number, and that of an address always is.
        let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if name.len() > LONGEST || !name.is_ascii() || numeric || name.contains(':') {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        bytes.make_ascii_lowercase();
        Some(Self { bytes, length: name.len() })
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// What is left without the first label, whose place a wildcard may take.
    pub(super) fn parent(&self) -> Option<&str> {
        let (label, parent) = self.as_str().split_once('.')?;
        (!label.is_empty()).then_some(parent)
    }
}

/// What a name in a certificate stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Itself.
    Exact(Box<str>),
    /// `*.PARENT`: every name with one more label.
    Below(Box<str>),
}

impl Pattern {
    /// None where no client can ask for it: no DNS name, or one with a `*` that is not its whole first label.
    pub(super) fn new(name: &str) -> Option<Self> {
        let folded = Asked::new(name)?;
        let (wildcard, rest) = match folded.as_str().strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, folded.as_str()),
        };
        if !rest.split('.').all(is_label) {
            return None;
        }
        Some(if wildcard { Self::Below(rest.into()) } else { Self::Exact(rest.into()) })
    }
}

/// Letters, digits, hyphens, and the underscores that are met although no host has them.
fn is_label(label: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_folded() {
        let asked = Asked::new("WWW.Example.COM.").unwrap();
        assert_eq!((asked.as_str(), asked.parent()), ("www.example.com", Some("example.com")));
        assert_eq!(Asked::new("localhost").unwrap().parent(), None);
        assert_eq!(Asked::new(".example.com").unwrap().parent(), None);
        assert_eq!(Pattern::new("A.Example."), Some(Pattern::Exact("a.example".into())));
        assert_eq!(Pattern::new("*.Example"), Some(Pattern::Below("example".into())));
    }

    #[test]
    fn what_is_no_dns_name_is_none() {
        for name in ["127.0.0.1", "::1", "", ".", "bücher.example", &"a".repeat(254), "12"] {
            assert!(Asked::new(name).is_none(), "{name}");
        }
        for name in ["*", "*.", "a*.example", "a.*.example", "*.*.example", "a..b", "a b", &"a".repeat(64)] {
            assert_eq!(Pattern::new(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_name_or_none(text: String, dotted in "[a-zA-Z0-9*._-]{0,300}") {
            for text in [text, dotted] {
                if let Some(asked) = Asked::new(&text) {
                    let _ = asked.parent();
                    prop_assert!(asked.as_str().eq_ignore_ascii_case(text.strip_suffix('.').unwrap_or(&text)));
                }
                let _ = Pattern::new(&text);
            }
        }
    }
}
