//! A certificate chain and the private key that belongs to it.

use std::sync::Arc;

use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroize;

use super::Provider;
use super::chosen_scheme::Noting;
use crate::Secret;
use crate::input::{Blob, InputError};

/// A chain, leaf first, and a key that is known to belong to the leaf.
#[derive(Debug, Clone)]
pub struct Identity {
    name: String,
    certified: Arc<CertifiedKey>,
}

/// Why a chain and a key are no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file of them cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The key is of a kind that the provider cannot sign with.
    #[error("the private key in {name} cannot be used by the provider {provider}: {reason}")]
    UnusableKey {
        /// Where the key came from.
        name: String,
        /// The provider's name.
        provider: &'static str,
        /// What the provider said.
        reason: String,
    },
    /// A certificate of the chain cannot be read.
    #[error("certificate {position} in {name} cannot be read: {reason}")]
    UnusableCertificate {
        /// Where it came from.
        name: String,
        /// Its place in the file, from 1.
        position: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The key belongs to no certificate of the chain.
    #[error("the private key in {key} does not belong to the certificate in {certificate}")]
    Mismatch {
        /// Where the certificate came from.
        certificate: String,
        /// Where the key came from.
        key: String,
    },
    /// The key belongs to a certificate that is not the first.
    #[error(
        "the chain in {name} is out of order: the private key belongs to certificate {position} of {count}, \
         which must come first"
    )]
    OutOfOrder {
        /// Where the chain came from.
        name: String,
        /// The place of the certificate that the key belongs to, from 1.
        position: usize,
        /// How many certificates there are.
        count: usize,
    },
}

impl Identity {
    /// From a file with the chain and a file with the key.
    ///
    /// # Errors
    /// A file without what it should hold, a key that is encrypted and not opened by `passphrase`, or a pair
    /// that does not match.
    pub fn from_files(
        certificate: &Blob,
        key: &Blob,
        passphrase: Option<&Secret>,
        provider: Provider,
    ) -> Result<Self, IdentityError> {
        let chain = certificate.pieces_with(passphrase)?.require_certificates()?;
        let der = key.pieces_with(passphrase)?.require_key(passphrase)?;
        Self::check(&certificate.name, chain, &key.name, der, provider)
    }

    /// From one file that holds the chain and the key, in any order.
    ///
    /// # Errors
    /// As [`Self::from_files`].
    pub fn from_combined(file: &Blob, passphrase: Option<&Secret>, provider: Provider) -> Result<Self, IdentityError> {
        let mut pieces = file.pieces_with(passphrase)?;
        if pieces.certificates.is_empty() {
            return Err(pieces.missing("certificate").into());
        }
        let chain = std::mem::take(&mut pieces.certificates);
        let der = pieces.require_key(passphrase)?;
        Self::check(&file.name, chain, &file.name, der, provider)
    }

    /// From DER. `name` says to a person where it is from.
    ///
    /// # Errors
    /// The key cannot be used, or does not belong to the first certificate.
    pub fn from_der(
        name: &str,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        provider: Provider,
    ) -> Result<Self, IdentityError> {
        Self::check(name, chain, name, key, provider)
    }

    /// Where it is from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The chain, leaf first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.certified.cert
    }

    /// Chain and key as rustls takes them.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    fn check(
        name: &str,
        chain: Vec<CertificateDer<'static>>,
        key_name: &str,
        mut der: PrivateKeyDer<'static>,
        provider: Provider,
    ) -> Result<Self, IdentityError> {
        let loaded = provider.signing_key(&der);
        der.zeroize();
        let key = loaded.map_err(|error| IdentityError::UnusableKey {
            name: key_name.to_owned(),
            provider: provider.name(),
            reason: error.to_string(),
        })?;
        match position_of_key(name, &chain, &*key)? {
            Some(1) => {}
            Some(position) => {
                return Err(IdentityError::OutOfOrder { name: name.to_owned(), position, count: chain.len() });
            }
            None => {
                return Err(IdentityError::Mismatch { certificate: name.to_owned(), key: key_name.to_owned() });
            }
        }
        Ok(Self { name: name.to_owned(), certified: Arc::new(CertifiedKey::new(chain, Arc::new(Noting::new(key)))) })
    }
}

/// The place, from 1, of the certificate whose public key is `key`'s.
fn position_of_key(
    name: &str,
    chain: &[CertificateDer<'static>],
    key: &dyn SigningKey,
) -> Result<Option<usize>, IdentityError> {
    let own = key.public_key();
    for (index, certificate) in chain.iter().enumerate() {
        let parsed = ParsedCertificate::try_from(certificate).map_err(|error| IdentityError::UnusableCertificate {
            name: name.to_owned(),
            position: index + 1,
            reason: error.to_string(),
        })?;
        if own.as_ref() == Some(&parsed.subject_public_key_info()) {
            return Ok(Some(index + 1));
        }
    }
    Ok(None)
}
