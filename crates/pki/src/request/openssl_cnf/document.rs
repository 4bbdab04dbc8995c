//! The sections of a configuration, every value resolved (config(5)).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::expand::{self, Dollar, Variable, expand};
use super::lines::{Line, lines, trim};
use super::objects::{is_attribute, nearest};
use super::problem::{CnfProblem, ENOUGH, shown};
use super::source::Source;

/// The largest file; one that people write has a few kilobytes.
pub(super) const MAX_FILE: usize = 1024 * 1024;
/// How many bytes all values have together at most.
const MAX_TOTAL: usize = 8 * 1024 * 1024;
/// How deep files include files.
const MAX_DEPTH: usize = 16;
/// How many files are included in all.
const MAX_FILES: usize = 256;
/// How many sections there are in all; one of an entry costs a kilobyte and more.
const MAX_SECTIONS: usize = 4096;
/// The section of what stands before the first `[section]`.
pub(super) const DEFAULT: &str = "default";

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    pub(super) section: Arc<str>,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) encoding: Encoding,
}

/// How a file's letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// What is not UTF-8: each byte is a letter, as OpenSSL has it.
    Latin1,
}

/// Every section of a configuration and of what it includes.
#[derive(Debug, Default)]
pub(super) struct Document {
    sections: HashMap<Arc<str>, Section>,
    /// Section and name of what a variable named.
    used: HashSet<(String, String)>,
    lost: Vec<Lost>,
}

/// What a key said before it was given again in the same file.
#[derive(Debug)]
pub(super) struct Lost {
    before: Entry,
    /// The line on which it is given again.
    again: usize,
}

/// A key that is given twice counts once: where it stands last, with what it says there.
#[derive(Debug, Default)]
struct Section {
    places: HashMap<String, u64>,
    entries: BTreeMap<u64, Entry>,
}

impl Entry {
    /// What is wrong with this entry.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> CnfProblem {
        let section = if &*self.section == DEFAULT { String::new() } else { format!("[{}] ", self.section) };
        CnfProblem {
            key: shown(&format!("{section}{}", self.name)),
            ..CnfProblem::on_line(&self.file, self.line, what)
        }
    }
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Entry { file, line, section, name, value, .. } = &self.before;
        write!(f, "{file}:{line}: [{section}] {name} is given again on line {}, and `{value}` is lost", self.again)?;
        if is_attribute(name) {
            write!(f, "; several are numbered: 0.{name}, 1.{name}")
        } else if ["DNS", "IP", "email", "URI", "RID", "dirName", "otherName"].contains(&name.as_str()) {
            write!(f, "; several are numbered: {name}.1, {name}.2")
        } else {
            Ok(())
        }
    }
}

impl Document {
    /// Reads `bytes`, a file that is called `file`, and what it includes.
    pub(super) fn read(file: &str, bytes: &[u8], source: &dyn Source) -> Result<Self, CnfProblem> {
        let mut reader = Reader {
            document: Self::default(),
            source,
            section: Arc::from(DEFAULT),
            dollar: Dollar::Variable,
            absolute_only: false,
            include_directory: source.variable("OPENSSL_CONF_INCLUDE"),
            total: 0,
            files: 0,
            sequence: 0,
        };
        reader.document.sections.insert(Arc::from(DEFAULT), Section::default());
        reader.file(file, bytes, 0)?;
        Ok(reader.document)
    }

    /// The entries of a section in order; none where there is no such section.
    pub(super) fn section(&self, name: &str) -> Option<impl ExactSizeIterator<Item = &Entry>> {
        self.sections.get(name).map(|section| section.entries.values())
    }

    /// The names of the sections.
    pub(super) fn section_names(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(AsRef::as_ref)
    }

    /// A key of a section, or else of the default one.
    pub(super) fn entry(&self, section: &str, name: &str) -> Option<&Entry> {
        let of = |section: &str| {
            let section = self.sections.get(section)?;
            section.places.get(name).and_then(|place| section.entries.get(place))
        };
        of(section).or_else(|| of(DEFAULT))
    }

    /// Whether a variable named this entry, which is then not only what its name says.
    pub(super) fn is_used(&self, entry: &Entry) -> bool {
        self.used.contains(&(entry.section.to_string(), entry.name.clone()))
    }

    /// What a section said and says no longer, as far as somebody may not have meant it.
    pub(super) fn lost(&self, section: &str) -> impl Iterator<Item = &Lost> {
        self.lost.iter().filter(move |lost| *lost.before.section == *section)
    }

