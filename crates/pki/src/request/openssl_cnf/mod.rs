//! `openssl.cnf`: OpenSSL's configuration language (config(5), openssl-req(1), x509v3_config(5)), as far as it says what
//! a request and a self-signed certificate hold.
//!
//! What OpenSSL makes of a file is what is made of it here, byte for byte, but for what it passes over in silence: a key
//! that it does not know, a file that it cannot include, an attribute that it does not recognise, letters that it
//! garbles are errors, with the file, the line and the key. Sections that nothing names are not looked at.

mod distinguished_name;
mod document;
mod expand;
mod extensions;
mod lines;
mod objects;
mod problem;
mod settings;
mod source;
mod strings;
#[cfg(test)]
mod tests;

use const_oid::ObjectIdentifier;
use x509_cert::ext::Extension;

use self::distinguished_name::{Field, Steps};
use self::document::{DEFAULT, Document, Entry};
use self::extensions::Context;
use self::objects::{Objects, name_of};
use self::problem::{ENOUGH, shown};
use self::strings::Strings;
use super::build::{Contents, RequestAttribute};
use super::{DistinguishedName, Subject, SubjectAltName};
use crate::key::PublicKey;

pub use self::distinguished_name::Prompt;
pub use self::problem::{CnfError, CnfProblem};
pub use self::settings::Settings;
pub use self::source::{NoSource, ProcessSource, Source};

/// The section that is read where none is named.
pub const SECTION: &str = "req";

const COMMON_NAME: ObjectIdentifier = const_oid::db::rfc4519::COMMON_NAME;

/// A configuration, read and its `[req]` checked.
#[derive(Debug)]
pub struct Config {
    file: String,
    section: String,
    document: Document,
    objects: Objects,
    strings: Strings,
    settings: Settings,
}

/// What the command line says of a request, and the configuration does not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The whole subject, in place of the configuration's.
    pub subject: Option<&'a Subject>,
    /// The common name, in place of the configuration's.
    pub common_name: Option<&'a str>,
    /// Names that it is for, beside the configuration's.
    pub names: &'a [SubjectAltName],
}

/// What was answered to a [`Prompt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This.
    Text(String),
    /// Nothing: its default is taken, and where there is none the attribute is left out.
    Default,
    /// That there is to be no such attribute.
    LeftOut,
    /// Nobody was there to be asked: its default is taken, and where there is none that is an error.
    Unasked,
}

/// What a configuration makes of a certificate that signs itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateParts {
    /// Whose it is: the subject that was given, without the addresses that `email:move` took out of it.
    pub subject: DistinguishedName,
    /// The extensions; none where the configuration names no `x509_extensions`.
    pub extensions: Option<Vec<Extension>>,
    /// The names in its subjectAltName that a certificate of ours can have.
    pub names: Vec<SubjectAltName>,
    /// What a person should know of them.
    pub notes: Vec<String>,
}

impl Config {
    /// Reads the configuration in `bytes`, which is called `file`; what it includes and the environment come from
    /// `source`. What it says is in the section `section`.
    ///
    /// # Errors
    /// It cannot be read, there is no such section, or the section has keys and values that are not understood.
    pub fn parse(file: &str, bytes: &[u8], section: &str, source: &dyn Source) -> Result<Self, CnfError> {
        let document = Document::read(file, bytes, source)?;
        if document.section(section).is_none() && document.entry(DEFAULT, "distinguished_name").is_none() {
            let near = objects::nearest(section, document.section_names().filter(|name| *name != DEFAULT));
            let problem = CnfProblem::of_file(file, format_args!("there is no section [{section}] in it"));
            return Err(match near {
                Some(near) => problem.advise(format_args!("name the section with --section, perhaps {near}")),
                None => problem.advise("a request is described in [req]; another section is named with --section"),
            }
            .into());
        }
        let (settings, strings, mut problems) = settings::read(&document, section);
        let (objects, more) = settings::objects(&document, section, source);
        problems.extend(more);
        let config = Self { file: file.to_owned(), section: section.to_owned(), document, objects, strings, settings };
        CnfError::unless_none(problems, config)
    }

