//! PEM and DER, told apart by content, and what is in them. Certificates are not parsed here.

use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, CertificateSigningRequestDer, PrivateKeyDer, SubjectPublicKeyInfoDer,
};

use super::fsio::{self, FileError};
use super::key_file::EncryptedKey;
use crate::Secret;

/// What is wrong with input that was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// Where it came from.
        name: String,
    },
    /// Neither PEM nor DER.
    #[error("{name} holds neither PEM nor DER")]
    Unrecognised {
        /// Where it came from.
        name: String,
    },
    /// A PEM block that begins and does not end.
    #[error("{name}: the PEM block `{label}` that begins on line {line} has no END line; the file is cut off")]
    TruncatedPem {
        /// Where it came from.
        name: String,
        /// The label between the dashes.
        label: String,
        /// The line of its BEGIN, from 1.
        line: usize,
    },
    /// A PEM block whose content is not base64.
    #[error("{name}: the PEM block `{label}` that begins on line {line} is damaged: {reason}")]
    DamagedPem {
        /// Where it came from.
        name: String,
        /// The label between the dashes.
        label: String,
        /// The line of its BEGIN, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// What was asked for is not in it.
    #[error("{name} holds no {wanted}{}", found_instead(found))]
    Missing {
        /// Where it came from.
        name: String,
        /// `certificate`, `private key`, …
        wanted: &'static str,
        /// What is there instead.
        found: Vec<String>,
    },
    /// More private keys than one.
    #[error("{name} holds {count} private keys, and it is not clear which one is meant")]
    SeveralKeys {
        /// Where it came from.
        name: String,
        /// How many.
        count: usize,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("the private key in {name} is encrypted, and no passphrase was given")]
    PassphraseNeeded {
        /// Where it came from.
        name: String,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the private key in {name}")]
    WrongPassphrase {
        /// Where it came from.
        name: String,
    },
    /// The key is encrypted in a way that is not read.
    #[error("the private key in {name} is encrypted in a form that is not read here: {form}")]
    UnsupportedEncryption {
        /// Where it came from.
        name: String,
        /// What form it is.
        form: String,
    },
}

fn found_instead(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (it holds: {})", found.join(", ")) }
}

/// A private key as it lies in a file: in the clear or encrypted.
#[derive(Debug)]
pub enum KeyFile {
    /// PKCS#8, PKCS#1 or SEC1 in the clear.
    Plain(PrivateKeyDer<'static>),
    /// Encrypted under a passphrase.
    Encrypted(EncryptedKey),
}

/// Bytes and where they came from.
#[derive(Debug, Clone)]
pub struct Blob {
    /// A path, `standard input`, or what else says to a person where the bytes are from.
    pub name: String,
    /// The bytes. They may hold a private key.
    pub bytes: Secret,
}

/// Everything that was found in a file, by kind, in the order of the file.
#[derive(Debug, Default)]
pub struct Pieces {
    /// Where it came from.
    pub name: String,
    /// `CERTIFICATE`.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Private keys of every form.
    pub keys: Vec<KeyFile>,
    /// `CERTIFICATE REQUEST`.
    pub requests: Vec<CertificateSigningRequestDer<'static>>,
    /// `X509 CRL`.
    pub crls: Vec<CertificateRevocationListDer<'static>>,
    /// `PUBLIC KEY`.
    pub public_keys: Vec<SubjectPublicKeyInfoDer<'static>>,
    /// The labels of everything else.
    pub others: Vec<String>,
}

impl Blob {
    /// Bytes with a name.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: Secret::new(bytes) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// See [`fsio::read`].
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Ok(Self::new(path.display().to_string(), fsio::read(path)?))
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// See [`fsio::read_stdin`].
    pub fn read_stdin() -> Result<Self, FileError> {
        Ok(Self::new("standard input", fsio::read_stdin()?))
    }

    /// Takes the bytes apart: PEM blocks in any order, or one DER structure.
    ///
    /// # Errors
    /// Nothing in it, neither PEM nor DER, or a PEM block that is cut off or damaged.
    pub fn pieces(&self) -> Result<Pieces, InputError> {
        let bytes = self.bytes.expose();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(InputError::Empty { name: self.name.clone() });
        }
        let blocks = PemBlock::scan(&self.name, bytes)?;
        let mut pieces = Pieces { name: self.name.clone(), ..Pieces::default() };
        if blocks.is_empty() {
            pieces.take_der(bytes)?;
        } else {
            for block in &blocks {
                pieces.take_pem(block)?;
            }
        }
        Ok(pieces)
    }
}

impl Pieces {
    fn take_pem(&mut self, block: &PemBlock<'_>) -> Result<(), InputError> {
        let damaged = |error: rustls_pki_types::pem::Error| block.damaged(&self.name, error.to_string());
        match block.label {
            "CERTIFICATE" => {
                self.certificates.push(CertificateDer::from_pem_slice(block.text).map_err(damaged)?);
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" if !block.is_legacy_encrypted() => {
                let key = PrivateKeyDer::from_pem_slice(block.text).map_err(damaged)?;
                self.keys.push(KeyFile::Plain(key));
            }
            "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" if block.is_legacy_encrypted() => {
                self.keys.push(KeyFile::Encrypted(EncryptedKey::legacy(block.legacy_cipher())));
            }
            "ENCRYPTED PRIVATE KEY" => {
                let key = EncryptedKey::from_pem(block.text).map_err(|reason| block.damaged(&self.name, reason))?;
                self.keys.push(KeyFile::Encrypted(key));
            }
            "CERTIFICATE REQUEST" => {
                self.requests.push(CertificateSigningRequestDer::from_pem_slice(block.text).map_err(damaged)?);
            }
            "NEW CERTIFICATE REQUEST" => {
                // The label that older Microsoft and OpenSSL tools write for the same structure.
                let text =
                    String::from_utf8_lossy(block.text).replace("NEW CERTIFICATE REQUEST", "CERTIFICATE REQUEST");
                self.requests.push(CertificateSigningRequestDer::from_pem_slice(text.as_bytes()).map_err(damaged)?);
            }
            "X509 CRL" => self.crls.push(CertificateRevocationListDer::from_pem_slice(block.text).map_err(damaged)?),
            "PUBLIC KEY" => {
                self.public_keys.push(SubjectPublicKeyInfoDer::from_pem_slice(block.text).map_err(damaged)?);
            }
            other => self.others.push(other.to_owned()),
        }
        Ok(())
    }

    fn take_der(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        match DerShape::of(bytes) {
            Some(DerShape::Certificate) => self.certificates.push(bytes.to_vec().into()),
            Some(DerShape::Request) => self.requests.push(bytes.to_vec().into()),
            Some(DerShape::PrivateKey) => {
                let key = PrivateKeyDer::try_from(bytes.to_vec())
                    .map_err(|_| InputError::Unrecognised { name: self.name.clone() })?;
                self.keys.push(KeyFile::Plain(key));
            }
            Some(DerShape::EncryptedKey) => self.keys.push(KeyFile::Encrypted(EncryptedKey::from_der(bytes))),
            Some(DerShape::PublicKey) => self.public_keys.push(bytes.to_vec().into()),
            Some(DerShape::Pkcs12) => self.others.push("PKCS#12".to_owned()),
            None => return Err(InputError::Unrecognised { name: self.name.clone() }),
        }
        Ok(())
    }

    /// What was found, for an error that says what is there instead.
    pub fn found(&self) -> Vec<String> {
        let counts = [
            (self.certificates.len(), "certificate"),
            (self.keys.len(), "private key"),
            (self.requests.len(), "certificate request"),
            (self.crls.len(), "CRL"),
            (self.public_keys.len(), "public key"),
        ];
        let counted = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        });
        counted.chain(self.others.iter().cloned()).collect()
    }

    /// The certificates, of which there must be one at least.
    ///
    /// # Errors
    /// There is none.
    pub fn require_certificates(self) -> Result<Vec<CertificateDer<'static>>, InputError> {
        if self.certificates.is_empty() {
            return Err(self.missing("certificate"));
        }
        Ok(self.certificates)
    }

    /// The one private key, decrypted where it must be.
    ///
    /// # Errors
    /// There is none, there are several, or the passphrase is missing or wrong.
    pub fn require_key(mut self, passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, InputError> {
        match (self.keys.len(), self.keys.pop()) {
            (1, Some(KeyFile::Plain(key))) => Ok(key),
            (1, Some(KeyFile::Encrypted(key))) => key.decrypt(&self.name, passphrase),
            (0, _) => Err(self.missing("private key")),
            (count, _) => Err(InputError::SeveralKeys { name: self.name, count }),
        }
    }

    /// The error that says that `wanted` is not there, and what is.
    pub fn missing(&self, wanted: &'static str) -> InputError {
        InputError::Missing { name: self.name.clone(), wanted, found: self.found() }
    }
}

