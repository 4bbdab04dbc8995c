//! Files taken apart: what is in one, PEM or DER, told by its content. Certificates are not parsed here.

use std::path::Path;

use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, CertificateSigningRequestDer, PrivateKeyDer, SubjectPublicKeyInfoDer,
};

use super::der::Shape;
use super::error::InputError;
use super::fsio::{self, FileError};
use super::key_file::{EncryptedKey, KeyFile, PlainKey};
use super::pem::Block;
use super::tlv::{BIT_STRING, OID, SEQUENCE};
use super::{pkcs7, tlv};
use crate::Secret;
use crate::pbe::Fault;
use crate::pkcs12::Contents;

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
    /// How the PKCS#12 file that this was is protected; empty where it was none.
    pub protection: Vec<String>,
    sealed: bool,
}

/// How a public key in OpenSSH's form begins.
const OPENSSH: [&[u8]; 3] = [b"ssh-rsa ", b"ssh-ed25519 ", b"ecdsa-sha2-"];

/// How many kinds of other things an error names.
const MAX_NAMED: usize = 5;

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

    /// Takes the bytes apart: PEM blocks in any order, or one DER structure, PKCS#7 and PKCS#12 among them.
    ///
    /// # Errors
    /// Nothing in it, neither PEM nor DER, or a PEM block that is cut off or damaged. That a PKCS#12 file needs a
    /// passphrase is no error yet: [`Pieces::is_encrypted`] says so, and whatever is required of it is.
    pub fn pieces(&self) -> Result<Pieces, InputError> {
        self.pieces_with(None)
    }

    /// The same with the passphrase that a PKCS#12 file is opened with; what else is encrypted stays so.
    ///
    /// # Errors
    /// As [`Self::pieces`], or a PKCS#12 file that `passphrase` does not open.
    pub fn pieces_with(&self, passphrase: Option<&Secret>) -> Result<Pieces, InputError> {
        let bytes = self.bytes.expose();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(InputError::Empty { name: self.name.clone() });
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(InputError::Utf16 { name: self.name.clone() });
        }
        let mut pieces = Pieces { name: self.name.clone(), ..Pieces::default() };
        let blocks = Block::scan(&self.name, bytes)?;
        if blocks.is_empty() {
            pieces.take_der(bytes, passphrase)?;
        } else {
            blocks.iter().try_for_each(|block| pieces.take_pem(block))?;
        }
        Ok(pieces)
    }
}

impl Pieces {
    fn take_pem(&mut self, block: &Block<'_>) -> Result<(), InputError> {
        let public = || block.decode().map(Secret::into_vec);
        match block.label {
            // The second is the name that SSLeay gave it.
            "CERTIFICATE" | "X509 CERTIFICATE" => self.certificates.push(public()?.into()),
            // The second is the label that older Microsoft and OpenSSL tools write for the same structure.
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => self.requests.push(public()?.into()),
            "X509 CRL" => self.crls.push(public()?.into()),
            "PUBLIC KEY" => self.public_keys.push(public()?.into()),
            "RSA PUBLIC KEY" => self.take_rsa_public(&public()?),
            "ENCRYPTED PRIVATE KEY" => self.keys.push(KeyFile::Encrypted(EncryptedKey::pkcs8(block.decode()?))),
            "PRIVATE KEY" => self.keys.push(KeyFile::Plain(PlainKey::Pkcs8(block.decode()?))),
            "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => self.take_traditional(block)?,
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => self.take_pkcs7(block.decode()?.expose())?,
            other => self.others.push(other.to_owned()),
        }
        Ok(())
    }

