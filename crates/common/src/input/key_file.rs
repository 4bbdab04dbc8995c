//! Private keys as they lie in files: in the clear, or under a passphrase (PKCS#8, RFC 5958 section 3).

use pkcs8::pkcs5;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

use super::error::InputError;
use crate::Secret;

/// A private key as it lies in a file.
#[derive(Debug)]
pub enum KeyFile {
    /// In the clear.
    Plain(PlainKey),
    /// Under a passphrase.
    Encrypted(EncryptedKey),
}

/// A private key in the clear, as DER, which is wiped when it is dropped.
#[derive(Debug)]
pub enum PlainKey {
    /// PKCS#8 (RFC 5958).
    Pkcs8(Secret),
    /// PKCS#1 (RFC 8017), RSA alone.
    Pkcs1(Secret),
    /// SEC1 (RFC 5915), elliptic curves alone.
    Sec1(Secret),
}

impl PlainKey {
    /// The key that these bytes begin as; none where they are no key.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let secret = || Secret::new(der.to_vec());
        Some(match PrivateKeyDer::try_from(der).ok()? {
            PrivateKeyDer::Pkcs8(_) => Self::Pkcs8(secret()),
            PrivateKeyDer::Pkcs1(_) => Self::Pkcs1(secret()),
            PrivateKeyDer::Sec1(_) => Self::Sec1(secret()),
            _ => return None,
        })
    }

    /// The key as rustls takes it. From here on whoever has it must wipe it.
    pub fn into_der(self) -> PrivateKeyDer<'static> {
        match self {
            Self::Pkcs8(der) => PrivatePkcs8KeyDer::from(der.into_vec()).into(),
            Self::Pkcs1(der) => PrivatePkcs1KeyDer::from(der.into_vec()).into(),
            Self::Sec1(der) => PrivateSec1KeyDer::from(der.into_vec()).into(),
        }
    }
}

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
    pub(super) fn pkcs8(der: Secret) -> Self {
        Self(Form::Pkcs8(der))
    }

    pub(super) fn legacy(cipher: String) -> Self {
        Self(Form::Legacy(cipher))
    }

    /// Opens the key. `name` is the file, for the error.
    ///
    /// # Errors
    /// No passphrase, a wrong one, or an encryption that is not read here.
    pub fn decrypt(&self, name: &str, passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, InputError> {
        let unsupported = |form: String| InputError::UnsupportedEncryption { name: name.to_owned(), form };
        let der = match &self.0 {
            Form::Legacy(cipher) => {
                return Err(unsupported(format!("OpenSSL's traditional PEM encryption ({cipher})")));
            }
            Form::Pkcs8(der) => der,
        };
        let Some(passphrase) = passphrase else {
            return Err(InputError::PassphraseNeeded { name: name.to_owned() });
        };
        let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.expose())
            .map_err(|error| unsupported(error.to_string()))?;
        match info.decrypt(passphrase.expose()) {
            Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()),
            Err(pkcs8::Error::EncryptedPrivateKey(
                error @ (pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::AlgorithmParametersInvalid { .. }),
            )) => Err(unsupported(error.to_string())),
            Err(_) => Err(InputError::WrongPassphrase { name: name.to_owned() }),
        }
    }
}
