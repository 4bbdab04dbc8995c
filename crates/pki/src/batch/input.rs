//! What a batch is asked for: a table in CSV, JSON Lines, or a directory of requests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use common::input::fsio::FileError;
use common::input::{Blob, InputError};
use data_encoding::HEXLOWER;

use super::table::{self, Record};
use crate::request::Spec;

/// One certificate that is asked for.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands, for people: `hosts.csv:17`.
    pub place: String,
    /// What tells it from every other row of its job, whatever its place.
    pub key: String,
    /// What is asked for.
    pub ask: Ask,
    /// What its files are called, without an ending.
    pub file: String,
    /// How many days it lasts, where it says so itself.
    pub days: Option<u32>,
}

/// What a row asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A certificate for these names and a new key.
    Names(Spec),
    /// What the request of somebody who has a key asks for, in DER.
    Request(Vec<u8>),
}

/// Why the input is not taken. Nothing was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputProblem {
    /// A file could not be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A directory could not be listed.
    #[error("listing {path}: {source}", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("{path} asks for no certificate: {reason}", path = path.display())]
    Empty {
        /// The input.
        path: PathBuf,
        /// What would be right.
        reason: &'static str,
    },
    /// Rows that cannot be.
    #[error("{} of the rows cannot be issued:\n  - {}", problems.len(), shown(problems))]
    Rows {
        /// Each with its place.
        problems: Vec<String>,
    },
}

/// How many problems are shown.
const SHOWN: usize = 20;

fn shown(problems: &[String]) -> String {
    let more = problems.len().saturating_sub(SHOWN);
    let mut lines: Vec<&str> = problems.iter().take(SHOWN).map(String::as_str).collect();
    let rest = format!("and {more} more");
    if more > 0 {
        lines.push(&rest);
    }
    lines.join("\n  - ")
}

/// Reads everything that is asked for, and checks each row as far as it can be without its issuer.
///
/// # Errors
/// The input cannot be read or asks for nothing, or every row that cannot be.
pub fn read(path: &Path) -> Result<Vec<Row>, InputProblem> {
    let rows = if path.is_dir() { of_directory(path)? } else { of_table(path)? };
    distinct(rows)
}

/// The endings of files that are taken for requests.
const ENDINGS: [&str; 5] = ["csr", "req", "p10", "pem", "der"];

fn of_directory(path: &Path) -> Result<Vec<Row>, InputProblem> {
    let failed = |source| InputProblem::Directory { path: path.to_owned(), source };
    let mut files = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(failed)?;
    files.retain(|file| file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)));
    files.sort();
    if files.is_empty() {
        let reason = "requests are files whose names end in .csr, .req, .p10, .pem or .der";
        return Err(InputProblem::Empty { path: path.to_owned(), reason });
    }
    let (mut rows, mut problems) = (Vec::with_capacity(files.len()), Vec::new());
    for file in files {
        let place = file.display().to_string();
        match request_in(&file) {
            Ok(der) => {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                rows.push(Row { place, key: key_of(&[&der]), ask: Ask::Request(der), file: name, days: None });
            }
            Err(error) => problems.push(common::terminal::ui::chain(&error)),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(InputProblem::Rows { problems }) }
}

fn of_table(path: &Path) -> Result<Vec<Row>, InputProblem> {
    let blob = Blob::read(path)?;
    let is_json = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson" || ending == "json");
    let records = if is_json { table::json_lines(blob.bytes.expose()) } else { table::csv(blob.bytes.expose()) };
    if records.is_empty() {
        let reason = "it is a table with a header, as in `names,days`, or a JSON object a line";
        return Err(InputProblem::Empty { path: path.to_owned(), reason });
    }
    let directory = path.parent().unwrap_or(Path::new(""));
    let (mut rows, mut problems) = (Vec::with_capacity(records.len()), Vec::new());
    for (line, record) in records {
        let place = format!("{}:{line}", path.display());
        match record.and_then(|record| row(&place, record, directory)) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(format!("{place}: {problem}")),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(InputProblem::Rows { problems }) }
}

fn row(place: &str, record: Record, directory: &Path) -> Result<Row, String> {
    let days = record.days.map(|days| days.to_string()).unwrap_or_default();
    let out = record.out.clone();
    let (ask, key, name) = match &record.csr {
        Some(csr) if record.names.is_empty() && record.cn.is_none() && record.subject.is_none() => {
            let der = request_in(&directory.join(csr)).map_err(|error| common::terminal::ui::chain(&error))?;
            let key = key_of(&[&der, days.as_bytes()]);
            let name = Path::new(csr).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (Ask::Request(der), key, name)
        }
        Some(_) => return Err("a row with `csr` has names and subject from there; leave the others out".to_owned()),
        None => {
            let spec = Spec::new(&record.names, record.subject.as_deref(), record.cn.as_deref());
            let spec = spec.map_err(|problems| problems.to_string())?;
            let subject = spec.subject.to_string();
            let names: Vec<String> = spec.names.iter().map(|name| format!("{}:{name}", name.kind())).collect();
            let key = key_of(&[subject.as_bytes(), names.join("\n").as_bytes(), days.as_bytes()]);
            let name = spec.names.first().map_or(subject, ToString::to_string);
            (Ask::Names(spec), key, name)
        }
    };
    let file = match out {
        Some(out) if file_name(&out) == out => out,
        Some(out) => {
            return Err(format!("`{out}` in the column `out` is no name for a file; `{}` is", file_name(&out)));
        }
        None => file_name(&name),
    };
    Ok(Row { place: place.to_owned(), key, ask, file, days: record.days })
}