    /// PKCS#1 has a form for public keys, too (RFC 8017 appendix A.1.1): an RSA key without a word that says so.
    fn take_rsa_public(&mut self, key: &[u8]) {
        const RSA: &[u8] = &[SEQUENCE, 13, OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
        let bits = tlv::encode(BIT_STRING, &[&[0], key]);
        self.public_keys.push(tlv::encode(SEQUENCE, &[RSA, &bits]).into());
    }

    fn take_pkcs7(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        let bundle = pkcs7::read(bytes).ok_or_else(|| self.container(Fault::Damaged { part: "a bundle (PKCS#7)" }))?;
        self.certificates.extend(bundle.certificates.into_iter().map(Into::into));
        self.crls.extend(bundle.crls.into_iter().map(Into::into));
        Ok(())
    }

    fn take_pkcs12(&mut self, bytes: &[u8], passphrase: Option<&Secret>) -> Result<(), InputError> {
        let contents = match Contents::open(bytes, passphrase) {
            Err(Fault::PassphraseNeeded) => {
                self.sealed = true;
                return Ok(());
            }
            opened => opened.map_err(|fault| self.container(fault))?,
        };
        self.certificates.extend(contents.certificates.into_iter().map(Into::into));
        self.crls.extend(contents.crls.into_iter().map(Into::into));
        self.keys.extend(contents.keys.into_iter().map(|key| KeyFile::Plain(PlainKey::Pkcs8(key))));
        self.others.extend(contents.others);
        self.protection = contents.protection;
        Ok(())
    }

    fn container(&self, fault: Fault) -> InputError {
        let name = self.name.clone();
        match fault {
            Fault::PassphraseNeeded => InputError::PassphraseNeeded { name },
            fault => InputError::Container { name, fault },
        }
    }

    /// A key as OpenSSL wrote it before PKCS#8, in the clear or encrypted.
    fn take_traditional(&mut self, block: &Block<'_>) -> Result<(), InputError> {
        let key = match (block.label, block.legacy_cipher()) {
            ("RSA PRIVATE KEY" | "EC PRIVATE KEY", Some(cipher)) => {
                KeyFile::Encrypted(EncryptedKey::traditional(cipher, block.label == "RSA PRIVATE KEY", block.decode()?))
            }
            ("RSA PRIVATE KEY", None) => KeyFile::Plain(PlainKey::Pkcs1(block.decode()?)),
            ("EC PRIVATE KEY", None) => KeyFile::Plain(PlainKey::Sec1(block.decode()?)),
            (other, _) => {
                self.others.push(other.to_owned());
                return Ok(());
            }
        };
        self.keys.push(key);
        Ok(())
    }

    /// One structure; of certificates there may be several, as Python's `cadata` takes them.
    fn take_der(&mut self, bytes: &[u8], passphrase: Option<&Secret>) -> Result<(), InputError> {
        let unrecognised = || unrecognised(&self.name, bytes);
        let converted = if bytes.starts_with(&[tlv::SEQUENCE, 0x80]) { tlv::to_der(bytes) } else { None };
        let bytes = converted.as_deref().map_or(bytes, Vec::as_slice);
        let (shape, der, mut rest) = Shape::of(bytes).ok_or_else(unrecognised)?;
        match shape {
            Shape::Certificate => {
                self.certificates.push(der.to_vec().into());
                while let Some((Shape::Certificate, der, after)) = Shape::of(rest) {
                    self.certificates.push(der.to_vec().into());
                    rest = after;
                }
            }
            Shape::Request => self.requests.push(der.to_vec().into()),
            Shape::Crl => self.crls.push(der.to_vec().into()),
            Shape::PublicKey => self.public_keys.push(der.to_vec().into()),
            Shape::PrivateKey => {
                let key = PlainKey::from_der(der).ok_or_else(unrecognised)?;
                self.keys.push(KeyFile::Plain(key));
            }
            Shape::EncryptedKey => self.keys.push(KeyFile::Encrypted(EncryptedKey::pkcs8(Secret::new(der.to_vec())))),
            Shape::Pkcs12 => self.take_pkcs12(der, passphrase)?,
            Shape::Pkcs7 => self.take_pkcs7(der)?,
        }
        match rest.len() {
            0 => Ok(()),
            count => Err(InputError::TrailingBytes { name: self.name.clone(), count }),
        }
    }

    /// Whether it takes a passphrase to have anything that is in it, as with PKCS#12: [`Blob::pieces_with`] has it.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Whether it takes a passphrase to have what is in it: a private key is encrypted, or the whole file.
    pub fn is_encrypted(&self) -> bool {
        self.sealed || self.keys.iter().any(|key| matches!(key, KeyFile::Encrypted(_)))
    }

    /// How it is protected, each way once: the whole of it, and private keys in it by themselves.
    pub fn protections(&self) -> Vec<String> {
        let keys = self.keys.iter().filter_map(|key| match key {
            KeyFile::Encrypted(key) => key.protection(),
            KeyFile::Plain(_) => None,
        });
        self.protection.iter().cloned().chain(keys).collect()
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
        let mut others = self.others.clone();
        others.sort_unstable();
        others.dedup();
        counted.chain(others.into_iter().take(MAX_NAMED)).collect()
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
            (1, Some(KeyFile::Plain(key))) => Ok(key.into_der()),
            (1, Some(KeyFile::Encrypted(key))) => key.decrypt(&self.name, passphrase),
            (0, _) => Err(self.missing("private key")),
            (count, _) => Err(InputError::SeveralKeys { name: self.name, count }),
        }
    }

    /// The error that says that `wanted` is not there, and what is; or that a passphrase is needed to know.
    pub fn missing(&self, wanted: &'static str) -> InputError {
        if self.sealed {
            return self.container(Fault::PassphraseNeeded);
        }
        InputError::Missing { name: self.name.clone(), wanted, found: self.found() }
    }
}