    /// What it says of the key and of how things are signed.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What a request for `key` holds. `answer` is asked each [`Prompt`], in order.
    ///
    /// # Errors
    /// Everything that is not understood, that an attribute cannot hold, or that was asked and not answered.
    pub fn request(
        &self,
        key: &PublicKey,
        wanted: &Wanted<'_>,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
    ) -> Result<Contents, CnfError> {
        let mut problems = Vec::new();
        let subject = match wanted.subject {
            Some(subject) => match subject.to_name().and_then(|name| Steps::of_name(&name)) {
                Ok(steps) => steps,
                Err(error) => {
                    problems.push(CnfProblem::of_file(&self.file, error));
                    Steps::default()
                }
            },
            None => self.subject(wanted.common_name, answer, &mut problems),
        };
        let attributes = self.attributes(answer, &mut problems);
        let mut context = Context::new(&self.document, &self.objects, self.strings, key, subject, None);
        let mut extensions = self.extensions(&mut context, "req_extensions", &mut problems).unwrap_or_default();
        if let Err(error) = extensions::add_names(&mut extensions, wanted.names) {
            problems.push(CnfProblem::of_file(&self.file, error));
        }
        let mut notes = self.lost_in("req_extensions");
        if wanted.subject.is_none() {
            notes.extend(self.subject_notes());
        }
        notes.extend(self.lost_in("attributes"));
        notes.extend(context.take_notes());
        let digest = self.settings.digest;
        let contents = Contents { subject: context.subject.to_name(), extensions, attributes, digest, notes };
        CnfError::unless_none(problems, contents)
    }

    /// The subject of a certificate that no request asks for. `answer` is asked each [`Prompt`], in order.
    ///
    /// # Errors
    /// Everything that is not understood, that an attribute cannot hold, or that was asked and not answered.
    pub fn certificate_subject(
        &self,
        common_name: Option<&str>,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
    ) -> Result<DistinguishedName, CnfError> {
        let mut problems = Vec::new();
        let steps = self.subject(common_name, answer, &mut problems);
        CnfError::unless_none(problems, steps.to_name())
    }

    /// What a person should know of the subject that it describes.
    pub fn subject_notes(&self) -> Vec<String> {
        self.lost_in("distinguished_name")
    }

    /// The names that its `req_extensions` ask for where the subject is `subject`: those of a certificate that signs
    /// itself, where the configuration names no `x509_extensions`. Where they ask for none, a common name that is a
    /// host is one.
    ///
    /// # Errors
    /// Everything in the section that `req_extensions` names that is not understood.
    pub fn requested_names(
        &self,
        subject: &DistinguishedName,
        key: &PublicKey,
    ) -> Result<Vec<SubjectAltName>, CnfError> {
        let steps = Steps::of_name(subject).map_err(|error| CnfProblem::of_file(&self.file, error))?;
        let common_names = steps.common_names();
        let mut problems = Vec::new();
        let mut context = Context::new(&self.document, &self.objects, self.strings, key, steps, None);
        let extensions = self.extensions(&mut context, "req_extensions", &mut problems).unwrap_or_default();
        let mut names = extensions::names_in(&extensions);
        if names.is_empty() {
            names = common_names.iter().filter_map(|name| name.parse().ok()).collect();
        }
        if names.is_empty() && problems.is_empty() {
            let named = self.document.entry(&self.section, "distinguished_name");
            let what = "no name is asked for that a server could have, and no `x509_extensions` say what it is for";
            let problem = named.map_or_else(|| CnfProblem::of_file(&self.file, what), |named| named.wrong(what));
            problems.push(problem.advise(format_args!(
                "add `x509_extensions = v3` to [{}], and a section [v3] with `subjectAltName = DNS:host.example`",
                self.section
            )));
        }
        CnfError::unless_none(problems, names)
    }

    /// What was written twice in the section that `key` names.
    fn lost_in(&self, key: &str) -> Vec<String> {
        let named = self.document.entry(&self.section, key);
        named
            .map(|named| self.document.lost(&named.value).map(|lost| shown(&lost.to_string())).collect())
            .unwrap_or_default()
    }

