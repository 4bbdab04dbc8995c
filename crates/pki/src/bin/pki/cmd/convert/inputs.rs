//! Everything that is to be converted, read and opened.

use common::Secret;
use common::terminal::{CliError, ask_passphrase};
use pki::convert::Heap;

use super::args::{Args, Form};
use crate::error::OrExplain;
use crate::private::refuse_passphrase;
use crate::session::Session;

/// What was read, and how it was protected.
pub(super) struct Inputs {
    pub(super) heap: Heap,
    pub(super) files: Vec<InputFile>,
    passphrase: Option<Secret>,
}

/// One file, for who wants to know.
pub(super) struct InputFile {
    pub(super) name: String,
    pub(super) holds: Vec<String>,
    pub(super) protection: Vec<String>,
}

impl Inputs {
    /// Reads all of them. One passphrase opens whatever is encrypted.
    pub(super) fn read(args: &Args, session: &Session) -> Result<Self, CliError> {
        check_flags(args)?;
        let given = args.passphrase.read()?;
        let mut inputs = Self { heap: Heap::new(), files: Vec::new(), passphrase: None };
        for reference in &args.inputs {
            let blob = session.read(reference)?;
            if blob.pieces()?.is_encrypted() && inputs.passphrase.is_none() {
                inputs.passphrase = match &given {
                    Some(given) => Some(given.clone()),
                    None => ask_passphrase(&format!("passphrase of {}", blob.name))?,
                };
            }
            let pieces = blob.pieces_with(inputs.passphrase.as_ref())?;
            inputs.files.push(InputFile {
                name: pieces.name.clone(),
                holds: pieces.found(),
                protection: pieces.protections(),
            });
            if pieces.certificates.is_empty() && pieces.keys.is_empty() && pieces.is_sealed() {
                return Err(pieces.missing("certificate").into());
            }
            inputs.heap.add(pieces, inputs.passphrase.as_ref()).or_explain()?;
        }
        if inputs.passphrase.is_none() {
            refuse_passphrase("what was read", &args.passphrase)?;
        }
        Ok(inputs)
    }

    /// What the private key is written under: as told, or as it came.
    pub(super) fn passphrase_of_output(&self, args: &Args) -> Result<Option<Secret>, CliError> {
        if args.output.plain {
            return Ok(None);
        }
        if let Some(told) = args.output.args().read()? {
            return Ok(Some(told));
        }
        match (&self.passphrase, args.to) {
            (Some(passphrase), _) => Ok(Some(passphrase.clone())),
            (None, Form::P12) => ask_twice(),
            (None, _) => Ok(None),
        }
    }
}

/// A flag without an effect is an error.
fn check_flags(args: &Args) -> Result<(), CliError> {
    let without_effect = [
        (args.key_out.is_some() && args.to != Form::Pem, "--key-out", "--to pem"),
        (args.leaf_alone && args.to != Form::Der, "--leaf-alone", "--to der"),
        (args.alias.is_some() && args.to != Form::P12, "--alias", "--to p12"),
        (args.recipe != Default::default() && args.to != Form::P12, "--for", "--to p12"),
        (args.output.plain && args.to == Form::P12, "--plain", "another form: PKCS#12 is always under a passphrase"),
    ];
    match without_effect.iter().find(|(is_idle, ..)| *is_idle) {
        Some((_, flag, form)) => {
            Err(CliError::usage(format_args!("{flag} has an effect with {form}")).advise(format!("leave {flag} away")))
        }
        None => Ok(()),
    }
}

/// A new passphrase from the person at the terminal, typed twice, as nobody sees what was typed.
fn ask_twice() -> Result<Option<Secret>, CliError> {
    let Some(first) = ask_passphrase("passphrase of the new file")? else { return Ok(None) };
    let again = ask_passphrase("the same again")?;
    if again.is_some_and(|again| again.expose() == first.expose()) {
        Ok(Some(first))
    } else {
        Err(CliError::usage("the two passphrases differ").advise("try again, or give --out-passphrase-file FILE"))
    }
}