/// What a file may be called after a name: `*` and `/` stand in none.
fn file_name(name: &str) -> String {
    let name = name.strip_prefix("*.").map_or_else(|| name.to_owned(), |rest| format!("_wildcard.{rest}"));
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-@+".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).take(100).collect();
    if name.starts_with('.') { format!("_{name}") } else { name }
}

fn request_in(file: &Path) -> Result<Vec<u8>, InputError> {
    let blob = Blob::read(file)?;
    let mut pieces = blob.pieces()?;
    match pieces.requests.len() {
        1 => Ok(pieces.requests.remove(0).as_ref().to_vec()),
        _ => Err(pieces.missing("certificate request")),
    }
}

/// SHA-256 over the parts, each with its length in front.
fn key_of(parts: &[&[u8]]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    HEXLOWER.encode(digest(&SHA256, &bytes).as_ref())
}

/// No row twice, and no two for one file.
fn distinct(rows: Vec<Row>) -> Result<Vec<Row>, InputProblem> {
    let (mut keys, mut files) = (BTreeMap::new(), BTreeMap::new());
    let mut problems = Vec::new();
    for row in &rows {
        if let Some(first) = keys.insert(row.key.as_str(), row.place.as_str()) {
            problems.push(format!("{}: it asks for the same as {first}", row.place));
        } else if let Some(first) = files.insert(row.file.as_str(), row.place.as_str()) {
            problems.push(format!(
                "{}: its file would be `{}.pem` as that of {first}; give one of them another name in the column `out`",
                row.place, row.file
            ));
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(InputProblem::Rows { problems }) }
}

impl From<FileError> for InputProblem {
    fn from(error: FileError) -> Self {
        Self::Input(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(name: &str, text: &str) -> Result<Vec<Row>, InputProblem> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn a_table_and_json_lines_that_say_the_same_are_the_same_rows() {
        let csv = rows("a.csv", "names,days,out\na.example 10.0.0.1,30,a\n\"*.b.example\",,\n").unwrap();
        let json = "{\"names\": [\"a.example\", \"10.0.0.1\"], \"days\": 30, \"out\": \"a\"}\n\n{\"names\": \"*.b.example\"}\n";
        let json = rows("a.jsonl", json).unwrap();
        assert_eq!(csv.len(), 2);
        for (one, other) in csv.iter().zip(&json) {
            assert_eq!((&one.key, &one.file, one.days), (&other.key, &other.file, other.days));
        }
        assert_eq!(csv[1].file, "_wildcard.b.example");
        assert!(csv[1].place.ends_with("a.csv:3") && json[1].place.ends_with("a.jsonl:3"));
    }

    #[test]
    fn every_row_that_cannot_be_is_named_with_its_line() {
        let problem = rows("a.csv", "names,days\na..b,\nok.example,0\nok.example,x\n").unwrap_err().to_string();
        assert!(
            problem.contains("a.csv:2: ") && problem.contains("a.csv:3: ") && problem.contains("a.csv:4: "),
            "{problem}"
        );
        let problem = rows("a.csv", "name\nok.example\n").unwrap_err().to_string();
        assert!(problem.contains("did you mean `names`"), "{problem}");
        let problem = rows("a.jsonl", "{\"names\": \"a.example\"}\n{\"names\"").unwrap_err().to_string();
        assert!(problem.contains("a.jsonl:2: "), "{problem}");
        let problem = rows("a.csv", "names\na.example\nb.example\na.example\n").unwrap_err().to_string();
        assert!(problem.contains("a.csv:4: it asks for the same as") && problem.contains("a.csv:2"), "{problem}");
        let problem = rows("a.csv", "names,out\na.example,x\nb.example,x\n").unwrap_err().to_string();
        assert!(problem.contains("x.pem"), "{problem}");
        let problem = rows("a.csv", "names,out\na.example,../x\n").unwrap_err().to_string();
        assert!(problem.contains("`../x` in the column `out`"), "{problem}");
        for (name, text) in [("a.csv", ""), ("a.csv", "names\n"), ("a.jsonl", "\n")] {
            assert!(matches!(rows(name, text), Err(InputProblem::Empty { .. })), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_rows_or_an_error(text in "(names,days\n)?[a-z.,{}\"\\[\\]:\n *0-9]{0,80}", json in proptest::bool::ANY) {
            let _ = rows(if json { "a.jsonl" } else { "a.csv" }, &text);
        }

        #[test]
        fn no_name_leaves_the_directory(name in "\\PC{0,40}") {
            let file = file_name(&name);
            proptest::prop_assert!(!file.contains('/') && !file.starts_with('.'));
        }
    }
}