    fn put(&mut self, entry: Entry, sequence: u64) {
        let section = self.sections.entry(Arc::clone(&entry.section)).or_default();
        let before = section.places.insert(entry.name.clone(), sequence);
        if let Some(before) = before.and_then(|before| section.entries.remove(&before))
            && before.file == entry.file
            && before.value != entry.value
            && self.lost.len() < ENOUGH
        {
            self.lost.push(Lost { before, again: entry.line });
        }
        section.entries.insert(sequence, entry);
    }
}

/// The state of reading, which goes through included files as if they stood where they are included.
struct Reader<'a> {
    document: Document,
    source: &'a dyn Source,
    section: Arc<str>,
    dollar: Dollar,
    absolute_only: bool,
    include_directory: Option<String>,
    total: usize,
    files: usize,
    sequence: u64,
}

impl Reader<'_> {
    fn file(&mut self, file: &str, bytes: &[u8], depth: usize) -> Result<(), CnfProblem> {
        if bytes.len() > MAX_FILE {
            return Err(CnfProblem::of_file(file, format_args!("it is larger than {MAX_FILE} bytes")));
        }
        let (text, encoding) = decode(bytes);
        if let Some(at) = text.find('\0') {
            let line = text[..at].matches('\n').count() + 1;
            let problem = CnfProblem::on_line(file, line, "there is a zero byte: this is no text in UTF-8");
            return Err(match bytes {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => problem.advise("it is in UTF-16; save the file as UTF-8"),
                _ => problem,
            });
        }
        let name: Arc<str> = Arc::from(file);
        for line in lines(text.strip_prefix('\u{feff}').unwrap_or(&text)) {
            self.line(&name, &line, encoding, depth)?;
            if self.document.sections.len() > MAX_SECTIONS {
                return Err(CnfProblem::on_line(
                    file,
                    line.number,
                    format_args!("there are more than {MAX_SECTIONS} sections"),
                ));
            }
        }
        Ok(())
    }

    fn line(&mut self, file: &Arc<str>, line: &Line, encoding: Encoding, depth: usize) -> Result<(), CnfProblem> {
        let wrong = |what: String| CnfProblem::on_line(file, line.number, what);
        if let Some(rest) = line.text.strip_prefix('[') {
            let Some((name, _)) = rest.split_once(']') else {
                return Err(wrong("the name of a section is not closed with `]`".to_owned()));
            };
            let name = self.value(&Arc::from(DEFAULT), trim(name)).map_err(wrong)?;
            self.section = Arc::from(name);
            self.document.sections.entry(Arc::clone(&self.section)).or_default();
            return Ok(());
        }
        if let Some(rest) = directive(&line.text, ".pragma") {
            return self.pragma(rest).map_err(wrong);
        }
        if let Some(rest) = directive(&line.text, ".include") {
            return self.include(rest, depth, &wrong);
        }
        let (name, value) = self.assignment(&line.text).map_err(|what| match slip(&line.text) {
            Some(advice) => wrong(what).advise(advice),
            None => wrong(what),
        })?;
        let (section, name) = match name.split_once("::") {
            Some((section, name)) => (Arc::from(section), name),
            None => (Arc::clone(&self.section), name),
        };
        let mut entry = Entry {
            file: Arc::clone(file),
            line: line.number,
            section,
            name: name.to_owned(),
            value: String::new(),
            encoding,
        };
        entry.value = self.value(&entry.section, value).map_err(|what| entry.wrong(what))?;
        self.total += entry.value.len() + entry.name.len();
        if self.total > MAX_TOTAL {
            return Err(entry.wrong(format_args!("all values together grow beyond {MAX_TOTAL} bytes")));
        }
        self.sequence += 1;
        self.document.put(entry, self.sequence);
        Ok(())
    }

    /// The name and the value of `name = value`; the name may be one of another section, as `section::name`.
    fn assignment<'t>(&self, text: &'t str) -> Result<(&'t str, &'t str), String> {
        let (name, mut rest) = expand::name(text, self.dollar);
        let mut whole = name;
        if let Some(other) = text[name.len()..].strip_prefix("::") {
            let (other, after) = expand::name(other, self.dollar);
            whole = &text[..name.len() + 2 + other.len()];
            rest = after;
        }
        match rest.strip_prefix('=') {
            Some(_) if name.is_empty() => Err("there is a value, and no name before its `=`".to_owned()),
            Some(value) => Ok((whole, trim(value))),
            None if text.contains('=') => Err(format!(
                "the name before `=` has {:?} in it, which no name has",
                rest.chars().next().unwrap_or_default()
            )),
            None => Err("this is neither `[section]` nor `name = value`".to_owned()),
        }
    }

    fn pragma(&mut self, text: &str) -> Result<(), String> {
        let Some((name, value)) = text.split_once(':').map(|(name, value)| (trim(name), trim(value))) else {
            return Err("a pragma is written `.pragma name:value`".to_owned());
        };
        let flag = || match value.to_ascii_lowercase().as_str() {
            "on" | "true" => Ok(true),
            "off" | "false" => Ok(false),
            _ => Err(format!("the pragma {name} is `on` or `off`")),
        };
        match name {
            "dollarid" => self.dollar = if flag()? { Dollar::PartOfName } else { Dollar::Variable },
            "abspath" => self.absolute_only = flag()?,
            "includedir" => {
                if self.source.variable("OPENSSL_CONF_INCLUDE").is_none() {
                    self.include_directory = Some(value.to_owned());
                }
            }
            other => return Err(format!("there is no pragma `{other}`; there are dollarid, abspath and includedir")),
        }
        Ok(())
    }

    fn include(&mut self, text: &str, depth: usize, wrong: &dyn Fn(String) -> CnfProblem) -> Result<(), CnfProblem> {
        let section = Arc::clone(&self.section);
        let mut path = self.value(&section, text).map_err(wrong)?;
        if path.is_empty() {
            return Err(wrong("`.include` names no file".to_owned()));
        }
        if let Some(directory) = self.include_directory.as_ref().filter(|_| !path.starts_with('/')) {
            path = format!("{directory}/{path}");
        }
        if self.absolute_only && !path.starts_with('/') {
            return Err(wrong(format!("`.pragma abspath:on` stands above, and `{path}` is a relative path")));
        }
        if depth == MAX_DEPTH {
            return Err(wrong(format!("more than {MAX_DEPTH} files include each other; perhaps one includes itself")));
        }
        let found = self.source.include(&path).map_err(|why| {
            wrong(format!("what it includes cannot be read: {why}"))
                .advise("a relative path is one from the working directory, as it is for OpenSSL; write it from `/` on")
        })?;
        for (name, bytes) in found {
            self.files += 1;
            if self.files > MAX_FILES {
                return Err(wrong(format!("more than {MAX_FILES} files are included")));
            }
            self.file(&name, &bytes, depth + 1)?;
        }
        Ok(())
    }

    /// What `text` means in `section`.
    fn value(&mut self, section: &Arc<str>, text: &str) -> Result<String, String> {
        let Self { document, source, dollar, total, .. } = self;
        let value = expand(text, *dollar, &mut |variable| look_up(document, *source, section, variable))?;
        // Resolving costs what it yields, wherever that goes.
        *total += value.len();
        if *total > MAX_TOTAL { Err(format!("all values together grow beyond {MAX_TOTAL} bytes")) } else { Ok(value) }
    }
}

