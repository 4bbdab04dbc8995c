//! OpenSSL's traditional PEM encryption: headers as RFC 1421 has them, and a key from one round of MD5.

use std::fmt;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use data_encoding::HEXUPPER_PERMISSIVE;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::Fault;

/// What of the initial vector is salt.
const SALT: usize = 8;

/// A cipher and an initial vector, from the header `DEK-Info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traditional {
    cipher: String,
    iv: Vec<u8>,
}

impl Traditional {
    /// Reads what the header says after its colon: `AES-256-CBC,0123…`.
    pub(crate) fn new(cipher: &str, iv: &str) -> Self {
        // A vector that is no hexadecimal number is none, and found out when it is used.
        Self { cipher: cipher.to_owned(), iv: HEXUPPER_PERMISSIVE.decode(iv.as_bytes()).unwrap_or_default() }
    }

    /// Decrypts.
    pub(crate) fn decrypt(&self, passphrase: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        match self.cipher.to_ascii_uppercase().as_str() {
            "DES-EDE3-CBC" => self.open::<des::TdesEde3>(24, 8, passphrase, encrypted),
            "AES-128-CBC" => self.open::<aes::Aes128Dec>(16, 16, passphrase, encrypted),
            "AES-192-CBC" => self.open::<aes::Aes192Dec>(24, 16, passphrase, encrypted),
            "AES-256-CBC" => self.open::<aes::Aes256Dec>(32, 16, passphrase, encrypted),
            _ => Err(Fault::Unsupported { algorithm: self.to_string() }),
        }
    }

    fn open<C: BlockCipherDecrypt + KeyInit>(
        &self,
        key_length: usize,
        iv_length: usize,
        passphrase: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let salt = self.iv.get(..SALT).filter(|_| self.iv.len() == iv_length);
        let key = key(passphrase, salt.ok_or(Fault::Damaged { part: "its DEK-Info header" })?, key_length);
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let cipher = cbc::Decryptor::<C>::new_from_slices(&key, &self.iv).map_err(|_| Fault::WrongPassphrase)?;
        let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| Fault::WrongPassphrase)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl fmt::Display for Traditional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSSL's traditional PEM encryption ({})", self.cipher)
    }
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round.
fn key(passphrase: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut last = Zeroizing::new(Vec::new());
    while key.len() < length {
        let digest = Md5::new().chain_update(&*last).chain_update(passphrase).chain_update(salt).finalize();
        last = Zeroizing::new(digest.to_vec());
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}
