//! What a conversion tells: what was read, what was written, in which order, and how it is protected.

use std::path::Path;

use common::pkcs12::Recipe;
use common::terminal::{CliError, Ui};
use pki::convert::Selected;
use pki::key::PrivateKey;
use serde::Serialize;

use super::args::{Args, Form};
use super::inputs::Inputs;
use crate::output::is_stdout;

/// The `latchkey.converted/1` document, and the notes that say the same.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    schema: &'static str,
    to: &'static str,
    inputs: Vec<Input>,
    certificates: Vec<String>,
    left_out: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protection: Option<Protection>,
    files: Vec<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pem: Option<String>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Input {
    file: String,
    holds: Vec<String>,
    protection: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Key {
    algorithm: String,
    pin: String,
}

#[derive(Debug, Serialize)]
struct Protection {
    algorithms: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    readers: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct File {
    content: &'static str,
    path: String,
}

impl Written {
    pub(super) fn new(args: &Args, inputs: &Inputs, selected: &Selected<'_>) -> Self {
        let mut written = Self {
            schema: "latchkey.converted/1",
            to: match args.to {
                Form::Pem => "pem",
                Form::Der => "der",
                Form::P12 => "p12",
                Form::Combined => "combined",
            },
            inputs: Vec::new(),
            certificates: selected.labels.clone(),
            left_out: selected.left_out.clone(),
            key: selected.key.map(|key| Key { algorithm: key.public().title(), pin: key.public().pin() }),
            protection: None,
            files: Vec::new(),
            pem: None,
            notes: Vec::new(),
        };
        for file in &inputs.files {
            written.note_old(&file.name, &file.protection);
            let (holds, protection) = (file.holds.clone(), file.protection.clone());
            written.inputs.push(Input { file: file.name.clone(), holds, protection });
        }
        if !selected.left_out.is_empty() {
            written.note(format!("not in the chain and left out: {} (--all keeps them)", selected.left_out.join(", ")));
        }
        if args.leaf_alone {
            written.certificates.truncate(1);
        }
        if selected.is_incomplete && written.certificates.len() > 1 {
            written.note("the chain ends before its root, which was not among what was read");
        }
        written.file("written", args.out.as_deref());
        written.file("key", args.key_out.as_deref());
        written
    }

    /// That what was read was under something that is broken, or nearly so.
    fn note_old(&mut self, name: &str, protection: &[String]) {
        let is_old = |way: &&String| ["RC2", "Triple DES", "traditional"].iter().any(|word| way.contains(word));
        if let Some(way) = protection.iter().find(is_old) {
            self.note(format!(
                "{name} was protected by {way}, which no longer protects; keep the new file in its place"
            ));
        }
    }

    /// Written as PKCS#12 by this recipe.
    pub(super) fn protected_by(&mut self, recipe: Recipe) {
        self.protection = Some(Protection { algorithms: recipe.to_string(), readers: Some(recipe.readers()) });
        if recipe.is_weak() {
            self.note(
                "Triple DES and SHA-1 are for readers that know nothing better; send it over nothing that is open",
            );
        }
    }

    /// Written with its private key under a passphrase by itself.
    pub(super) fn key_under_passphrase(&mut self, is_as_it_came: bool) {
        self.protection = Some(Protection { algorithms: PrivateKey::PROTECTION.to_owned(), readers: None });
        if is_as_it_came {
            self.note("the private key is under the passphrase that it came under; --plain writes it in the clear");
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn file(&mut self, content: &'static str, path: Option<&Path>) {
        if let Some(path) = path.filter(|path| !is_stdout(path)) {
            self.files.push(File { content, path: path.display().to_string() });
        }
    }

    /// Says it: as a JSON document on stdout, with the PEM that would have been there; else as notes.
    pub(super) fn tell(mut self, pem: Option<String>, ui: &mut Ui) -> Result<(), CliError> {
        if ui.is_json() {
            self.pem = pem;
            return ui.document(&self);
        }
        let chain = self.certificates.join(", ");
        ui.note(if chain.is_empty() {
            format!("converted to {}", self.to)
        } else {
            format!("converted to {}: {chain}", self.to)
        });
        if let Some(key) = &self.key {
            ui.note(format_args!("  {:<12} {}", "private key", key.algorithm));
        }
        if let Some(protection) = &self.protection {
            ui.note(format_args!("  {:<12} {}", "under", protection.algorithms));
            if let Some(readers) = protection.readers {
                ui.note(format_args!("  {:<12} {readers}", "read by"));
            }
        }
        self.files.iter().for_each(|file| ui.note(format_args!("  {:<12} {}", file.content, file.path)));
        self.notes.iter().for_each(|note| ui.note(format_args!("  note: {note}")));
        Ok(())
    }
}
