//! What was made: what, for which names, where, until when, and the next command.

use std::path::Path;

use common::terminal::{CliError, Ui};
use jiff::Timestamp;
use pki::certificate::{Inspected, fingerprint};
use pki::key::PublicKey;
use serde::Serialize;

use crate::output::is_stdout;

/// The `latchkey.made/1` document, and the notes that say the same.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    schema: &'static str,
    action: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    names: Vec<String>,
    key: String,
    pin: String,
    #[serde(flatten)]
    certificate: Option<CertificateFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    files: Vec<FileMade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pem: Option<String>,
    notes: Vec<String>,
    next: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CertificateFacts {
    subject: String,
    issuer: String,
    serial: String,
    fingerprint: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

#[derive(Debug, Serialize)]
struct FileMade {
    content: &'static str,
    path: String,
}

impl Made {
    /// A key, a request or a CA; `names` are those it is for.
    pub(crate) fn new(kind: &'static str, names: Vec<String>, key: &PublicKey) -> Self {
        Self {
            schema: "latchkey.made/1",
            action: "made",
            kind,
            name: None,
            names,
            key: key.title(),
            pin: key.pin(),
            certificate: None,
            store: None,
            files: Vec::new(),
            pem: None,
            notes: Vec::new(),
            next: Vec::new(),
        }
    }

    /// What was there already and was written out.
    pub(crate) fn exported(kind: &'static str, key: &PublicKey) -> Self {
        Self { action: "exported", ..Self::new(kind, Vec::new(), key) }
    }

    /// What came from elsewhere and is kept.
    pub(crate) fn imported(kind: &'static str, key: &PublicKey) -> Self {
        Self { action: "imported", ..Self::new(kind, Vec::new(), key) }
    }

    /// For these names.
    pub(crate) fn names(mut self, names: Vec<String>) -> Self {
        self.names = names;
        self
    }

    /// With what a certificate says of itself.
    pub(crate) fn certificate(mut self, der: &[u8]) -> Self {
        self.certificate = Inspected::from_der(der).ok().map(|said| CertificateFacts {
            subject: said.subject.text,
            issuer: if said.self_signed { "itself".to_owned() } else { said.issuer.text },
            serial: said.serial,
            fingerprint: fingerprint::fingerprint(der),
            not_before: said.not_before,
            not_after: said.not_after,
        });
        self
    }

    /// Kept in the store at `location` under `name`.
    pub(crate) fn stored(mut self, name: &str, location: &store::Location) -> Self {
        self.name = Some(name.to_owned());
        self.store = Some(location.to_string());
        self
    }

    /// Written to a file; standard output is no file.
    pub(crate) fn file(mut self, content: &'static str, path: Option<&Path>) -> Self {
        if let Some(path) = path.filter(|path| !is_stdout(path)) {
            self.files.push(FileMade { content, path: path.display().to_string() });
        }
        self
    }

    /// Something worth knowing about it.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// A command that comes next, whole, as it can be pasted.
    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.next.push(command.into());
        self
    }

    /// Says it: as a JSON document on stdout, with the PEM that would have been there; else as notes.
    pub(crate) fn tell(mut self, pem: Option<String>, ui: &mut Ui) -> Result<(), CliError> {
        if ui.is_json() {
            self.pem = pem;
            return ui.document(&self);
        }
        ui.note(self.headline());
        for (label, value) in self.lines() {
            ui.note(format_args!("  {label:<12} {value}"));
        }
        self.notes.iter().for_each(|note| ui.note(format_args!("  note: {note}")));
        self.next.iter().for_each(|command| ui.note(format_args!("  next: {command}")));
        Ok(())
    }

    fn headline(&self) -> String {
        let subject = match (&self.name, self.names.as_slice()) {
            (Some(name), []) => format!(" `{name}`"),
            (_, []) => String::new(),
            (_, names) => format!(" for {}", names.join(", ")),
        };
        format!("{} a {}{subject} ({})", self.action, self.kind, self.key)
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if let Some(said) = &self.certificate {
            lines.push(("issued by", said.issuer.clone()));
            lines.push(("valid until", said.not_after.strftime("%Y-%m-%d %H:%M UTC").to_string()));
            lines.push(("serial", said.serial.clone()));
        }
        if let (Some(name), Some(location)) = (&self.name, &self.store) {
            lines.push(("kept as", format!("store:{name} (in {location})")));
        }
        lines.extend(self.files.iter().map(|file| (file.content, file.path.clone())));
        lines
    }
}
