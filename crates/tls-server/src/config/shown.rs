//! What is in force, and where each value came from, as a file that can be read back and as a document.

use std::fmt::Write as _;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::keys::{Key, Kind, Table};
use super::raw::Source;
use super::{Checked, Origin, document};

/// Every value that holds, table by table.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) tables: Vec<ShownTable>,
}

/// The values of one table, in the order in which they were looked up.
#[derive(Debug, Clone)]
pub(super) struct ShownTable {
    pub(super) table: &'static Table,
    values: Vec<ShownValue>,
}

/// A value that holds, as it would be written.
#[derive(Debug, Clone)]
pub(super) struct ShownValue {
    pub(super) key: &'static Key,
    pub(super) text: String,
    pub(super) origin: Origin,
}

impl ShownTable {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, values: Vec::new() }
    }

    pub(super) fn add(&mut self, value: ShownValue) {
        self.values.push(value);
    }

    /// Each key that has values, in the order of the table.
    fn lines(&self) -> impl Iterator<Item = ShownKey<'_>> {
        self.table.keys.iter().filter_map(|key| {
            let values: Vec<&ShownValue> = self.values.iter().filter(|value| value.key == *key).collect();
            let origin = values.first()?.origin;
            Some(ShownKey { key, texts: values.iter().map(|value| value.text.as_str()).collect(), origin })
        })
    }
}

struct ShownKey<'a> {
    key: &'static Key,
    texts: Vec<&'a str>,
    origin: Origin,
}

impl ShownKey<'_> {
    /// The value as it is written in a file.
    fn written(&self) -> String {
        let each = |text: &str| if self.key.kind.is_quoted() { document::quoted(text) } else { text.to_owned() };
        match (self.key.kind, self.texts.as_slice()) {
            (Kind::Texts, texts) => format!("[{}]", texts.iter().map(|text| each(text)).collect::<Vec<_>>().join(", ")),
            (_, [text, ..]) => each(text),
            (_, []) => String::new(),
        }
    }
}

/// As `{"value": …, "from": …}`.
impl Serialize for ShownKey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let first = self.texts.first().copied().unwrap_or_default();
        match self.key.kind {
            Kind::Texts => map.serialize_entry("value", &self.texts)?,
            Kind::Count => map.serialize_entry("value", &first.parse::<u64>().ok())?,
            Kind::Switch => map.serialize_entry("value", &(first == "true"))?,
            _ => map.serialize_entry("value", first)?,
        }
        map.serialize_entry("origin", &self.origin)?;
        map.end()
    }
}

impl Serialize for ShownTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.lines().map(|line| (line.key.name, line)))
    }
}

impl Checked {
    /// What is in force as a file that says the same, with where each value came from in comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::from("# What is in force. Behind each value stands where it came from.\n");
        if let Source::File(path) = &self.source {
            let path: String = path.display().to_string().chars().flat_map(printable).collect();
            let _ = writeln!(text, "# A line is one of {path}.");
        }
        for shown in &self.shown.tables {
            let lines: Vec<ShownKey<'_>> = shown.lines().collect();
            if lines.is_empty() {
                continue;
            }
            text.push('\n');
            if !shown.table.name.is_empty() {
                let _ = writeln!(text, "{}", shown.table.head());
            }
            for line in lines {
                let _ = writeln!(text, "{} = {}  # {}", line.key.name, line.written(), line.origin);
            }
        }
        text
    }

    /// The same as a document, `latchkey.config/1`.
    pub fn to_document(&self) -> impl Serialize {
        let of =
            |name: &str| self.shown.tables.iter().filter(|shown| shown.table.name == name).cloned().collect::<Vec<_>>();
        let one = |name: &str| of(name).into_iter().next();
        Document {
            schema: "latchkey.config/1",
            file: match &self.source {
                Source::Flags => None,
                Source::File(path) => Some(path.display().to_string()),
            },
            process: one(""),
            limits: one("limits"),
            admin: one("admin"),
            log: one("log"),
            listeners: of("listener"),
        }
    }
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    file: Option<String>,
    process: Option<ShownTable>,
    limits: Option<ShownTable>,
    admin: Option<ShownTable>,
    log: Option<ShownTable>,
    listeners: Vec<ShownTable>,
}

fn printable(letter: char) -> Vec<char> {
    if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }
}
