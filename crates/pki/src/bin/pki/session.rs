//! What a command works with: the store, where there is one, and the inputs that it was given.

use std::cell::OnceCell;
use std::sync::Arc;

use common::input::{Blob, Pieces, Reference};
use common::terminal::{CliError, PassphraseArgs, ask_passphrase};
use common::{Clock, SystemClock};
use jiff::Timestamp;
use pki::convert::pem;
use pki::key::{PrivateKey, PublicKey};
use pki::stored::StoredError;
use store::{Location, Store};

use crate::error::OrExplain;
use crate::private::{Private, refuse_passphrase};
use crate::shown::missing;

/// A key that was asked for by itself.
pub(crate) struct FoundKey {
    pub(crate) public: PublicKey,
    /// Where it is a private key: how that is protected.
    pub(crate) private: Option<Vec<String>>,
}

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

    /// What is in what a reference names. A PKCS#12 file is opened with the passphrase that the flags name, or that a
    /// person gives.
    pub(crate) fn open(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<Pieces, CliError> {
        let blob = self.read(reference)?;
        let pieces = blob.pieces()?;
        if !pieces.is_sealed() {
            return Ok(pieces);
        }
        let passphrase = match passphrase.read()? {
            None => ask_passphrase(&format!("passphrase of {}", blob.name))?,
            given => given,
        };
        Ok(blob.pieces_with(passphrase.as_ref())?)
    }

    /// A passphrase that is given where none of the files needs one to be opened is an error.
    pub(crate) fn check_passphrase(
        &self,
        passphrase: &PassphraseArgs,
        references: &[&Reference],
    ) -> Result<(), CliError> {
        if !passphrase.is_given() {
            return Ok(());
        }
        for reference in references {
            if self.is_sealed(reference)? {
                return Ok(());
            }
        }
        let names: Vec<String> = references.iter().map(ToString::to_string).collect();
        let fact = format_args!("a passphrase was given, and nothing of {} takes one", names.join(", "));
        Err(CliError::usage(fact).advise("leave --passphrase-file and --passphrase-env away"))
    }

    /// Whether it takes a passphrase to have the private key that a reference names.
    pub(crate) fn is_encrypted(&self, reference: &Reference) -> Result<bool, CliError> {
        Ok(self.read(reference)?.pieces()?.is_encrypted())
    }

    /// Whether it takes a passphrase to have anything of what a reference names.
    pub(crate) fn is_sealed(&self, reference: &Reference) -> Result<bool, CliError> {
        Ok(self.read(reference)?.pieces()?.is_sealed())
    }

    /// The public half of what a reference names: a private or public key, a certificate or a request.
    pub(crate) fn public_key(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<PublicKey, CliError> {
        let pieces = self.read(reference)?.pieces()?;
        if !pieces.keys.is_empty() || pieces.is_sealed() {
            return self.key(reference, passphrase);
        }
        refuse_passphrase(&pieces.name, passphrase)?;
        public_half(&pieces)
    }

    /// The public half of the private or public key that a reference names.
    pub(crate) fn key(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<PublicKey, CliError> {
        self.find_key(reference, passphrase).map(|found| found.public)
    }

    /// The private or public key that a reference names.
    pub(crate) fn find_key(&self, reference: &Reference, passphrase: &PassphraseArgs) -> Result<FoundKey, CliError> {
        let blob = self.read(reference)?;
        let pieces = blob.pieces()?;
        if !pieces.keys.is_empty() || pieces.is_sealed() {
            let found = Private::open(&blob, passphrase)?;
            return Ok(FoundKey { public: found.key.public().clone(), private: Some(found.protection) });
        }
        if pieces.public_keys.is_empty() {
            return Err(missing(&pieces, "key", reference));
        }
        refuse_passphrase(&pieces.name, passphrase)?;
        Ok(FoundKey { public: public_half(&pieces)?, private: None })
    }

    /// The key that a certificate or a request in what a reference names is about. A private key that lies
    /// in the same file is not looked at.
    pub(crate) fn certified_key(
        &self,
        reference: &Reference,
        passphrase: &PassphraseArgs,
    ) -> Result<PublicKey, CliError> {
        let mut pieces = self.open(reference, passphrase)?;
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
