//! `pki convert`

mod args;
mod inputs;
mod written;

use common::input::fsio::Access;
use common::pkcs12::{self, Entry};
use common::terminal::{CliError, Exit, Ui};
use pki::convert::{Heap, Selected, Selection, pem};

pub(crate) use args::Args;
use args::Form;
use inputs::Inputs;
use written::Written;

use crate::error::OrExplain;
use crate::output::{Outputs, shell};
use crate::session::Session;

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let destinations = [args.out.as_deref(), args.key_out.as_deref()];
    let mut outputs = Outputs::new(&destinations, args.force)?;
    for (input, output) in args.inputs.iter().flat_map(|input| destinations.map(|output| (input, output))) {
        Outputs::spare(input, output)?;
    }
    let inputs = Inputs::read(args, session)?;
    let selection = Selection { name: args.name.as_deref(), all: args.all };
    let selected = inputs.heap.select(selection).or_explain()?;
    let passphrase = inputs.passphrase_of_output(args)?;
    let mut written = Written::new(args, &inputs, &selected);
    let job = Job { args, heap: &inputs.heap, selected: &selected, passphrase: passphrase.as_ref() };
    job.add_to(&mut outputs, &mut written)?;
    if job.writes_key_under_passphrase() {
        written.key_under_passphrase(!args.output.args().is_given());
    }
    let printed = outputs.write(ui)?;
    written.tell(printed, ui)?;
    Ok(Exit::Success)
}

/// What is written, and how.
struct Job<'a> {
    args: &'a Args,
    heap: &'a Heap,
    selected: &'a Selected<'a>,
    passphrase: Option<&'a common::Secret>,
}

