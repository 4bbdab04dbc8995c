//! What is in force in words that can be compared, and the difference that a reload makes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Of a difference so many changes are listed, and the rest is counted: a hundred thousand names may change at once.
const LISTED: usize = 100;
/// Of these so many are told in one line of the log.
const TOLD: usize = 8;

/// What a thing in force is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An address that is listened on.
    Listener,
    /// A certificate that is served.
    Certificate,
    /// An authority that clients' certificates are trusted by.
    ClientCa,
    /// A list of revoked certificates.
    Crl,
    /// A rule that says which clients are let in.
    Rule,
    /// A key that tickets are sealed under.
    TicketKey,
    /// What is done with connections.
    Service,
    /// A bound.
    Limit,
    /// Anything else that is configured.
    Setting,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Certificate => "certificate",
            Self::ClientCa => "client CA",
            Self::Crl => "CRL",
            Self::Rule => "rule",
            Self::TicketKey => "ticket key",
            Self::Service => "service",
            Self::Limit => "limit",
            Self::Setting => "setting",
        }
    }
}

/// Everything that is in force, each thing by its kind and name. Two that are equal serve alike: whatever can change has
/// to be in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary(BTreeMap<(Kind, String), Value>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    shown: String,
    digest: Vec<u8>,
}

impl Summary {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a thing. `shown` is what a person tells one version of it from another by (a serial, the number of a CRL, a
    /// duration) and may be empty; `digest` is what decides, where words do not: nothing where they do.
    pub fn add(&mut self, kind: Kind, name: impl fmt::Display, shown: impl fmt::Display, digest: &[u8]) {
        let value = Value { shown: shown.to_string(), digest: digest.to_vec() };
        self.0.insert((kind, name.to_string()), value);
    }

    /// What `new` has that this has not, and the other way round.
    pub fn difference(&self, new: &Self) -> Difference {
        let mut difference = Difference::default();
        for (key, before) in &self.0 {
            match new.0.get(key) {
                None => difference.add(What::Removed, key, Some(before), None),
                Some(after) if after != before => difference.add(What::Changed, key, Some(before), Some(after)),
                Some(_) => {}
            }
        }
        for (key, after) in new.0.iter().filter(|(key, _)| !self.0.contains_key(*key)) {
            difference.add(What::Added, key, None, Some(after));
        }
        difference
    }
}

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is new.
    Added,
    /// It is another version.
    Changed,
    /// It is gone.
    Removed,
}

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What became of it.
    pub what: What,
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub name: String,
    /// What was shown of it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is shown of it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.words(), self.name)?;
        let shown = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (self.what, shown(&self.before), shown(&self.after)) {
            (What::Added, _, Some(after)) => write!(f, " added ({after})"),
            (What::Added, ..) => f.write_str(" added"),
            (What::Removed, Some(before), _) => write!(f, " removed ({before})"),
            (What::Removed, ..) => f.write_str(" removed"),
            (What::Changed, Some(before), Some(after)) if before != after => write!(f, " changed ({before} → {after})"),
            (What::Changed, ..) => f.write_str(" changed"),
        }
    }
}

/// What a reload changes: how much of it there is, and the first of it one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// How many things are new.
    pub added: usize,
    /// How many are another version.
    pub changed: usize,
    /// How many are gone.
    pub removed: usize,
    /// Which, up to a hundred.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Whether everything is as it was.
    pub const fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Each change as a sentence, and how many more there are than are listed.
    pub fn lines(&self) -> Vec<String> {
        let more = self.count().saturating_sub(self.changes.len());
        let more = (more > 0).then(|| format!("and {more} more"));
        self.changes.iter().map(ToString::to_string).chain(more).collect()
    }

    /// How many things are not as they were.
    pub const fn count(&self) -> usize {
        self.added + self.changed + self.removed
    }

    fn add(&mut self, what: What, key: &(Kind, String), before: Option<&Value>, after: Option<&Value>) {
        match what {
            What::Added => self.added += 1,
            What::Changed => self.changed += 1,
            What::Removed => self.removed += 1,
        }
        if self.changes.len() < LISTED {
            let shown = |value: Option<&Value>| value.map(|value| value.shown.clone());
            let (kind, name) = (key.0, key.1.clone());
            self.changes.push(Change { what, kind, name, before: shown(before), after: shown(after) });
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changed");
        }
        let told = self.changes.iter().take(TOLD);
        for (index, change) in told.enumerate() {
            write!(f, "{}{change}", if index == 0 { "" } else { "; " })?;
        }
        match self.count().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(things: &[(Kind, &str, &str, &[u8])]) -> Summary {
        let mut summary = Summary::new();
        things.iter().for_each(|(kind, name, shown, digest)| summary.add(*kind, name, shown, digest));
        summary
    }

    #[test]
    fn a_difference_names_each_thing_with_what_is_shown_of_it() {
        let old = summary(&[
            (Kind::Certificate, "localhost", "serial 0a", b"1"),
            (Kind::Crl, "CN=root", "number 4", b""),
            (Kind::Listener, "127.0.0.1:8443", "", b""),
            (Kind::ClientCa, "CN=root", "", b"a"),
        ]);
        let new = summary(&[
            (Kind::Certificate, "localhost", "serial 0b", b"2"),
            (Kind::Crl, "CN=root", "number 4", b""),
            (Kind::Rule, "cn:alice", "", b""),
            (Kind::ClientCa, "CN=root", "", b"b"),
        ]);
        let difference = old.difference(&new);
        assert_eq!(
            difference.to_string(),
            "listener `127.0.0.1:8443` removed; certificate `localhost` changed (serial 0a → serial 0b); \
             client CA `CN=root` changed; rule `cn:alice` added"
        );
        assert_eq!((difference.added, difference.changed, difference.removed), (1, 2, 1));
    }

    #[test]
    fn equal_summaries_have_no_difference() {
        let one = summary(&[(Kind::Limit, "idle", "5m", b"")]);
        let difference = one.difference(&one.clone());
        assert!(difference.is_empty());
        assert_eq!(difference.to_string(), "nothing changed");
    }

    #[test]
    fn a_large_difference_is_counted_and_its_beginning_listed() {
        let names: Vec<String> = (0..1000).map(|number| format!("{number:04}.example")).collect();
        let mut new = Summary::new();
        names.iter().for_each(|name| new.add(Kind::Certificate, name, "", b""));
        let difference = Summary::new().difference(&new);
        assert_eq!((difference.added, difference.changes.len()), (1000, LISTED));
        assert_eq!(difference.lines().last().unwrap(), "and 900 more");
        assert!(difference.to_string().ends_with("`0007.example` added; and 992 more"), "{difference}");
    }

    #[test]
    fn json_comes_back_as_it_was() {
        let old = summary(&[(Kind::ClientCa, "a", "x", b"1")]);
        let difference = old.difference(&summary(&[(Kind::TicketKey, "b", "", b"2")]));
        let json = serde_json::to_string(&difference).unwrap();
        assert!(json.contains(r#""what":"removed","kind":"client_ca","name":"a","before":"x""#), "{json}");
        assert_eq!(serde_json::from_str::<Difference>(&json).unwrap(), difference);
    }
}