fn look_up(
    document: &mut Document,
    source: &dyn Source,
    section: &str,
    variable: &Variable<'_>,
) -> Result<String, String> {
    let (section, name) = (variable.section.unwrap_or(section), variable.name);
    let own = document.entry(section, name).filter(|entry| *entry.section == *section).cloned();
    let environment = || source.variable(name).filter(|_| section == "ENV");
    let found = match own {
        Some(entry) => Some(entry),
        None => {
            if let Some(value) = environment() {
                return Ok(value);
            }
            document.entry(DEFAULT, name).cloned()
        }
    };
    let Some(entry) = found else { return Err(no_value(document, section, variable)) };
    document.used.insert((entry.section.to_string(), entry.name));
    Ok(entry.value)
}

fn no_value(document: &Document, section: &str, variable: &Variable<'_>) -> String {
    let name = variable.name;
    match variable.section {
        Some("ENV") => format!(
            "the environment variable {name} is not set; set it, or give `{name} = …` at the top of the file, which \
             is taken where it is not"
        ),
        named => {
            let shown = named.map_or_else(|| name.to_owned(), |section| format!("{section}::{name}"));
            let names: Vec<&str> =
                document.section(section).into_iter().flatten().map(|entry| entry.name.as_str()).collect();
            let near = nearest(name, names).map(|near| format!("; `{near}` is"));
            format!("the variable `{shown}` has no value above this line{}", near.unwrap_or_default())
        }
    }
}

/// What other languages of configuration files write.
fn slip(text: &str) -> Option<&'static str> {
    let first = text.split([':', ' ', '\t']).next().unwrap_or_default();
    if text.starts_with([';', '/']) {
        Some("a comment begins with `#`")
    } else if text[first.len()..].starts_with(':') {
        Some("between a name and its value stands `=`, and not `:`")
    } else {
        None
    }
}