/// One PEM block, found by its lines.
struct PemBlock<'a> {
    label: &'a str,
    line: usize,
    text: &'a [u8],
}

impl<'a> PemBlock<'a> {
    /// Finds every block. Text between blocks is allowed, as `openssl x509 -text` writes it.
    fn scan(name: &str, bytes: &'a [u8]) -> Result<Vec<Self>, InputError> {
        let mut blocks = Vec::new();
        let mut open: Option<(&'a str, usize, usize)> = None;
        let mut offset = 0;
        for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let start = offset;
            offset += raw.len();
            let line = raw.trim_ascii();
            if let Some(label) = between(line, b"-----BEGIN ") {
                if let Some((label, line, _)) = open {
                    return Err(InputError::TruncatedPem { name: name.to_owned(), label: label.to_owned(), line });
                }
                open = Some((label, index + 1, start));
            } else if between(line, b"-----END ").is_some()
                && let Some((label, line, start)) = open.take()
            {
                blocks.push(Self { label, line, text: &bytes[start..offset] });
            }
        }
        match open {
            Some((label, line, _)) => {
                Err(InputError::TruncatedPem { name: name.to_owned(), label: label.to_owned(), line })
            }
            None => Ok(blocks),
        }
    }

    fn damaged(&self, name: &str, reason: String) -> InputError {
        InputError::DamagedPem { name: name.to_owned(), label: self.label.to_owned(), line: self.line, reason }
    }

