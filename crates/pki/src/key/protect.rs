//! A key under a passphrase: encrypted PKCS#8 (RFC 5958 section 3, RFC 8018).

use common::{Secret, random};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::Parameters;

use super::{KeyError, PrivateKey};

/// What OWASP asks of PBKDF2-HMAC-SHA256. OpenSSL writes 2,048.
const ROUNDS: u32 = 600_000;

impl PrivateKey {
    /// How [`Self::to_encrypted_pkcs8`] protects a key, in words.
    pub const PROTECTION: &str = "AES-256-CBC under PBKDF2 with SHA-256, 600000 rounds";

    /// The key as `EncryptedPrivateKeyInfo` DER: PBKDF2-HMAC-SHA256 with 600,000 rounds, AES-256-CBC.
    ///
    /// Not scrypt, because OpenSSL refuses to read scrypt parameters that take more than 32 MiB, and with
    /// less scrypt is the weaker of the two.
    ///
    /// # Errors
    /// No randomness.
    pub fn to_encrypted_pkcs8(&self, passphrase: &Secret) -> Result<Vec<u8>, KeyError> {
        let failed = |error: &dyn std::fmt::Display| KeyError::Protect { reason: error.to_string() };
        let mut salt = [0_u8; 16];
        let mut iv = [0_u8; 16];
        random::fill(&mut salt).map_err(|error| failed(&error))?;
        random::fill(&mut iv).map_err(|error| failed(&error))?;
        let parameters =
            Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv).map_err(|error| failed(&error))?;
        let info = PrivateKeyInfoRef::try_from(self.to_pkcs8().expose()).map_err(|error| failed(&error))?;
        let document = info.encrypt_with_params(parameters, passphrase.expose()).map_err(|error| failed(&error))?;
        Ok(document.as_bytes().to_vec())
    }
}