impl Job<'_> {
    fn add_to(&self, outputs: &mut Outputs, written: &mut Written) -> Result<(), CliError> {
        let out = self.args.out.as_deref();
        match self.args.to {
            Form::Pem if self.selected.certificates.is_empty() && self.args.key_out.is_some() => {
                if out.is_some() {
                    return Err(CliError::usage("there is no certificate for --out in what was read")
                        .advise("leave --out away, or name the file of the certificate as well"));
                }
                self.add_key(outputs, written)?;
            }
            Form::Pem if self.selected.certificates.is_empty() => {
                let (bytes, access) = self.loose_pem()?;
                outputs.add(out, &bytes, access);
            }
            Form::Pem => {
                outputs.add(out, pem::chain(&self.selected.certificates).as_bytes(), Access::Public);
                self.add_key(outputs, written)?;
            }
            Form::Der => {
                let (bytes, access) = self.der()?;
                outputs.add(out, &bytes, access);
            }
            Form::Combined => {
                let key = self.key_pem()?.ok_or_else(|| no_key("certificate and private key in one file"))?;
                let chain = pem::chain(&self.selected.certificates);
                if chain.is_empty() {
                    return Err(CliError::usage("there is no certificate to put beside the private key")
                        .advise("name its file as well"));
                }
                outputs.add(out, &[chain.as_bytes(), key.expose()].concat(), Access::Private);
            }
            Form::P12 => {
                outputs.add(out, &self.p12()?, Access::Private);
                written.protected_by(self.args.recipe);
            }
        }
        Ok(())
    }

    /// Whether a private key is written under a passphrase of its own, which in PKCS#12 it has not.
    fn writes_key_under_passphrase(&self) -> bool {
        let is_written = match self.args.to {
            Form::Pem => self.args.key_out.is_some() || self.selected.certificates.is_empty(),
            Form::Der => self.selected.certificates.is_empty(),
            Form::Combined => true,
            Form::P12 => false,
        };
        is_written && self.selected.key.is_some() && self.passphrase.is_some()
    }

    /// The private key by itself, where there is a place for it.
    fn add_key(&self, outputs: &mut Outputs, written: &mut Written) -> Result<(), CliError> {
        match (&self.args.key_out, self.key_pem()?) {
            (Some(path), Some(key)) => outputs.add(Some(path), key.expose(), Access::Private),
            (Some(_), None) => return Err(no_key("--key-out")),
            (None, Some(_)) => {
                written.note("the private key was left out: --key-out FILE writes it, or --to combined both in one");
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn key_pem(&self) -> Result<Option<common::Secret>, CliError> {
        let Some(key) = self.selected.key else { return Ok(None) };
        let Some(passphrase) = self.passphrase else { return Ok(Some(pem::private_key(key))) };
        let der = key.to_encrypted_pkcs8(passphrase).or_explain()?;
        Ok(Some(common::Secret::new(pem::encrypted_private_key(&der).into_bytes())))
    }

    /// What there is besides certificates: a key, a request, CRLs, a public key.
    fn loose_pem(&self) -> Result<(Vec<u8>, Access), CliError> {
        if let Some(key) = self.key_pem()? {
            return Ok((key.expose().to_vec(), Access::Private));
        }
        let mut text: String = self.heap.requests().iter().map(|der| pem::request(der)).collect();
        text.extend(self.heap.crls().iter().map(|der| pem::crl(der)));
        text.extend(self.heap.public_keys().iter().map(|der| pem::spki(der)));
        if text.is_empty() { Err(nothing()) } else { Ok((text.into_bytes(), Access::Public)) }
    }

    /// DER holds one thing: the leaf, or what else there is one of.
    fn der(&self) -> Result<(Vec<u8>, Access), CliError> {
        let heap = self.heap;
        let public: Vec<&[u8]> = match self.selected.certificates.as_slice() {
            [] => {
                let requests = heap.requests().iter().map(AsRef::as_ref);
                let crls = heap.crls().iter().map(AsRef::as_ref);
                requests.chain(crls).chain(heap.public_keys().iter().map(AsRef::as_ref)).collect()
            }
            certificates => certificates.iter().map(|der| der.as_ref()).collect(),
        };
        match (public.as_slice(), self.selected.key) {
            ([one], _) => Ok((one.to_vec(), Access::Public)),
            ([leaf, ..], _) if self.args.leaf_alone => Ok((leaf.to_vec(), Access::Public)),
            ([], Some(key)) => match self.passphrase {
                Some(passphrase) => Ok((key.to_encrypted_pkcs8(passphrase).or_explain()?, Access::Private)),
                None => Ok((key.to_pkcs8().expose().to_vec(), Access::Private)),
            },
            ([], None) => Err(nothing()),
            (several, _) => Err(CliError::usage(format_args!("DER holds one thing, and there are {}", several.len()))
                .advise("--leaf-alone writes the leaf's certificate; --to pem or --to p12 hold all")),
        }
    }

    fn p12(&self) -> Result<Vec<u8>, CliError> {
        let Some(passphrase) = self.passphrase else {
            return Err(CliError::usage("a PKCS#12 file is under a passphrase, and none was given")
                .advise("add --out-passphrase-file FILE or --out-passphrase-env VARIABLE"));
        };
        if self.selected.certificates.is_empty() {
            return Err(CliError::usage("there is no certificate to put into a PKCS#12 file")
                .advise("name the file of the certificate as well as that of the key"));
        }
        let certificates: Vec<Vec<u8>> = self.selected.certificates.iter().map(|der| der.to_vec()).collect();
        let label = self.selected.labels.first().map_or("", String::as_str);
        let entry = Entry {
            name: self.args.alias.as_deref().unwrap_or(label),
            key: self.selected.key.map(pki::key::PrivateKey::to_pkcs8),
            certificates: &certificates,
        };
        pkcs12::write(&entry, passphrase, self.args.recipe).map_err(|error| {
            CliError::environment(format_args!("making PKCS#12: {}", common::terminal::ui::chain(&error)))
        })
    }
}

fn no_key(what: &str) -> CliError {
    CliError::usage(format_args!("{what}: there is no private key in what was read"))
        .advise("name the file of the private key as well")
}

fn nothing() -> CliError {
    CliError::usage("there is nothing to convert in what was read")
        .advise(format!("`pki cert show {}` says what a file holds", shell("FILE")))
}
