//! Encrypted private keys: PKCS#8 (RFC 5958 section 3) opened with a passphrase.

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::files::InputError;
use crate::Secret;

/// A private key under a passphrase.
#[derive(Debug)]
pub struct EncryptedKey(Form);

#[derive(Debug)]
enum Form {
    /// `EncryptedPrivateKeyInfo`.
    Pkcs8(Secret),
    /// `Proc-Type: 4,ENCRYPTED`, whose key derivation is one round of MD5.
    Legacy(String),
}

impl EncryptedKey {
    /// From the text of one PEM block.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        let (_, document) = pkcs8::SecretDocument::from_pem(text).map_err(|error| error.to_string())?;
        Ok(Self::from_der(document.as_bytes()))
    }

    pub(super) fn from_der(der: &[u8]) -> Self {
        Self(Form::Pkcs8(Secret::new(der.to_vec())))
    }

    pub(super) fn legacy(cipher: String) -> Self {
        Self(Form::Legacy(cipher))
    }

    /// Opens the key. `name` is the file, for the error.
    ///
    /// # Errors
    /// No passphrase, a wrong one, or an encryption that is not read here.
    pub fn decrypt(&self, name: &str, passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, InputError> {
        let name = name.to_owned();
        let der = match &self.0 {
            Form::Legacy(cipher) => {
                let form = format!("OpenSSL's traditional PEM encryption ({cipher})");
                return Err(InputError::UnsupportedEncryption { name, form });
            }
            Form::Pkcs8(der) => der,
        };
        let Some(passphrase) = passphrase else {
            return Err(InputError::PassphraseNeeded { name });
        };
        let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.expose())
            .map_err(|error| InputError::UnsupportedEncryption { name: name.clone(), form: error.to_string() })?;
        match info.decrypt(passphrase.expose()) {
            Ok(key) => Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()))),
            Err(_) => Err(InputError::WrongPassphrase { name }),
        }
    }
}
