//! From the text of a `server.toml` to what was written in it.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Origin;
use super::keys::{self, Key, Kind, Table};
use super::nearest::nearest;
use super::problem::{Problem, Severity};
use super::raw::{Raw, Section, Source};

/// Reads the text of the file at `path`. What is wrong with one value hides nothing of the rest.
pub(super) fn read(text: &str, path: &Path) -> (Raw, Vec<Problem>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file: path.display().to_string(), lines: Lines::of(text), problems: Vec::new() };
    let mut raw = Raw::new(Source::File(path.to_owned()));
    reader.top(document.get_ref(), &mut raw);
    if !errors.is_empty() {
        reader.syntax(&errors);
    }
    (raw, reader.problems)
}

/// Whether the text is TOML at all; if not, what is missing in it may be there.
pub(super) fn is_broken(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.key.is_none())
}

struct Reader {
    file: String,
    lines: Lines,
    problems: Vec<Problem>,
}

impl Reader {
    fn top(&mut self, document: &DeTable<'_>, raw: &mut Raw) {
        for (name, value) in in_order(document) {
            let Raw { process, limits, admin, log, listeners, .. } = raw;
            match name.get_ref().as_ref() {
                "limits" => self.table(&keys::LIMITS, name, value, limits),
                "admin" => self.table(&keys::ADMIN, name, value, admin),
                "log" => self.table(&keys::LOG, name, value, log),
                "listener" => self.listeners(name, value, listeners),
                _ => self.entry(&keys::PROCESS, name, value, process),
            }
        }
    }

    fn table(&mut self, table: &'static Table, name: &Name<'_>, value: &Spanned<DeValue<'_>>, into: &mut Section) {
        into.at = self.lines.origin(&name.span());
        match value.get_ref() {
            DeValue::Table(entries) => {
                for (name, value) in in_order(entries) {
                    self.entry(table, name, value, into);
                }
            }
            other => {
                let problem = format!("this is {}, not a table", article(other));
                self.problem(
                    &name.span(),
                    table.name.to_owned(),
                    None,
                    problem,
                    Some(format!("write {}", table.head())),
                );
            }
        }
    }

    fn listeners(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>, into: &mut Vec<Section>) {
        let DeValue::Array(items) = value.get_ref() else {
            let advice = "there may be several: write [[listener]]".to_owned();
            let problem = format!("this is {}, not an array of tables", article(value.get_ref()));
            return self.problem(&name.span(), "listener".to_owned(), None, problem, Some(advice));
        };
        for item in items.iter() {
            let mut section = Section::at(self.lines.origin(&item.span()));
            match item.get_ref() {
                DeValue::Table(entries) => {
                    for (name, value) in in_order(entries) {
                        self.entry(&keys::LISTENER, name, value, &mut section);
                    }
                    into.push(section);
                }
                other => {
                    let problem = format!("this is {}, not a table", article(other));
                    self.problem(&item.span(), "listener".to_owned(), None, problem, Some("write [[listener]]".into()));
                }
            }
        }
    }

    fn entry(&mut self, table: &'static Table, name: &Name<'_>, value: &Spanned<DeValue<'_>>, into: &mut Section) {
        let Some(key) = table.key(name.get_ref()) else { return self.unknown(table, name) };
        match (key.kind, value.get_ref()) {
            (Kind::Texts, DeValue::Array(items)) => self.list(table, key, items, into),
            _ => self.value(table, key, value, into),
        }
    }

    fn list(&mut self, table: &'static Table, key: &'static Key, items: &DeArray<'_>, into: &mut Section) {
        for item in items.iter() {
            self.value(table, key, item, into);
        }
    }

    fn value(&mut self, table: &'static Table, key: &'static Key, value: &Spanned<DeValue<'_>>, into: &mut Section) {
        let text = match (key.kind, value.get_ref()) {
            (Kind::Count, DeValue::Integer(number)) => decimal(number.as_str(), number.radix()),
            (Kind::Switch, DeValue::Boolean(switch)) => Some(switch.to_string()),
            (Kind::Text | Kind::Texts | Kind::Word(_) | Kind::Duration, DeValue::String(text)) => {
                Some(text.to_string())
            }
            _ => None,
        };
        match text {
            Some(text) => into.add(key, text, self.lines.origin(&value.span())),
            None => self.wrong_type(table, key, value),
        }
    }

    fn wrong_type(&mut self, table: &Table, key: &Key, value: &Spanned<DeValue<'_>>) {
        let written = written(value.get_ref());
        let wanted = match key.kind {
            Kind::Text | Kind::Word(_) => "a string",
            Kind::Texts => "an array of strings",
            Kind::Duration => "a string with a number and a unit",
            Kind::Count => "a whole number",
            Kind::Switch => "true or false",
        };
        let problem = format!("this is {}, and {wanted} belongs here", article(value.get_ref()));
        let right = right(key, value.get_ref()).map(|right| format!("write {} = {right}", key.name));
        self.problem(&value.span(), table.path(key.name), Some(written), problem, right);
    }

    fn unknown(&mut self, table: &'static Table, name: &Name<'_>) {
        let written = name.get_ref().as_ref();
        let problem = match table.name {
            "" => "there is no such key at the top of the file".to_owned(),
            _ => format!("there is no such key in {}", table.head()),
        };
        let advice = belongs_elsewhere(table, written).or_else(|| {
            let tables = keys::TABLES.iter().map(|other| other.name).filter(|_| table.name.is_empty());
            nearest(written, table.keys.iter().map(|key| key.name).chain(tables))
                .map(|near| format!("did you mean `{near}`?"))
        });
        self.problem(&name.span(), table.path(written), None, problem, advice);
    }

