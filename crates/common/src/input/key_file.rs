//! Private keys as they lie in files: in the clear, or under a passphrase.

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use super::error::InputError;
use super::tlv::{Elements, OCTET_STRING, SEQUENCE, element};
use crate::Secret;
use crate::pbe::{Fault, Scheme, Traditional, Work};

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
    /// `Proc-Type: 4,ENCRYPTED`, of PKCS#1 or of SEC1.
    Traditional { cipher: Traditional, is_rsa: bool, encrypted: Secret },
}

impl EncryptedKey {
    pub(super) fn pkcs8(der: Secret) -> Self {
        Self(Form::Pkcs8(der))
    }

    pub(super) fn traditional(cipher: Traditional, is_rsa: bool, encrypted: Secret) -> Self {
        Self(Form::Traditional { cipher, is_rsa, encrypted })
    }

    /// How it is encrypted, in words, where that can be read.
    pub fn protection(&self) -> Option<String> {
        match &self.0 {
            Form::Pkcs8(der) => Some(encrypted_info(der.expose()).ok()?.0.to_string()),
            Form::Traditional { cipher, .. } => Some(cipher.to_string()),
        }
    }

    /// Opens the key. `name` is the file, for the error.
    ///
    /// # Errors
    /// No passphrase, a wrong one, or an encryption that is not read here.
    pub fn decrypt(&self, name: &str, passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, InputError> {
        self.open(passphrase).map(PlainKey::into_der).map_err(|fault| {
            let name = name.to_owned();
            match fault {
                Fault::PassphraseNeeded => InputError::PassphraseNeeded { name },
                Fault::WrongPassphrase => InputError::WrongPassphrase { name },
                Fault::Unsupported { algorithm } => InputError::UnsupportedEncryption { name, form: algorithm },
                fault => InputError::Container { name, fault },
            }
        })
    }

    /// What comes out must be a key: one time in 256 a wrong passphrase's padding fits.
    fn open(&self, passphrase: Option<&Secret>) -> Result<PlainKey, Fault> {
        let given = || passphrase.map(Secret::expose).ok_or(Fault::PassphraseNeeded);
        let whole = |plain: &[u8]| matches!(element(plain), Some((SEQUENCE, _, [])));
        let secret = |mut plain: Zeroizing<Vec<u8>>| Secret::new(std::mem::take(&mut *plain));
        match &self.0 {
            Form::Pkcs8(der) => {
                let (scheme, encrypted) = encrypted_info(der.expose())?;
                let plain = scheme.decrypt(given()?, encrypted, &mut Work::for_a_person())?;
                if whole(&plain) { Ok(PlainKey::Pkcs8(secret(plain))) } else { Err(Fault::WrongPassphrase) }
            }
            Form::Traditional { cipher, is_rsa, encrypted } => {
                let plain = cipher.decrypt(given()?, encrypted.expose())?;
                match (whole(&plain), is_rsa) {
                    (false, _) => Err(Fault::WrongPassphrase),
                    (true, true) => Ok(PlainKey::Pkcs1(secret(plain))),
                    (true, false) => Ok(PlainKey::Sec1(secret(plain))),
                }
            }
        }
    }
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3): how it is encrypted, and what.
fn encrypted_info(der: &[u8]) -> Result<(Scheme, &[u8]), Fault> {
    let damaged = Fault::Damaged { part: "its outermost structure" };
    let mut parts = Elements::inside(SEQUENCE, der).ok_or(damaged.clone())?;
    let (_, algorithm) = parts.whole().ok_or(damaged.clone())?;
    let encrypted = parts.expect(OCTET_STRING).ok_or(damaged)?;
    Ok((Scheme::from_der(algorithm)?, encrypted))
}
