//! What a command works with: the store, where there is one, and the inputs that it was given.

use std::cell::OnceCell;
use std::sync::Arc;

use common::input::{Blob, Pieces, Reference};
use common::terminal::{CliError, PassphraseArgs};
use common::{Clock, SystemClock};
use jiff::Timestamp;
use pki::convert::pem;
use pki::key::{PrivateKey, PublicKey};
use pki::stored::StoredError;
use store::{Location, Store};

use crate::error::OrExplain;
use crate::private::{Private, refuse_passphrase};

pub(crate) struct Session {
    location: Option<String>,
    stdin: OnceCell<Blob>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Session {
    pub(crate) fn new(location: Option<&str>) -> Result<Self, CliError> {
        Ok(Self { location: location.map(str::to_owned), stdin: OnceCell::new(), clock: Arc::new(SystemClock) })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The store, made where there is none yet.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, CliError> {
        Ok(store::open(&self.location()?, Arc::clone(&self.clock)).map_err(StoredError::from)?)
    }

    /// The store as it is. A command that only reads makes none.
    pub(crate) fn existing_store(&self) -> Result<Option<Arc<dyn Store>>, CliError> {
        Ok(store::open_existing(&self.location()?, Arc::clone(&self.clock)).map_err(StoredError::from)?)
    }

    /// The store as it is; an error that says how to make one where there is none.
    pub(crate) fn require_store(&self) -> Result<Arc<dyn Store>, CliError> {
        let location = self.location()?;
        self.existing_store()?.ok_or_else(|| {
            CliError::usage(format_args!("there is no store at {location} yet"))
                .advise("`pki cert new localhost` makes one, or name another with --store")
        })
    }

    pub(crate) fn location(&self) -> Result<Location, CliError> {
        Ok(Location::resolve(self.location.as_deref()).map_err(StoredError::from)?)
    }

    /// Reads what a reference names. Standard input is read once, however often it is named.
    pub(crate) fn read(&self, reference: &Reference) -> Result<Blob, CliError> {
        match reference {
            Reference::Path(path) => Ok(Blob::read(path)?),
            Reference::Stdin => match self.stdin.get() {
                Some(blob) => Ok(blob.clone()),
                None => {
                    let blob = Blob::read_stdin()?;
                    Ok(self.stdin.get_or_init(|| blob).clone())
                }
            },
            Reference::Store(name) => self.read_stored(name),
        }
    }

    /// The chain of an identity, or else of a CA, and its key where the store has it, as one PEM.
    fn read_stored(&self, name: &str) -> Result<Blob, CliError> {
        let store = self.require_store()?;
        let (chain, key) = match store.identity(name).map_err(StoredError::from)? {
            Some(identity) => (identity.chain, identity.key),
            None => match store.authority(name).map_err(StoredError::from)? {
                Some(authority) => (authority.chain, authority.key),
                None => return Err(StoredError::NoIdentity { name: name.to_owned() }.into()),
            },
        };
        let mut bytes = pem::chain(&chain).into_bytes();
        if let Some(key) = key {
            let key = PrivateKey::from_pkcs8(key.expose()).or_explain()?;
            bytes.extend_from_slice(pem::private_key(&key).expose());
        }
        Ok(Blob::new(format!("store:{name}"), bytes))
    }

    /// The public half of what a reference names: a private or public key, a certificate or a request.
    pub(crate) fn public_key(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<PublicKey, CliError> {
        let pieces = self.read(reference)?.pieces()?;
        if !pieces.keys.is_empty() {
            return self.key(reference, passphrase);
        }
        refuse_passphrase(&pieces.name, passphrase)?;
        public_half(&pieces)
    }

    /// The public half of the private or public key that a reference names.
    pub(crate) fn key(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<PublicKey, CliError> {
        let blob = self.read(reference)?;
        let pieces = blob.pieces()?;
        if !pieces.keys.is_empty() {
            return Ok(Private::open(&blob, passphrase)?.key.public().clone());
        }
        if pieces.public_keys.is_empty() {
            return Err(pieces.missing("key").into());
        }
        refuse_passphrase(&pieces.name, passphrase)?;
        public_half(&pieces)
    }

    /// The key that a certificate or a request in what a reference names is about. A private key that lies
    /// in the same file is not looked at.
    pub(crate) fn certified_key(&self, reference: &Reference) -> Result<PublicKey, CliError> {
        let mut pieces = self.read(reference)?.pieces()?;
        pieces.public_keys.clear();
        if pieces.certificates.is_empty() && pieces.requests.is_empty() {
            return Err(pieces.missing("certificate").into());
        }
        public_half(&pieces)
    }
}

/// The key in a file that holds no private one.
fn public_half(pieces: &Pieces) -> Result<PublicKey, CliError> {
    if let Some(key) = pieces.public_keys.first() {
        return PublicKey::from_spki(key).or_explain_in(&pieces.name);
    }
    if let Some(certificate) = pieces.certificates.first() {
        return PublicKey::of_certificate(certificate).or_explain_in(&pieces.name);
    }
    if let Some(request) = pieces.requests.first() {
        return Ok(pki::request::Request::from_der(request).or_explain_in(&pieces.name)?.key);
    }
    Err(pieces.missing("key").into())
}