    fn problem(
        &mut self,
        at: &Range<usize>,
        key: String,
        value: Option<String>,
        problem: String,
        advice: Option<String>,
    ) {
        let origin = self.lines.origin(at);
        let file = Some(self.file.clone());
        let key = Some(key.chars().flat_map(char::escape_default).collect());
        self.problems.push(Problem { severity: Severity::Error, file, origin, key, value, problem, advice });
    }

    /// What is no TOML. What else was found on the same lines may follow from it, and is left out.
    fn syntax(&mut self, errors: &[toml::de::Error]) {
        let line = |origin: Origin| match origin {
            Origin::File { line, .. } => line,
            _ => 0,
        };
        let found: Vec<Problem> = errors
            .iter()
            .map(|error| Problem {
                severity: Severity::Error,
                file: Some(self.file.clone()),
                origin: self.lines.origin(&error.span().unwrap_or_default()),
                key: None,
                value: None,
                problem: format!("this is no TOML: {}", error.message().trim().replace('\n', "; ")),
                advice: None,
            })
            .collect();
        let broken: std::collections::BTreeSet<usize> = found.iter().map(|problem| line(problem.origin)).collect();
        self.problems.retain(|problem| !broken.contains(&line(problem.origin)));
        self.problems.extend(found);
    }
}

type Name<'i> = Spanned<std::borrow::Cow<'i, str>>;

/// The entries as they stand in the text.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Name<'i>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// A key that another table has, or a table that belongs to the top.
fn belongs_elsewhere(table: &Table, written: &str) -> Option<String> {
    let elsewhere = keys::TABLES.iter().find(|other| **other != table && other.key(written).is_some())?;
    Some(format!("it belongs in {}", elsewhere.head()))
}

/// The number as people write it; what is below zero or beyond counting stays as it is, to be refused.
fn decimal(digits: &str, radix: u32) -> Option<String> {
    Some(match i128::from_str_radix(digits, radix) {
        Ok(number) => number.to_string(),
        Err(_) => digits.to_owned(),
    })
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// The value as it stands there, where it is short enough to be told.
fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(switch) => switch.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    }
}

/// A value of the right type that was probably meant.
fn right(key: &Key, value: &DeValue<'_>) -> Option<String> {
    match (key.kind, value) {
        (Kind::Duration, DeValue::Integer(number)) if number.radix() == 10 => Some(quoted(&format!("{number}s"))),
        (Kind::Count, DeValue::String(text)) if text.parse::<u64>().is_ok() => Some(text.to_string()),
        (Kind::Switch, DeValue::String(text)) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        (Kind::Text | Kind::Word(_), DeValue::Array(items)) => match items.iter().next().map(Spanned::get_ref) {
            Some(DeValue::String(text)) if items.len() == 1 => Some(quoted(text)),
            _ => None,
        },
        (Kind::Word(words), DeValue::Float(number)) => {
            words.iter().find(|word| **word == number.as_str()).map(|word| quoted(word))
        }
        _ => None,
    }
}

/// A string as TOML writes it, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Where each line of a text begins.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(after).collect() }
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        Origin::File { line, column: span.start.saturating_sub(start) + 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Vec<String> {
        read(text, Path::new("server.toml")).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_slip_is_named_with_what_was_meant() {
        assert_eq!(
            told("[[listener]]\nadress = \"127.0.0.1:1\"\n"),
            ["server.toml:2:1: listener.adress: there is no such key in [[listener]]; did you mean `address`?"]
        );
        assert_eq!(
            told("max_per_ip = 3"),
            ["server.toml:1:1: max_per_ip: there is no such key at the top of the file; it belongs in [limits]"]
        );
        assert_eq!(
            told("[limit]"),
            ["server.toml:1:2: limit: there is no such key at the top of the file; did you mean `limits`?"]
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_written_right() {
        for (text, advice) in [
            ("workers = \"4\"", "write workers = 4"),
            ("[limits]\nidle_timeout = 10", "write idle_timeout = \"10s\""),
            ("[[listener]]\nstrict_sni = \"yes\"", "write strict_sni = true"),
            ("[[listener]]\nmin_version = 1.3", "write min_version = \"1.3\""),
            ("[[listener]]\nprofile = [\"modern\"]", "write profile = \"modern\""),
            ("[listener]\nname = \"a\"", "write [[listener]]"),
        ] {
            let told = told(text);
            assert!(told.len() == 1 && told[0].ends_with(advice), "{text}: {told:?}");
        }
    }

    #[test]
    fn what_is_no_toml_hides_only_its_own_line() {
        let told = told("workers = = 4\nbanana = 1\n");
        assert!(told.iter().any(|line| line.contains("this is no TOML")), "{told:?}");
        assert!(told.iter().any(|line| line.contains("banana")), "{told:?}");
    }

    #[test]
    fn one_value_may_stand_alone_where_several_may_stand() {
        let (raw, problems) = read("[[listener]]\naddress = \"a:1\"\npem = [\"x\", \"y\"]\n", Path::new("server.toml"));
        assert_eq!(problems, []);
        assert_eq!(raw.listeners[0].given(&keys::ADDRESS).len(), 1);
        assert_eq!(raw.listeners[0].given(&keys::PEM)[1].origin, Origin::File { line: 3, column: 13 });
    }

    proptest! {
        #[test]
        fn a_string_is_read_as_it_was_quoted(text: String) {
            let document = format!("a = {}", quoted(&text));
            let (table, errors) = DeTable::parse_recoverable(&document);
            prop_assert!(errors.is_empty() && !quoted(&text).contains('\n'), "{document}");
            prop_assert_eq!(table.get_ref().iter().next().and_then(|(_, value)| value.get_ref().as_str()), Some(text.as_str()));
        }
    }
}