    /// RFC 1421 headers, as OpenSSL's traditional format writes them.
    fn is_legacy_encrypted(&self) -> bool {
        self.text.windows(20).any(|window| window == b"Proc-Type: 4,ENCRYPT")
    }

    fn legacy_cipher(&self) -> String {
        let text = String::from_utf8_lossy(self.text);
        let cipher = text.lines().find_map(|line| line.strip_prefix("DEK-Info: "));
        cipher.and_then(|info| info.split(',').next()).unwrap_or("unknown cipher").to_owned()
    }
}

fn between<'a>(line: &'a [u8], begin: &[u8]) -> Option<&'a str> {
    std::str::from_utf8(line.strip_prefix(begin)?.strip_suffix(b"-----")?).ok()
}

/// What a DER structure is, by its outermost tags. A guess that the real parser confirms.
enum DerShape {
    Certificate,
    Request,
    PrivateKey,
    EncryptedKey,
    PublicKey,
    Pkcs12,
}

impl DerShape {
    fn of(bytes: &[u8]) -> Option<Self> {
        const SEQUENCE: u8 = 0x30;
        const INTEGER: u8 = 0x02;
        const BIT_STRING: u8 = 0x03;
        const OID: u8 = 0x06;
        const VERSION: u8 = 0xa0;
        let (tag, body, _) = element(bytes)?;
        if tag != SEQUENCE {
            return None;
        }
        let (first, inner, rest) = element(body)?;
        match first {
            // SubjectPublicKeyInfo and EncryptedPrivateKeyInfo begin with an algorithm, and differ in what follows.
            SEQUENCE if inner.first() == Some(&OID) => match element(rest)?.0 {
                BIT_STRING => Some(Self::PublicKey),
                0x04 => Some(Self::EncryptedKey),
                _ => None,
            },
            // TBSCertificate begins with its version, a request with the number 0.
            SEQUENCE if inner.first() == Some(&VERSION) => Some(Self::Certificate),
            SEQUENCE if inner.starts_with(&[INTEGER, 1, 0, SEQUENCE]) && element(rest).is_some() => {
                let after_version = inner.get(3..)?;
                let (_, _, after_name) = element(after_version)?;
                // A v1 certificate has an algorithm, a name, dates here; a request has a name, then a key.
                match element(after_name).map(|(_, key, _)| key.first().copied()) {
                    Some(Some(SEQUENCE)) => Some(Self::Request),
                    _ => Some(Self::Certificate),
                }
            }
            SEQUENCE if inner.first() == Some(&INTEGER) => Some(Self::Certificate),
            INTEGER if inner == [3] && rest.first() == Some(&SEQUENCE) => Some(Self::Pkcs12),
            INTEGER => Some(Self::PrivateKey),
            _ => None,
        }
    }
}

/// Splits one DER element off: its tag, its content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_give_a_value_or_an_error(bytes: Vec<u8>, label in "[A-Z ]{0,20}", body in "[A-Za-z0-9+/=\n]{0,200}") {
            let _ = Blob::new("x", bytes.clone()).pieces();
            let mut der = vec![0x30, u8::try_from(bytes.len().min(127)).unwrap()];
            der.extend(bytes);
            let _ = Blob::new("x", der).pieces();
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            if let Ok(pieces) = Blob::new("x", pem.into_bytes()).pieces() {
                let _ = pieces.require_key(Some(&crate::Secret::new(b"x".to_vec())));
            }
        }
    }
}