    /// What a certificate of `subject` for `key` that signs itself holds, beside its names and dates.
    ///
    /// # Errors
    /// Everything in the section that `x509_extensions` names that is not understood.
    pub fn certificate(
        &self,
        subject: &DistinguishedName,
        key: &PublicKey,
        serial: &[u8],
    ) -> Result<CertificateParts, CnfError> {
        let steps = Steps::of_name(subject).map_err(|error| CnfProblem::of_file(&self.file, error))?;
        let mut problems = Vec::new();
        let mut context = Context::new(&self.document, &self.objects, self.strings, key, steps.clone(), Some(serial));
        let mut extensions = self.extensions(&mut context, "x509_extensions", &mut problems);
        if let Some(extensions) = &mut extensions {
            self.add_key_id(&context, extensions, &mut problems);
        }
        // What was not changed stays as it came, byte for byte.
        let subject = if context.subject == steps { subject.clone() } else { context.subject.to_name() };
        let names = extensions.as_deref().map(extensions::names_in).unwrap_or_default();
        let mut notes = self.lost_in("x509_extensions");
        notes.extend(context.take_notes());
        let parts = CertificateParts { subject, extensions, names, notes };
        CnfError::unless_none(problems, parts)
    }

    /// OpenSSL adds the subject's key identifier to what has extensions at all and does not speak of it.
    fn add_key_id(&self, context: &Context<'_>, extensions: &mut Vec<Extension>, problems: &mut Vec<CnfProblem>) {
        let named = self.document.entry(&self.section, "x509_extensions");
        let spoken = named.and_then(|named| self.document.entry(&named.value, "subjectKeyIdentifier"));
        if extensions.is_empty() || spoken.is_some() {
            return;
        }
        match named.map(|named| extensions::key_identifier(context, named)) {
            Some(Ok(extension)) => extensions.push(extension),
            Some(Err(problem)) => problems.push(problem),
            None => {}
        }
    }

