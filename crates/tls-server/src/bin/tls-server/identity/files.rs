//! An identity from files or standard input.

use std::path::PathBuf;

use common::Secret;
use common::context::{Identity, Provider};
use common::input::{Blob, KeyFile, Reference};
use common::terminal::{CliError, PassphraseArgs, ask_passphrase};
use pki::certificate::Inspected;

use super::{Shown, Source, leaf};
use crate::error;

/// The chain from one file, the key from another.
pub(super) fn separate(
    cert: &Reference,
    key: &Reference,
    passphrase: &PassphraseArgs,
    provider: Provider,
) -> Result<Shown, CliError> {
    if (cert, key) == (&Reference::Stdin, &Reference::Stdin) {
        return Err(CliError::usage("--cert and --key cannot both be standard input")
            .advise("give the chain and the key together: --pem -"));
    }
    let (cert_blob, key_blob) = (read(cert)?, read(key)?);
    let passphrase = passphrase_for(&key_blob, passphrase)?;
    let identity = Identity::from_files(&cert_blob, &key_blob, passphrase.as_ref(), provider);
    shown(identity.map_err(error::identity)?, cert)
}

/// The chain and the key from one file.
pub(super) fn combined(file: &Reference, passphrase: &PassphraseArgs, provider: Provider) -> Result<Shown, CliError> {
    let blob = read(file)?;
    let passphrase = passphrase_for(&blob, passphrase)?;
    let identity = Identity::from_combined(&blob, passphrase.as_ref(), provider);
    shown(identity.map_err(error::identity)?, file)
}

fn shown(identity: Identity, cert: &Reference) -> Result<Shown, CliError> {
    let leaf = leaf(&identity)?;
    let anchor = own_anchor(&identity, cert);
    Ok(Shown { identity, leaf, source: Source::Files, anchor })
}

fn read(reference: &Reference) -> Result<Blob, CliError> {
    match reference {
        Reference::Path(path) => Ok(Blob::read(path)?),
        Reference::Stdin => Ok(Blob::read_stdin()?),
        Reference::Store(name) => Err(CliError::usage(format_args!(
            "{reference} is a chain with its key, and --cert and --key take one each"
        ))
        .advise(format!("name it alone: --name {name}"))),
    }
}

/// The passphrase, where the file holds an encrypted key: from the flags, else from the person at the terminal.
fn passphrase_for(file: &Blob, args: &PassphraseArgs) -> Result<Option<Secret>, CliError> {
    let given = args.read()?;
    let encrypted = file.pieces()?.keys.iter().any(|key| matches!(key, KeyFile::Encrypted(_)));
    match (encrypted, given) {
        (true, Some(passphrase)) => Ok(Some(passphrase)),
        (true, None) => ask_passphrase(&format!("passphrase for {}", file.name)),
        (false, Some(_)) => {
            Err(CliError::usage(format_args!("a passphrase was given, and {} holds no encrypted key", file.name))
                .advise("leave --passphrase-file and --passphrase-env away"))
        }
        (false, None) => Ok(None),
    }
}

/// The file itself, where a client that is given it as `--ca` can verify the chain by it: its last certificate
/// signed itself.
fn own_anchor(identity: &Identity, cert: &Reference) -> Option<PathBuf> {
    let Reference::Path(path) = cert else { return None };
    let top = Inspected::from_der(identity.chain().last()?).ok()?;
    top.self_signed.then(|| path.clone())
}
