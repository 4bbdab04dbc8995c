//! Distinguished names as sections write them, and the prompts that stand for one.

use const_oid::ObjectIdentifier;
use der::{Decode, Encode};

use super::document::Entry;
use super::objects::{Objects, dotted, nearest};
use super::problem::{CnfProblem, ENOUGH, shown};
use super::strings::Strings;
use crate::request::DistinguishedName;
use crate::request::encode::{self, SEQUENCE, SET};

/// The steps of a name from the broadest on; each a set of attributes with their encoded values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Steps(pub(super) Vec<Vec<Attribute>>);

/// An attribute and its value in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) oid: ObjectIdentifier,
    pub(super) value: Vec<u8>,
}

/// Which attribute a key of a name's section means, and whether it is joined to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) oid: ObjectIdentifier,
    pub(super) joined: bool,
}

impl Field {
    /// Reads `commonName`, `CN`, `1.OU`, `+UID`, `0.2.5.4.97`: what stands before the first `.`, `,` or `:` only keeps
    /// keys apart, and a `+` joins the attribute to the one above it.
    pub(super) fn of(entry: &Entry, objects: &Objects) -> Result<Self, CnfProblem> {
        let name = entry.name.as_str();
        let split = name.find(['.', ',', ':']).map(|at| &name[at + 1..]).filter(|rest| !rest.is_empty());
        let bare = split.unwrap_or(name);
        let (joined, bare) = bare.strip_prefix('+').map_or((false, bare), |rest| (true, rest));
        match objects.find(bare) {
            Some(oid) => Ok(Self { oid, joined }),
            None => Err(unknown(entry, bare, objects)),
        }
    }
}

fn unknown(entry: &Entry, bare: &str, objects: &Objects) -> CnfProblem {
    let problem = entry.wrong(format_args!("`{bare}` is no attribute of a distinguished name"));
    for end in ["_default", "_value"] {
        if let Some(field) = entry.name.strip_suffix(end) {
            return problem.advise(format_args!("with `prompt = no` the value stands behind `{field}` itself"));
        }
    }
    if entry.name.ends_with("_min") || entry.name.ends_with("_max") {
        return problem.advise("with `prompt = no` there are no such lines; leave it away");
    }
    if dotted(&entry.name).is_some() {
        return problem.advise(format_args!("what stands before the first `.` is left off: write `0.{}`", entry.name));
    }
    if let Some((attribute, number)) = entry.name.split_once('.')
        && objects.find(attribute).is_some()
    {
        return problem.advise(format_args!("the number stands before the attribute: `{number}.{attribute}`"));
    }
    match objects.nearest(bare) {
        Some(near) => problem.advise(format_args!("perhaps `{near}` is meant")),
        None => problem.advise("name it by its OID (`0.1.2.3.4 = …`), or give it a name in `oid_section`"),
    }
}

impl Steps {
    /// Adds an attribute: a step of its own, or joined to the last one.
    pub(super) fn push(&mut self, field: Field, value: Vec<u8>) {
        let attribute = Attribute { oid: field.oid, value };
        match self.0.last_mut().filter(|_| field.joined) {
            Some(last) => last.push(attribute),
            None => self.0.push(vec![attribute]),
        }
    }

    /// A section of attributes with their values, as `dirName` and `relativename` name it.
    pub(super) fn of_section<'e>(
        entries: impl Iterator<Item = &'e Entry>,
        objects: &Objects,
        strings: Strings,
    ) -> Result<Self, CnfProblem> {
        let mut steps = Self::default();
        for entry in entries {
            let field = Field::of(entry, objects)?;
            let value = strings.attribute(&field.oid, strings.letters_of(entry)?).map_err(|why| entry.wrong(why))?;
            steps.push(field, value);
        }
        Ok(steps)
    }

    /// The attributes of a name that is there already.
    pub(super) fn of_name(name: &DistinguishedName) -> der::Result<Self> {
        let name = x509_cert::name::Name::from_der(name.as_der())?;
        let mut steps = Self::default();
        for step in name.iter_rdn() {
            let attributes =
                step.iter().map(|attribute| Ok(Attribute { oid: attribute.oid, value: attribute.value.to_der()? }));
            steps.0.push(attributes.collect::<der::Result<_>>()?);
        }
        Ok(steps)
    }

    /// The name in DER.
    pub(super) fn to_name(&self) -> DistinguishedName {
        let steps: Vec<Vec<u8>> = self.0.iter().map(|step| encode::set_of(SET, step_parts(step))).collect();
        DistinguishedName::from_der(&encode::joined(SEQUENCE, &steps))
    }

    /// The content of the mail addresses in it.
    pub(super) fn mail_addresses(&self) -> Vec<Vec<u8>> {
        let of_mail = self.0.iter().flatten().filter(|attribute| attribute.oid == MAIL);
        of_mail.map(|attribute| content(&attribute.value).to_vec()).collect()
    }

    /// The common names in it, as far as they are text.
    pub(super) fn common_names(&self) -> Vec<String> {
        let named = self.0.iter().flatten().filter(|attribute| attribute.oid == COMMON_NAME);
        named.filter_map(|attribute| String::from_utf8(content(&attribute.value).to_vec()).ok()).collect()
    }

    /// Takes the mail addresses out of it.
    pub(super) fn drop_mail_addresses(&mut self) {
        self.0.iter_mut().for_each(|step| step.retain(|attribute| attribute.oid != MAIL));
        self.0.retain(|step| !step.is_empty());
    }
}

