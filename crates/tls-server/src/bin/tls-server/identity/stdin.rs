//! An identity from standard input, which can be read once and never again.

use common::Secret;
use common::context::Identity;
use common::input::{Blob, Reference};
use common::terminal::{CliError, PassphraseArgs, ask_passphrase};
use tls_server::config::{self, Passphrase};

use crate::error;

/// The chain and the key, of which one comes from standard input.
pub(super) fn pair(cert: &Reference, key: &Reference, listener: &config::Listener) -> Result<Identity, CliError> {
    if (cert, key) == (&Reference::Stdin, &Reference::Stdin) {
        return Err(CliError::usage("--cert and --key cannot both be standard input")
            .advise("give the chain and the key together: --pem -"));
    }
    let (cert, key) = (read(cert)?, read(key)?);
    let passphrase = passphrase_for(&key, &args(&listener.identity))?;
    Identity::from_files(&cert, &key, passphrase.as_ref(), listener.policy.provider).map_err(error::identity)
}

/// The chain and the key together.
pub(super) fn combined(listener: &config::Listener) -> Result<Identity, CliError> {
    let blob = Blob::read_stdin()?;
    let passphrase = passphrase_for(&blob, &args(&listener.identity))?;
    Identity::from_combined(&blob, passphrase.as_ref(), listener.policy.provider).map_err(error::identity)
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

fn args(identity: &config::Identity) -> PassphraseArgs {
    match &identity.passphrase {
        None => PassphraseArgs::default(),
        Some(Passphrase::File(path)) => {
            PassphraseArgs { passphrase_file: Some(path.value.clone()), passphrase_env: None }
        }
        Some(Passphrase::Environment(name)) => {
            PassphraseArgs { passphrase_file: None, passphrase_env: Some(name.value.clone()) }
        }
    }
}

/// The passphrase, where the file holds an encrypted key: from the flags, else from the person at the terminal.
fn passphrase_for(file: &Blob, args: &PassphraseArgs) -> Result<Option<Secret>, CliError> {
    let given = args.read()?;
    let encrypted = file.pieces()?.is_encrypted();
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
