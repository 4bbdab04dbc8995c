//! The client that the flags ask for. Everything is read and checked before anything is connected.

use std::sync::Arc;

use common::Secret;
use common::context::{Identity, IdentityError, KeyLogging, Provider};
use common::input::{Blob, InputError, Reference};
use common::terminal::{CliError, GlobalArgs, Ui, ask_passphrase};
use pki::stored;
use pki::verify::Verifier;
use tls_client::preamble::Preamble;
use tls_client::{Client, OnRefusal, Target};

use crate::args::{ClientArgs, IdentityArgs};
use crate::error;
use crate::trust::{LazyStore, trust};

pub(crate) fn build(args: &ClientArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Client, CliError> {
    let policy = args.policy.policy(ui)?;
    let store = LazyStore::new(global.store.as_deref());
    let identity = identity(&args.identity, &store, policy.provider)?;
    let trust = Arc::new(trust(&args.trust, &store)?);
    let verifier = Verifier::new(trust, policy.provider).map_err(|error| error::anchor(&error))?;
    let on_refusal = if args.trust.insecure {
        ui.warn(
            "--insecure: a bad certificate does not stop the connection, and anybody in between can read and change it",
        );
        OnRefusal::DangerouslyGoOn
    } else {
        OnRefusal::Stop
    };
    let key_logging = match &args.keylog {
        Some(path) => {
            ui.warn(format_args!("--keylog: whoever has {} can read this session", path.display()));
            KeyLogging::File(path.clone())
        }
        None => KeyLogging::Off,
    };
    let verifier = Arc::new(verifier);
    let preamble = Preamble::default();
    Ok(Client { verifier, on_refusal, policy, identity, key_logging, preamble, limit: args.timeout })
}

/// `port` is the one of a target that names none.
pub(crate) fn target(text: &str, port: u16, server_name: Option<&str>) -> Result<Target, CliError> {
    let named = |target: Target| match server_name {
        Some(name) => target.with_server_name(name),
        None => Ok(target),
    };
    Target::with_default_port(text, port).and_then(named).map_err(|error| error::target(&error))
}

fn identity(args: &IdentityArgs, store: &LazyStore<'_>, provider: Provider) -> Result<Option<Identity>, CliError> {
    let passphrase = args.passphrase.read()?;
    match (&args.pem, &args.cert, &args.key) {
        (Some(Reference::Store(name)), ..) | (None, Some(Reference::Store(name)), None) => match passphrase {
            Some(_) => Err(CliError::usage("a passphrase is given, and the store's keys need none")
                .advise("leave --passphrase-file and --passphrase-env away")),
            None => Ok(Some(stored::identity(&*store.require()?, name, provider)?)),
        },
        (Some(combined), ..) => {
            let combined = read(combined)?;
            load(passphrase, &combined, |passphrase| Identity::from_combined(&combined, passphrase, provider))
        }
        (None, Some(chain), Some(key)) => {
            let (chain, key) = (read(chain)?, read(key)?);
            load(passphrase, &key, |passphrase| Identity::from_files(&chain, &key, passphrase, provider))
        }
        (None, Some(chain), None) => {
            let both = read(chain)?;
            if !holds_key(&both)? {
                return Err(CliError::usage(format_args!("--cert {chain} is given without its key"))
                    .advise("add --key FILE, or give one file with both: --pem FILE"));
            }
            load(passphrase, &both, |passphrase| Identity::from_combined(&both, passphrase, provider))
        }
        (None, None, _) if passphrase.is_some() => {
            Err(CliError::usage("a passphrase is given, and no private key").advise("add --cert FILE --key FILE"))
        }
        (None, None, _) => Ok(None),
    }
}

/// Whether the private key lies in the file as well, as it does in PKCS#12.
fn holds_key(file: &Blob) -> Result<bool, CliError> {
    let pieces = file.pieces()?;
    Ok(!pieces.keys.is_empty() || pieces.is_sealed())
}

/// Asks for the passphrase where there is none and the key needs one.
fn load(
    passphrase: Option<Secret>,
    key: &Blob,
    from: impl Fn(Option<&Secret>) -> Result<Identity, IdentityError>,
) -> Result<Option<Identity>, CliError> {
    let loaded = match from(passphrase.as_ref()) {
        Err(needed @ IdentityError::Input(InputError::PassphraseNeeded { .. })) => {
            match ask_passphrase(&format!("Passphrase of {}", key.name))? {
                Some(asked) => from(Some(&asked)),
                None => Err(needed),
            }
        }
        loaded => loaded,
    };
    loaded.map(Some).map_err(error::identity)
}

fn read(reference: &Reference) -> Result<Blob, CliError> {
    match reference {
        Reference::Path(path) => Ok(Blob::read(path)?),
        Reference::Stdin => Ok(Blob::read_stdin()?),
        Reference::Store(name) => {
            Err(CliError::usage(format_args!("store:{name} is chain and key in one, and cannot be one half of them"))
                .advise(format!("write --pem store:{name} alone")))
        }
    }
}