/// What it is that is neither PEM nor DER, or not the whole of it.
fn unrecognised(name: &str, bytes: &[u8]) -> InputError {
    let name = name.to_owned();
    let java = |form| InputError::JavaKeyStore { name: name.clone(), form };
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => java("JKS"),
        [0xce, 0xce, 0xce, 0xce, ..] => java("JCEKS"),
        _ if OPENSSH.iter().any(|word| bytes.starts_with(word)) => InputError::OpenSshPublicKey { name },
        // Every structure that is read has two bytes of length at least, but for a few keys; so chance seldom looks so.
        [SEQUENCE, 0x82 | 0x83, ..] => match tlv::announced(bytes) {
            Some(wanted) if wanted > bytes.len() => InputError::TruncatedDer { name, wanted, found: bytes.len() },
            _ => InputError::Unrecognised { name },
        },
        _ => InputError::Unrecognised { name },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A SEQUENCE, or whatever `tag` says.
    fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    }

    fn found(bytes: Vec<u8>) -> Vec<String> {
        Blob::new("x.der", bytes).pieces().unwrap().found()
    }

    #[test]
    fn der_is_told_by_its_shape() {
        let algorithm = element(0x30, &[&[6, 1, 42]]);
        let (name, times) = (element(0x30, &[]), element(0x30, &[&[0x17, 0]]));
        let signed = |to_be_signed: &[&[u8]]| element(0x30, &[&element(0x30, to_be_signed), &algorithm, &[3, 1, 0]]);
        let certificate = signed(&[&[0xa0, 3, 2, 1, 2], &[2, 1, 7], &algorithm, &name, &times]);
        assert_eq!(found(certificate.clone()), ["1 certificate"]);
        assert_eq!(found([&certificate[..], &certificate, &certificate].concat()), ["3 certificates"]);
        assert_eq!(found(signed(&[&[2, 1, 0], &algorithm, &name, &times])), ["1 certificate"]);
        assert_eq!(found(signed(&[&[2, 1, 0], &name, &element(0x30, &[&algorithm])])), ["1 certificate request"]);
        assert_eq!(found(signed(&[&[2, 1, 1], &algorithm, &name, &[0x17, 0]])), ["1 CRL"]);
        assert_eq!(found(signed(&[&algorithm, &name, &[0x18, 0]])), ["1 CRL"]);
        assert_eq!(found(element(0x30, &[&algorithm, &[3, 1, 0]])), ["1 public key"]);
        assert_eq!(found(element(0x30, &[&algorithm, &[4, 1, 0]])), ["1 private key"]);
        let empty = Vec::<String>::new();
        let (signed_data, list) = ([6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2], element(0xa0, &[&certificate]));
        let signed = element(0x30, &[&[2, 1, 1], &[0x31, 0], &algorithm, &list]);
        assert_eq!(found(element(0x30, &[&signed_data, &element(0xa0, &[&signed])])), ["1 certificate"]);
        assert_eq!(found(element(0x30, &[&signed_data, &[0xa0, 9, 0x30, 7, 2, 1, 1, 0x31, 0, 0x30, 0]])), empty);
    }

    #[test]
    fn what_follows_der_is_an_error() {
        let key = element(0x30, &[&element(0x30, &[&[6, 1, 42]]), &[3, 1, 0]]);
        let error = Blob::new("x.der", [&key[..], b"\r\n"].concat()).pieces();
        assert!(matches!(error, Err(InputError::TrailingBytes { count: 2, .. })), "{error:?}");
    }

    #[test]
    fn what_is_not_read_is_named() {
        let error = |bytes: &[u8]| Blob::new("x", bytes.to_vec()).pieces().unwrap_err();
        assert!(matches!(error(&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]), InputError::JavaKeyStore { form: "JKS", .. }));
        assert!(matches!(error(b"ssh-ed25519 AAAA you@host\n"), InputError::OpenSshPublicKey { .. }));
        assert!(matches!(error(&[0x30, 0x82, 1, 0, 2, 1, 3]), InputError::TruncatedDer { wanted: 260, found: 7, .. }));
        assert!(matches!(error(&[0x30, 0x82, 0, 3, 2, 1]), InputError::TruncatedDer { .. }));
        assert!(matches!(error(&[0x30, 0x82, 0, 3, 5, 1, 3]), InputError::Unrecognised { .. }));
    }

    #[test]
    fn other_blocks_are_named_once_and_not_without_end() {
        let block = |label: &str| format!("-----BEGIN {label}-----\n!\n-----END {label}-----\n");
        let many: String = (0..100).map(|number| block(&format!("N{}", number % 10))).collect();
        assert_eq!(found(many.into_bytes()), ["N0", "N1", "N2", "N3", "N4"]);
    }

    #[test]
    fn utf_16_is_named() {
        let text: Vec<u8> = "\u{feff}-----BEGIN".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(Blob::new("x", text).pieces(), Err(InputError::Utf16 { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_value_or_an_error(bytes: Vec<u8>, label in "[A-Z ]{0,20}", body in "[A-Za-z0-9+/=\n]{0,200}") {
            let _ = Blob::new("x", bytes.clone()).pieces();
            let mut der = vec![0x30, u8::try_from(bytes.len().min(127)).unwrap()];
            der.extend(bytes);
            let _ = Blob::new("x", der.clone()).pieces();
            for start in [&[0x30, 0x80, 2, 1, 3][..], &[0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]] {
                let _ = Blob::new("x", [start, &der, &[0, 0]].concat()).pieces();
            }
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            if let Ok(pieces) = Blob::new("x", pem.into_bytes()).pieces() {
                let _ = pieces.require_key(Some(&crate::Secret::new(b"x".to_vec())));
            }
        }
    }
}