const COMMON_NAME: ObjectIdentifier = const_oid::db::rfc4519::COMMON_NAME;
const MAIL: ObjectIdentifier = const_oid::db::rfc3280::EMAIL_ADDRESS;

/// The attributes of one step, each in DER.
pub(super) fn step_parts(step: &[Attribute]) -> Vec<Vec<u8>> {
    step.iter().map(|attribute| encode::sequence(&[&encode::oid(&attribute.oid), &attribute.value])).collect()
}

/// The content of an element of DER that was made here.
fn content(der: &[u8]) -> &[u8] {
    der::asn1::AnyRef::from_der(der).map_or(&[], |any| any.value())
}

/// A question that a configuration without `prompt = no` asks, one for each attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked.
    pub text: String,
    /// What is taken where the answer is empty.
    pub default: Option<String>,
    /// The key, as `commonName` or `1.organizationalUnitName`.
    pub key: String,
    /// `_value`: what is taken without asking.
    pub(super) fixed: Option<Entry>,
    pub(super) default_entry: Option<Entry>,
    pub(super) entry: Entry,
    pub(super) field: Field,
    least: usize,
    most: usize,
}

const ENDS: [&str; 4] = ["_min", "_max", "_default", "_value"];

impl Prompt {
    /// The questions of a section.
    pub(super) fn of_section(entries: &[Entry], objects: &Objects) -> (Vec<Self>, Vec<CnfProblem>) {
        let (mut prompts, mut problems) = (Vec::new(), Vec::new());
        let index: std::collections::HashMap<&str, &Entry> = entries.iter().map(|e| (e.name.as_str(), e)).collect();
        for entry in entries {
            if problems.len() == ENOUGH {
                break;
            }
            let made = match ENDS.iter().find_map(|end| entry.name.strip_suffix(end)) {
                Some(base) if index.contains_key(base) => continue,
                Some(base) => Err(entry
                    .wrong(format_args!("there is no `{base}` that it belongs to"))
                    .advise(misplaced(base, index.keys().copied()))),
                None => Self::of(entry, &index, objects),
            };
            match made {
                Ok(prompt) => prompts.push(prompt),
                Err(problem) => problems.push(problem),
            }
        }
        (prompts, problems)
    }

    fn of(
        entry: &Entry,
        index: &std::collections::HashMap<&str, &Entry>,
        objects: &Objects,
    ) -> Result<Self, CnfProblem> {
        let with = |end: &str| index.get(format!("{}{end}", entry.name).as_str()).copied().cloned();
        let bound = |end: &str, otherwise: usize| match with(end) {
            None => Ok(otherwise),
            Some(bound) => bound.value.parse().map_err(|_| bound.wrong(format_args!("`{}` is no number", bound.value))),
        };
        let default_entry = with("_default").filter(|default| !default.value.is_empty());
        Ok(Self {
            text: shown(&entry.value),
            default: default_entry.as_ref().map(|default| shown(&default.value)),
            key: entry.name.clone(),
            fixed: with("_value"),
            default_entry,
            field: Field::of(entry, objects)?,
            least: bound("_min", 0)?,
            most: bound("_max", usize::MAX)?,
            entry: entry.clone(),
        })
    }

    /// Whether an answer is as long as the configuration wants it.
    ///
    /// # Errors
    /// Why it is not, in words.
    pub fn check(&self, answer: &str) -> Result<(), String> {
        let length = answer.len();
        if length < self.least {
            return Err(format!("`{answer}` has {length} bytes, and {} are the least ({}_min)", self.least, self.key));
        }
        if length > self.most {
            return Err(format!("`{answer}` has {length} bytes, and {} are the most ({}_max)", self.most, self.key));
        }
        Ok(())
    }
}

fn misplaced<'a>(base: &'a str, names: impl Iterator<Item = &'a str>) -> String {
    match nearest(base, names) {
        Some(near) => format!("perhaps `{near}` is meant"),
        None => format!("add `{base} = …`, which is the question"),
    }
}