    /// The extensions of the section that `key` names; none where the key is not there.
    fn extensions<'c>(
        &'c self,
        context: &mut Context<'c>,
        key: &str,
        problems: &mut Vec<CnfProblem>,
    ) -> Option<Vec<Extension>> {
        let named = self.document.entry(&self.section, key)?;
        let entries = self.named(named, problems)?;
        let entries: Vec<&Entry> = entries.into_iter().filter(|entry| !self.is_variable(entry)).collect();
        let (extensions, more) = extensions::of_section(context, &entries);
        problems.extend(more);
        Some(extensions)
    }

    /// The entries of the section that `named` names.
    fn named<'c>(&'c self, named: &Entry, problems: &mut Vec<CnfProblem>) -> Option<Vec<&'c Entry>> {
        let entries = self.document.section(&named.value).map(Iterator::collect);
        if entries.is_none() {
            let near = objects::nearest(&named.value, self.document.section_names());
            let problem = named.wrong(format_args!("there is no section [{}]", named.value));
            problems.push(match near {
                Some(near) => problem.advise(format_args!("perhaps [{near}] is meant")),
                None => problem.advise(format_args!("add [{}] to the file", named.value)),
            });
        }
        entries
    }

    /// Whether an entry is there for the sake of its value in others.
    fn is_variable(&self, entry: &Entry) -> bool {
        self.document.is_used(entry) && self.objects.find(&entry.name).is_none()
    }

    fn prompts(&self) -> bool {
        self.document.entry(&self.section, "prompt").is_none_or(|entry| entry.value != "no")
    }

    fn subject(
        &self,
        common_name: Option<&str>,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
        problems: &mut Vec<CnfProblem>,
    ) -> Steps {
        let Some(named) = self.document.entry(&self.section, "distinguished_name") else {
            problems.push(
                CnfProblem::of_file(&self.file, format_args!("[{}] has no `distinguished_name`", self.section))
                    .advise("add `distinguished_name = dn` and a section [dn], or give --subject"),
            );
            return Steps::default();
        };
        if named.value == self.section {
            let problem = named.wrong("it names the section that it stands in, which describes no name");
            problems.push(problem.advise("give --subject, or write a section of its own: `distinguished_name = dn`"));
            return Steps::default();
        }
        let Some(entries) = self.named(named, problems) else { return Steps::default() };
        let before = problems.len();
        let mut values = self.values(&entries, common_name, answer, problems);
        if let Some(common_name) = common_name {
            let field = Field { oid: COMMON_NAME, joined: false };
            match values.iter_mut().rev().find(|value| value.field.oid == COMMON_NAME) {
                Some(value) => common_name.clone_into(&mut value.text),
                None => values.push(Value { field, text: common_name.to_owned(), entry: named.clone() }),
            }
        }
        let mut steps = Steps::default();
        for value in &values {
            match self.strings.attribute(&value.field.oid, &value.text) {
                Ok(encoded) => steps.push(value.field, encoded),
                Err(why) => problems.push(value.entry.wrong(why)),
            }
        }
        if steps == Steps::default() && problems.len() == before {
            problems.push(named.wrong("no attribute of the name has a value").advise("give --cn or --subject"));
        }
        steps
    }

    /// The attributes of a section and their values, asked for where the configuration asks.
    fn values(
        &self,
        entries: &[&Entry],
        common_name: Option<&str>,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
        problems: &mut Vec<CnfProblem>,
    ) -> Vec<Value> {
        let entries: Vec<Entry> =
            entries.iter().filter(|entry| !self.is_variable(entry)).map(|entry| (*entry).clone()).collect();
        if !self.prompts() {
            let mut values = Vec::new();
            for entry in entries {
                match self.value(entry, common_name) {
                    Ok(value) => values.push(value),
                    Err(_) if problems.len() >= ENOUGH => break,
                    Err(problem) => problems.push(problem),
                }
            }
            return values;
        }
        let (prompts, more) = Prompt::of_section(&entries, &self.objects);
        problems.extend(more);
        let mut values = Vec::new();
        for prompt in prompts {
            let text = match common_name.filter(|_| prompt.field.oid == COMMON_NAME) {
                Some(common_name) => Ok(Some(common_name.to_owned())),
                None => self.answered(&prompt, answer),
            };
            match text {
                Ok(Some(text)) => values.push(Value { field: prompt.field, text, entry: prompt.entry }),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        values
    }

    /// An attribute and its value as they stand in the file; `common_name` in place of the file's.
    fn value(&self, entry: Entry, common_name: Option<&str>) -> Result<Value, CnfProblem> {
        let field = Field::of(&entry, &self.objects)?;
        let text = match common_name.filter(|_| field.oid == COMMON_NAME) {
            Some(common_name) => common_name.to_owned(),
            None => self.strings.letters_of(&entry)?.to_owned(),
        };
        Ok(Value { field, text, entry })
    }

    /// What a prompt comes to; none where the attribute is left out.
    fn answered(
        &self,
        prompt: &Prompt,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
    ) -> Result<Option<String>, CnfProblem> {
        let default = || prompt.default_entry.as_ref().map(|entry| self.strings.letters_of(entry)).transpose();
        let (text, at) = match &prompt.fixed {
            Some(fixed) => (Some(self.strings.letters_of(fixed)?.to_owned()), fixed),
            None => match answer(prompt) {
                Answer::Text(text) => (Some(text), &prompt.entry),
                Answer::LeftOut => (None, &prompt.entry),
                Answer::Default => {
                    (default()?.map(str::to_owned), prompt.default_entry.as_ref().unwrap_or(&prompt.entry))
                }
                Answer::Unasked => match default()? {
                    Some(text) => (Some(text.to_owned()), prompt.default_entry.as_ref().unwrap_or(&prompt.entry)),
                    None => return Err(unasked(prompt)),
                },
            },
        };
        if let Some(text) = &text {
            prompt.check(text).map_err(|why| at.wrong(why))?;
        }
        Ok(text)
    }

    fn attributes(
        &self,
        answer: &mut dyn FnMut(&Prompt) -> Answer,
        problems: &mut Vec<CnfProblem>,
    ) -> Vec<RequestAttribute> {
        let Some(named) = self.document.entry(&self.section, "attributes") else { return Vec::new() };
        let Some(entries) = self.named(named, problems) else { return Vec::new() };
        let values = self.values(&entries, None, answer, problems);
        let encoded = values.into_iter().map(|Value { field, text, entry }| {
            let value = self.strings.attribute(&field.oid, &text).map_err(|why| entry.wrong(why))?;
            Ok(RequestAttribute { oid: field.oid, value })
        });
        encoded.filter_map(|made| made.map_err(|problem| problems.push(problem)).ok()).collect()
    }
}

/// An attribute and its text, with the entry it is from.
struct Value {
    field: Field,
    text: String,
    entry: Entry,
}

fn unasked(prompt: &Prompt) -> CnfProblem {
    let problem = prompt.entry.wrong(format_args!(
        "it asks for the {} (`{}`), has no default, and there is no terminal to ask at",
        name_of(&prompt.field.oid),
        prompt.text
    ));
    problem.advise(format_args!(
        "add `{}_default = …`, or `prompt = no` to [req] where `{}` is the value itself; --batch leaves out what has no \
         default",
        prompt.key, prompt.text
    ))
}
