//! Records out of CSV and JSON Lines.

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

/// The columns.
const COLUMNS: [&str; 6] = ["names", "cn", "subject", "csr", "days", "out"];

/// What a row says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Hosts, addresses and the like; in a table with spaces or semicolons between them.
    #[serde(default, deserialize_with = "names")]
    pub(super) names: Vec<String>,
    pub(super) cn: Option<String>,
    pub(super) subject: Option<String>,
    /// A file with a request, seen from the table's own directory.
    pub(super) csr: Option<String>,
    pub(super) days: Option<u32>,
    /// What its files are called, without an ending.
    pub(super) out: Option<String>,
}

/// Each record with its line.
pub(super) type Records = Vec<(usize, Result<Record, String>)>;

/// A table whose first line names its columns.
pub(super) fn csv(bytes: &[u8]) -> Records {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(bytes);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return vec![(1, Err(in_words(&error)))],
    };
    if let Some(unknown) = header.iter().find(|column| !COLUMNS.contains(column)) {
        if header.iter().all(str::is_empty) {
            return Vec::new();
        }
        return vec![(1, Err(format!("the column {}", nearest(unknown))))];
    }
    let mut records = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, |position| position.line() as usize);
                let fields = header.iter().zip(record.iter()).filter(|(_, value)| !value.is_empty());
                records.push((line, fields.into_iter().try_fold(Record::default(), set)));
            }
            Err(error) => {
                let line = error.position().map_or(0, |position| position.line() as usize);
                records.push((line, Err(in_words(&error))));
            }
        }
    }
    records
}

fn set(mut record: Record, (column, value): (&str, &str)) -> Result<Record, String> {
    let text = Some(value.to_owned());
    match column {
        "names" => record.names = split(value),
        "cn" => record.cn = text,
        "subject" => record.subject = text,
        "csr" => record.csr = text,
        "out" => record.out = text,
        _ => record.days = Some(value.parse().map_err(|_| format!("`{value}` is no number of days"))?),
    }
    checked(record)
}

/// One JSON object a line; empty lines are passed over.
pub(super) fn json_lines(bytes: &[u8]) -> Records {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1_usize..);
    let filled = lines.filter(|(line, _)| !line.trim_ascii().is_empty());
    let read = |line: &[u8]| serde_json::from_slice::<Record>(line).map_err(|error| object_in_words(&error));
    filled.map(|(line, number)| (number, read(line).and_then(checked))).collect()
}

fn checked(record: Record) -> Result<Record, String> {
    if record.days == Some(0) {
        return Err("a certificate lasts at least 1 day".to_owned());
    }
    Ok(record)
}

fn split(value: &str) -> Vec<String> {
    value.split([' ', ';']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A text, or an array of them.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a name or an array of names")
        }

        fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(split(text))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = sequence.next_element()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    deserializer.deserialize_any(Names)
}

fn nearest(unknown: &str) -> String {
    let near = COLUMNS.iter().max_by(|a, b| strsim::jaro(unknown, a).total_cmp(&strsim::jaro(unknown, b)));
    match near.filter(|column| strsim::jaro(unknown, column) > 0.8) {
        Some(column) => format!("`{unknown}` is not known; did you mean `{column}`?"),
        None => format!("`{unknown}` is not known; there are {}", COLUMNS.join(", ")),
    }
}

fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields, and the header {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn object_in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match text.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        Some(key) => format!("the key {}", nearest(key)),
        None => text.to_owned(),
    }
}
