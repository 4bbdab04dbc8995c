//! The two ways to write what an extension holds: `a, b:c` on its line, or a section of its own.

use super::super::document::Entry;
use super::super::objects::nearest;
use super::super::problem::CnfProblem;
use super::Context;

/// A name, and a value where it has one.
#[derive(Debug, Clone)]
pub(super) struct Item<'e> {
    pub(super) name: String,
    pub(super) value: Option<String>,
    /// Where it is written.
    pub(super) at: &'e Entry,
}

impl Item<'_> {
    /// Whether its name is `name` or `name.1`, `name.2`, …
    pub(super) fn is(&self, name: &str) -> bool {
        is_named(&self.name, name)
    }

    /// The value, which it must have.
    pub(super) fn required(&self) -> Result<&str, CnfProblem> {
        self.value.as_deref().ok_or_else(|| {
            self.at.wrong(format_args!("`{}` has no value; it is written `{}:VALUE`", self.name, self.name))
        })
    }

    /// What stands alone in a list, or behind a key of a section.
    pub(super) fn word(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> CnfProblem {
        self.at.wrong(what)
    }

    /// What is wrong where a word is none of those that there are: most often `critical`, in the wrong place.
    pub(super) fn unknown_word(&self, known: &[&str]) -> CnfProblem {
        let problem = self.wrong(format_args!("`{}` is none of its values", self.name));
        if self.name.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("critical")) {
            return problem.advise("`critical,` comes first, in lower case and with its comma right behind it");
        }
        match nearest(&self.name, known.iter().copied()) {
            Some(near) => problem.advise(format_args!("perhaps `{near}` is meant")),
            None => problem.advise(format_args!("there are {}", known.join(", "))),
        }
    }
}

/// Whether `name` is `wanted`, perhaps with a `.` and anything that keeps it apart from others behind it.
pub(super) fn is_named(name: &str, wanted: &str) -> bool {
    name.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl<'e> Context<'e> {
    /// The items of `value`, which stands at `at`: those of the section that it names with `@`, else its list.
    pub(super) fn items(&self, at: &'e Entry, value: &str) -> Result<Vec<Item<'e>>, CnfProblem> {
        match value.strip_prefix('@') {
            Some(section) => {
                let entries = self.section(at, section)?;
                if entries.is_empty() {
                    return Err(at.wrong(format_args!("the section [{section}] is empty")));
                }
                Ok(entries.into_iter().map(Item::from).collect())
            }
            None => self.list(at, value),
        }
    }

    /// `a, b:c, d`.
    pub(super) fn list(&self, at: &'e Entry, value: &str) -> Result<Vec<Item<'e>>, CnfProblem> {
        let mut items = Vec::new();
        for part in value.split(',') {
            let (name, value) = match part.split_once(':') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (part.trim(), None),
            };
            if name.is_empty() {
                return Err(at
                    .wrong("there is nothing between two commas, or before or behind one")
                    .advise("take the comma away that has nothing behind it; a list ends without one"));
            }
            if value == Some("") {
                return Err(at.wrong(format_args!("there is nothing behind `{name}:`")));
            }
            self.spend(at, 1)?;
            items.push(Item { name: name.to_owned(), value: value.map(str::to_owned), at });
        }
        Ok(items)
    }

    /// The entries of a section that `at` names.
    pub(super) fn section(&self, at: &Entry, name: &str) -> Result<Vec<&'e Entry>, CnfProblem> {
        let Some(entries) = self.document.section(name) else {
            if let Some((alone, rest)) = name.split_once(',') {
                return Err(at
                    .wrong(format_args!("`@{}` stands alone, and here `{}` follows it", alone.trim(), rest.trim()))
                    .advise(format_args!("write that into [{}], a line for each name", alone.trim())));
            }
            let near = nearest(name, self.document.section_names());
            let problem = at.wrong(format_args!("there is no section [{name}]"));
            return Err(match near {
                Some(near) => problem.advise(format_args!("perhaps [{near}] is meant")),
                None => problem.advise(format_args!("add [{name}] to the file")),
            });
        };
        self.spend(at, entries.len() + 1)?;
        self.document.lost(name).for_each(|lost| self.note(lost.to_string()));
        Ok(entries.collect())
    }
}

impl<'e> From<&'e Entry> for Item<'e> {
    fn from(entry: &'e Entry) -> Self {
        Self { name: entry.name.clone(), value: Some(entry.value.clone()), at: entry }
    }
}