/// What follows a directive and the `=` that may stand behind it.
fn directive<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(name)?;
    let after = rest.trim_start_matches(super::lines::is_space);
    if let Some(value) = after.strip_prefix('=') {
        return Some(trim(value));
    }
    (after.len() < rest.len()).then(|| trim(after))
}

fn decode(bytes: &[u8]) -> (String, Encoding) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(_) => (bytes.iter().map(|byte| char::from(*byte)).collect(), Encoding::Latin1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::NoSource;
    use super::*;

    struct Files(&'static [(&'static str, &'static str)]);

    impl Source for Files {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "NAME").then(|| "from the environment".to_owned())
        }

        fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
            let found = self.0.iter().find(|(name, _)| *name == path).ok_or_else(|| format!("no {path}"))?;
            Ok(vec![(path.to_owned(), found.1.as_bytes().to_vec())])
        }
    }

    fn value(document: &Document, section: &str, name: &str) -> Option<String> {
        document.entry(section, name).map(|entry| entry.value.clone())
    }

    #[test]
    fn sections_variables_and_included_files_make_one_document() {
        let text = "top = t\nNAME = fallback\n[ a b ]\nx = $top${NAME}\ny = $ENV::NAME\n.include more.cnf\nlate = 1\n\
                    other::z = $x\n";
        let files = Files(&[("more.cnf", "in_a = ${x}!\n[ later ]\nq = ${a b::x}\n")]);
        let error = Document::read("t.cnf", text.as_bytes(), &files).unwrap_err();
        assert!(error.to_string().starts_with("more.cnf:3: [later] q: a variable"), "{error}");

        let files = Files(&[("more.cnf", "in_a = ${x}!\n[later]\n")]);
        let document = Document::read("t.cnf", text.replace("= $x\n", "= $top\n").as_bytes(), &files).unwrap();
        assert_eq!(value(&document, "a b", "x").unwrap(), "tfallback");
        assert_eq!(value(&document, "a b", "y").unwrap(), "from the environment");
        assert_eq!(value(&document, "a b", "in_a").unwrap(), "tfallback!");
        assert_eq!(value(&document, "later", "late").unwrap(), "1");
        assert_eq!(value(&document, "other", "z").unwrap(), "t");
        assert_eq!(value(&document, "nowhere", "top").unwrap(), "t");
    }

    #[test]
    fn a_key_counts_once_where_it_stands_last() {
        let document = Document::read("t", b"[s]\na=1\nb=2\na=3\n", &NoSource).unwrap();
        let names: Vec<String> = document.section("s").unwrap().map(|e| format!("{}={}", e.name, e.value)).collect();
        assert_eq!(names, ["b=2", "a=3"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for (text, message) in [
            ("a = 1\n[open\n", "t:2: the name of a section is not closed"),
            ("[s]\nno equals\n", "t:2: this is neither"),
            ("a b = 1", "t:1: the name before `=` has 'b' in it"),
            ("[s]\nx = ${y", "t:2: [s] x: a variable"),
            ("[s]\nabc = 1\nx = $abd", "t:3: [s] x: the variable `abd` has no value above this line; `abc` is"),
            ("x = $ENV::LATCHKEY_NOT_SET", "t:1: x: the environment variable LATCHKEY_NOT_SET is not set"),
            (".include nothing.cnf", "t:1: what it includes cannot be read"),
            (".pragma unknown:1", "t:1: there is no pragma"),
            ("= 1", "t:1: there is a value, and no name"),
            ("x = \0", "t:1: there is a zero byte"),
        ] {
            let error = Document::read("t", text.as_bytes(), &NoSource).unwrap_err();
            assert!(error.to_string().starts_with(message), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_grows_or_loops_without_bound_ends() {
        let bomb = format!("a = {}\n{}", "x".repeat(60_000), "b = $a\n".repeat(1000));
        assert!(Document::read("t", bomb.as_bytes(), &NoSource).is_err());
        let sections: String = (0..=MAX_SECTIONS).map(|number| format!("[s{number}]\na = b\n")).collect();
        let error = Document::read("t", sections.as_bytes(), &NoSource).unwrap_err();
        assert!(error.to_string().contains("sections"), "{error}");
        let itself = Files(&[("me", ".include me\n.include me\n")]);
        let error = Document::read("t", b".include me", &itself).unwrap_err();
        assert!(error.to_string().contains("include each other"), "{error}");
    }
}
