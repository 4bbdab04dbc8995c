//! A private key at hand, and the passphrase that it is kept under.

use common::Secret;
use common::input::{Blob, Reference};
use common::terminal::{CliError, PassphraseArgs, ask_passphrase};
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};

use crate::error::OrExplain;
use crate::session::Session;

/// A key, and the passphrase that it came under and is written under again.
pub(crate) struct Private {
    pub(crate) key: PrivateKey,
    /// How it was protected where it came from.
    pub(crate) protection: Vec<String>,
    passphrase: Option<Secret>,
}

impl Private {
    /// A new key, to be written under the passphrase that the flags name, or in the clear.
    pub(crate) fn generate(algorithm: Algorithm, passphrase: &PassphraseArgs) -> Result<Self, CliError> {
        // A passphrase that cannot be had is an error before the work of making a key.
        let passphrase = passphrase.read()?;
        Ok(Self { key: PrivateKey::generate(algorithm).or_explain()?, protection: Vec::new(), passphrase })
    }

    /// A new key, to be written under this passphrase.
    pub(crate) fn generate_under(algorithm: Algorithm, passphrase: Secret) -> Result<Self, CliError> {
        let key = PrivateKey::generate(algorithm).or_explain()?;
        Ok(Self { key, protection: Vec::new(), passphrase: Some(passphrase) })
    }

    /// A key that is here already, to be written under the passphrase that the flags name, or in the clear.
    pub(crate) fn new(key: PrivateKey, passphrase: &PassphraseArgs) -> Result<Self, CliError> {
        Ok(Self { key, protection: Vec::new(), passphrase: passphrase.read()? })
    }

    /// The key that a reference names, opened and checked.
    pub(crate) fn load(
        reference: &Reference,
        passphrase: &PassphraseArgs,
        session: &Session,
    ) -> Result<Self, CliError> {
        Self::open(&session.read(reference)?, passphrase)
    }

    /// The one key in a file.
    pub(crate) fn open(blob: &Blob, passphrase: &PassphraseArgs) -> Result<Self, CliError> {
        let passphrase = passphrase_for(blob, passphrase)?;
        let pieces = blob.pieces_with(passphrase.as_ref())?;
        let protection = pieces.protections();
        let key = PrivateKey::of_pieces(pieces, passphrase.as_ref()).or_explain()?;
        Ok(Self { key, protection, passphrase })
    }

    /// As PEM, under its passphrase where it has one.
    pub(crate) fn to_pem(&self) -> Result<Secret, CliError> {
        match &self.passphrase {
            None => Ok(pem::private_key(&self.key)),
            Some(passphrase) => {
                let der = self.key.to_encrypted_pkcs8(passphrase).or_explain()?;
                Ok(Secret::new(pem::encrypted_private_key(&der).into_bytes()))
            }
        }
    }
}

/// Where the key is encrypted: from the flags, else from the person at the terminal.
fn passphrase_for(blob: &Blob, args: &PassphraseArgs) -> Result<Option<Secret>, CliError> {
    let encrypted = blob.pieces()?.is_encrypted();
    if !encrypted {
        return refuse_passphrase(&blob.name, args).map(|()| None);
    }
    match args.read()? {
        None => ask_passphrase(&format!("passphrase of the key in {}", blob.name)),
        given => Ok(given),
    }
}

/// A passphrase that opens nothing is an error, as a person who gives one believes the key to be encrypted.
pub(crate) fn refuse_passphrase(name: &str, args: &PassphraseArgs) -> Result<(), CliError> {
    if args.is_given() {
        return Err(CliError::usage(format_args!("a passphrase was given, and {name} holds no encrypted key"))
            .advise("leave --passphrase-file and --passphrase-env away"));
    }
    Ok(())
}
