//! Everything that was read, whatever file and form it came in.

use common::Secret;
use common::input::{InputError, KeyFile, Pieces};
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, CertificateSigningRequestDer, SubjectPublicKeyInfoDer,
};
use zeroize::Zeroize as _;

use crate::certificate::{Inspected, ParseError};
use crate::key::{KeyError, LoadError, PrivateKey, PublicKey, PublicKeyError};
use crate::words::join;

/// Certificates, keys, requests and CRLs, each once, in the order in which they came.
#[derive(Debug, Default)]
pub struct Heap {
    pub(super) certificates: Vec<Member>,
    keys: Vec<PrivateKey>,
    requests: Vec<CertificateSigningRequestDer<'static>>,
    crls: Vec<CertificateRevocationListDer<'static>>,
    public_keys: Vec<SubjectPublicKeyInfoDer<'static>>,
}

/// A certificate that can be read.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) der: CertificateDer<'static>,
    pub(super) inspected: Inspected,
    pub(super) key: PublicKey,
}

/// Why nothing can be made of what was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeapError {
    /// A private key cannot be had.
    #[error(transparent)]
    Key(#[from] LoadError),
    /// A certificate cannot be read.
    #[error("{name}: certificate {position} is broken")]
    Certificate {
        /// The file.
        name: String,
        /// Its place in the file, from 1.
        position: usize,
        /// Why.
        source: ParseError,
    },
    /// The key of a certificate cannot be read.
    #[error("{name}: certificate {position} has a key that cannot be read")]
    CertifiedKey {
        /// The file.
        name: String,
        /// Its place in the file, from 1.
        position: usize,
        /// Why.
        source: PublicKeyError,
    },
    /// There is a private key, and none of the certificates is its own.
    #[error("the private key ({key}) belongs to none of the certificates: {}", join(certificates))]
    Mismatch {
        /// The kind of key.
        key: String,
        /// What the certificates are called.
        certificates: Vec<String>,
    },
    /// There are several private keys, and nothing says which one is meant.
    #[error("there are {count} private keys, and it is not clear which one is meant")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No certificate is for the name that was asked for.
    #[error("no certificate is for `{asked}`; there are {}", join(certificates))]
    NoSuchName {
        /// The name.
        asked: String,
        /// What the certificates are called.
        certificates: Vec<String>,
    },
}

impl Heap {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is in a file; what is here already is not added again.
    ///
    /// # Errors
    /// A certificate or a key in it cannot be read, or the key does not open under `passphrase`.
    pub fn add(&mut self, pieces: Pieces, passphrase: Option<&Secret>) -> Result<(), HeapError> {
        let name = pieces.name;
        for (index, der) in pieces.certificates.into_iter().enumerate() {
            if self.certificates.iter().all(|known| known.der != der) {
                self.certificates.push(Member::read(&name, index + 1, der)?);
            }
        }
        for file in pieces.keys {
            let key = open(&name, file, passphrase)?;
            if self.keys.iter().all(|known| known.public() != key.public()) {
                self.keys.push(key);
            }
        }
        add_new(&mut self.requests, pieces.requests);
        add_new(&mut self.crls, pieces.crls);
        add_new(&mut self.public_keys, pieces.public_keys);
        Ok(())
    }

    /// The private keys.
    pub fn keys(&self) -> &[PrivateKey] {
        &self.keys
    }

    /// The requests.
    pub fn requests(&self) -> &[CertificateSigningRequestDer<'static>] {
        &self.requests
    }

    /// The CRLs.
    pub fn crls(&self) -> &[CertificateRevocationListDer<'static>] {
        &self.crls
    }

    /// The public keys that came by themselves.
    pub fn public_keys(&self) -> &[SubjectPublicKeyInfoDer<'static>] {
        &self.public_keys
    }

    /// What each certificate is called.
    pub fn labels(&self) -> Vec<String> {
        self.certificates.iter().map(|member| member.inspected.label()).collect()
    }
}

impl Member {
    fn read(name: &str, position: usize, der: CertificateDer<'static>) -> Result<Self, HeapError> {
        let inspected = Inspected::from_der(&der).map_err(|source| HeapError::Certificate {
            name: name.to_owned(),
            position,
            source,
        })?;
        let key = PublicKey::of_certificate(&der).map_err(|source| HeapError::CertifiedKey {
            name: name.to_owned(),
            position,
            source,
        })?;
        Ok(Self { der, inspected, key })
    }
}

fn open(name: &str, file: KeyFile, passphrase: Option<&Secret>) -> Result<PrivateKey, LoadError> {
    let mut der = match file {
        KeyFile::Plain(key) => key.into_der(),
        KeyFile::Encrypted(key) => {
            key.decrypt(name, passphrase).map_err(|error: InputError| LoadError::Input(error))?
        }
    };
    let key = PrivateKey::from_der(&der);
    der.zeroize();
    key.map_err(|source: KeyError| LoadError::Key { name: name.to_owned(), source })
}

fn add_new<T: PartialEq>(known: &mut Vec<T>, found: Vec<T>) {
    for one in found {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}
