//! An encryption under a passphrase, as an `AlgorithmIdentifier` names it.

use std::fmt;

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use const_oid::db::DB;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode as _, Tag, Tagged as _};
use pkcs8::pkcs5::pbes2::{self, EncryptionScheme, Kdf, Pbkdf2Prf};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{Fault, Purpose, Work, derive, utf16};
use crate::input::tlv::{self, Elements, OCTET_STRING, OID, SEQUENCE};

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const SHA1_2DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
const SHA1_RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const SHA1_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");

/// How many algorithms an error names.
const MAX_NAMES: usize = 4;

/// The initial vector of every cipher that PKCS#12 began with.
const OLD_IV: usize = 8;

/// An encryption with everything but the passphrase.
#[derive(Debug, Clone)]
pub(crate) enum Scheme {
    /// PBES2 (RFC 8018 section 6.2).
    Pbes2(Box<pbes2::Parameters>),
    /// SHA-1 and a cipher of its time (RFC 7292 appendix C).
    Old { cipher: OldCipher, salt: Vec<u8>, rounds: u32 },
}

/// The ciphers of RFC 7292 appendix C that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldCipher {
    TripleDes,
    TwoKeyTripleDes,
    Rc2With128Bits,
    Rc2With40Bits,
}

impl Scheme {
    /// Reads an `AlgorithmIdentifier` in DER.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Fault> {
        let damaged = |_| Fault::Damaged { part: "the name of its encryption" };
        let identifier = AlgorithmIdentifierRef::from_der(der).map_err(damaged)?;
        let cipher = match identifier.oid {
            PBES2 => return Self::pbes2(identifier.parameters),
            SHA1_3DES => OldCipher::TripleDes,
            SHA1_2DES => OldCipher::TwoKeyTripleDes,
            SHA1_RC2_128 => OldCipher::Rc2With128Bits,
            SHA1_RC2_40 => OldCipher::Rc2With40Bits,
            other => return Err(Fault::Unsupported { algorithm: word(&other) }),
        };
        let parameters = || {
            let mut parts = Elements::inside(SEQUENCE, der)?;
            parts.expect(OID)?;
            let mut parameters = parts.enter(SEQUENCE)?;
            let salt = parameters.expect(OCTET_STRING)?.to_vec();
            let rounds = u32::try_from(tlv::number(parameters.expect(tlv::INTEGER)?)?).ok()?;
            Some(Self::Old { cipher, salt, rounds })
        };
        parameters().ok_or(Fault::Damaged { part: "the parameters of its encryption" })
    }

    fn pbes2(parameters: Option<AnyRef<'_>>) -> Result<Self, Fault> {
        let any = parameters.ok_or(Fault::Damaged { part: "the parameters of its encryption" })?;
        if has_short_iv(any) {
            return Err(unread(any));
        }
        let parameters = pbes2::Parameters::try_from(any).map_err(|_| unread(any))?;
        if matches!(parameters.encryption, EncryptionScheme::Aes128Gcm { .. } | EncryptionScheme::Aes256Gcm { .. }) {
            return Err(Fault::Unsupported { algorithm: "PBES2 with AES-GCM".to_owned() });
        }
        Ok(Self::Pbes2(Box::new(parameters)))
    }

    /// Triple DES under SHA-1, which everything old reads.
    pub(crate) fn triple_des(salt: [u8; 8], rounds: u32) -> Self {
        Self::Old { cipher: OldCipher::TripleDes, salt: salt.to_vec(), rounds }
    }

    /// Its `AlgorithmIdentifier` in DER.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, Fault> {
        use pkcs8::der::Encode as _;
        let failed = |_| Fault::Damaged { part: "the parameters of its encryption" };
        let (oid, parameters) = match self {
            Self::Pbes2(parameters) => (PBES2, parameters.to_der().map_err(failed)?),
            Self::Old { cipher, salt, rounds } => {
                let salt = tlv::encode(OCTET_STRING, &[salt]);
                (cipher.oid(), tlv::encode(SEQUENCE, &[&salt, &tlv::encode_number(*rounds)]))
            }
        };
        Ok(tlv::encode(SEQUENCE, &[&tlv::encode(OID, &[oid.as_bytes()]), &parameters]))
    }

    /// Decrypts. That the padding fits says that the passphrase is right, but for one time in 256.
    pub(crate) fn decrypt(
        &self,
        passphrase: &[u8],
        encrypted: &[u8],
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        self.spend(work)?;
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let length = match self {
            Self::Pbes2(parameters) => {
                let opened = parameters.decrypt_in_place(passphrase, &mut buffer);
                opened.map_err(|_| Fault::WrongPassphrase)?.len()
            }
            Self::Old { cipher, salt, rounds } => {
                let (key, iv) = cipher.keys(passphrase, salt, *rounds);
                match cipher {
                    OldCipher::TripleDes => open::<des::TdesEde3>(&key, &iv, &mut buffer)?,
                    OldCipher::TwoKeyTripleDes => open::<des::TdesEde2>(&key, &iv, &mut buffer)?,
                    OldCipher::Rc2With128Bits | OldCipher::Rc2With40Bits => open::<rc2::Rc2>(&key, &iv, &mut buffer)?,
                }
            }
        };
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Encrypts.
    pub(crate) fn encrypt(&self, passphrase: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let failed = Fault::Unsupported { algorithm: self.to_string() };
        match self {
            Self::Pbes2(parameters) => parameters.encrypt(passphrase, plain).map_err(|_| failed),
            Self::Old { cipher: cipher @ OldCipher::TripleDes, salt, rounds } => {
                let (key, iv) = cipher.keys(passphrase, salt, *rounds);
                seal::<des::TdesEde3>(&key, &iv, plain).ok_or(failed)
            }
            // Nothing writes these any more.
            Self::Old { .. } => Err(failed),
        }
    }

    fn spend(&self, work: &mut Work) -> Result<(), Fault> {
        match self {
            // A block of SHA-1 for the first 20 bytes of the key, another for what is left, and one for the vector.
            Self::Old { rounds, .. } => work.spend(*rounds, 3),
            Self::Pbes2(parameters) => match &parameters.kdf {
                Kdf::Pbkdf2(pbkdf2) => {
                    let length = parameters.encryption.key_size();
                    work.spend(pbkdf2.iteration_count, 2 * length.div_ceil(output_len(pbkdf2.prf)))
                }
                Kdf::Scrypt(scrypt) => {
                    let (r, p) = (u64::from(scrypt.block_size), u64::from(scrypt.parallelization));
                    work.spend_scrypt(scrypt.cost_parameter, r, p)
                }
                _ => Err(Fault::Unsupported { algorithm: self.to_string() }),
            },
        }
    }
}

impl OldCipher {
    fn keys(self, passphrase: &[u8], salt: &[u8], rounds: u32) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let length = match self {
            Self::TripleDes => 24,
            Self::TwoKeyTripleDes | Self::Rc2With128Bits => 16,
            Self::Rc2With40Bits => 5,
        };
        let passphrase = utf16(passphrase);
        let derived = |purpose, length| derive(&SHA1_FOR_LEGACY_USE_ONLY, purpose, &passphrase, salt, rounds, length);
        (derived(Purpose::Key, length), derived(Purpose::Iv, OLD_IV))
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::TripleDes => SHA1_3DES,
            Self::TwoKeyTripleDes => SHA1_2DES,
            Self::Rc2With128Bits => SHA1_RC2_128,
            Self::Rc2With40Bits => SHA1_RC2_40,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Old { cipher, rounds, .. } => {
                let cipher = match cipher {
                    OldCipher::TripleDes => "Triple DES",
                    OldCipher::TwoKeyTripleDes => "Triple DES with two keys",
                    OldCipher::Rc2With128Bits => "RC2 with 128 bits",
                    OldCipher::Rc2With40Bits => "RC2 with 40 bits",
                };
                write!(f, "{cipher} under SHA-1, {rounds} rounds")
            }
            Self::Pbes2(parameters) => {
                let cipher = match parameters.encryption {
                    EncryptionScheme::Aes128Cbc { .. } => "AES-128-CBC",
                    EncryptionScheme::Aes192Cbc { .. } => "AES-192-CBC",
                    EncryptionScheme::Aes256Cbc { .. } => "AES-256-CBC",
                    EncryptionScheme::DesEde3Cbc { .. } => "Triple DES",
                    _ => "another cipher",
                };
                match &parameters.kdf {
                    Kdf::Pbkdf2(pbkdf2) => {
                        let hash = match pbkdf2.prf {
                            Pbkdf2Prf::HmacWithSha1 => "SHA-1",
                            Pbkdf2Prf::HmacWithSha224 => "SHA-224",
                            Pbkdf2Prf::HmacWithSha256 => "SHA-256",
                            Pbkdf2Prf::HmacWithSha384 => "SHA-384",
                            Pbkdf2Prf::HmacWithSha512 => "SHA-512",
                            _ => "another hash",
                        };
                        write!(f, "{cipher} under PBKDF2 with {hash}, {} rounds", pbkdf2.iteration_count)
                    }
                    Kdf::Scrypt(scrypt) => write!(f, "{cipher} under scrypt with N={}", scrypt.cost_parameter),
                    _ => write!(f, "{cipher}"),
                }
            }
        }
    }
}

fn open<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Result<usize, Fault> {
    let cipher = cbc::Decryptor::<C>::new_from_slices(key, iv).map_err(|_| Fault::WrongPassphrase)?;
    cipher.decrypt_padded::<Pkcs7>(buffer).map(<[u8]>::len).map_err(|_| Fault::WrongPassphrase)
}

fn seal<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + 16, 0);
    let cipher = cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?;
    let length = cipher.encrypt_padded::<Pkcs7>(&mut buffer, plain.len()).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// What PBES2 is of, where that is not read: the derivation, its hash and the cipher by name.
fn unread(parameters: AnyRef<'_>) -> Fault {
    let mut parts = Elements::new(parameters.value());
    let mut names = Vec::new();
    while let Some(mut part) = parts.enter(SEQUENCE) {
        names.extend(name(&mut part));
        let Some(mut parameters) = part.enter(SEQUENCE) else { continue };
        while let Some((tag, parameter)) = parameters.whole() {
            if tag == SEQUENCE {
                names.extend(Elements::inside(SEQUENCE, parameter).and_then(|mut hash| name(&mut hash)));
            }
        }
    }
    names.truncate(MAX_NAMES);
    match names.as_slice() {
        [] => Fault::Damaged { part: "the parameters of its encryption" },
        names => Fault::Unsupported { algorithm: format!("PBES2 with {}", names.join(" and ")) },
    }
}

/// The bytes that a hash gives, at least.
fn output_len(prf: Pbkdf2Prf) -> usize {
    match prf {
        Pbkdf2Prf::HmacWithSha224 => 28,
        Pbkdf2Prf::HmacWithSha256 => 32,
        Pbkdf2Prf::HmacWithSha384 => 48,
        Pbkdf2Prf::HmacWithSha512 => 64,
        _ => 20,
    }
}

/// The name of the algorithm that an `AlgorithmIdentifier` begins with.
fn name(identifier: &mut Elements<'_>) -> Option<String> {
    let oid = identifier.optional(OID)?;
    ObjectIdentifier::from_bytes(oid).ok().map(|oid| word(&oid))
}

/// An OID by its name where it has one.
pub(crate) fn word(oid: &ObjectIdentifier) -> String {
    let number = oid.to_string();
    match number.as_str() {
        "1.2.840.113549.1.5.1" => "pbeWithMD2AndDES-CBC".to_owned(),
        "1.2.840.113549.1.5.3" => "pbeWithMD5AndDES-CBC".to_owned(),
        "1.2.840.113549.1.5.4" => "pbeWithMD2AndRC2-CBC".to_owned(),
        "1.2.840.113549.1.5.6" => "pbeWithMD5AndRC2-CBC".to_owned(),
        "1.2.840.113549.1.5.10" => "pbeWithSHA1AndDES-CBC".to_owned(),
        "1.2.840.113549.1.5.11" => "pbeWithSHA1AndRC2-CBC".to_owned(),
        "1.2.840.113549.1.12.1.1" => "pbeWithSHAAnd128BitRC4".to_owned(),
        "1.2.840.113549.1.12.1.2" => "pbeWithSHAAnd40BitRC4".to_owned(),
        "1.3.14.3.2.7" => "DES".to_owned(),
        "1.2.840.113549.3.2" => "RC2".to_owned(),
        "1.2.840.113549.2.12" => "hmacWithSHA512-224".to_owned(),
        "1.2.840.113549.2.13" => "hmacWithSHA512-256".to_owned(),
        "1.2.410.200004.1.4" => "SEED-CBC".to_owned(),
        "1.2.410.200046.1.1.2" => "ARIA-128-CBC".to_owned(),
        "1.2.410.200046.1.1.7" => "ARIA-192-CBC".to_owned(),
        "1.2.410.200046.1.1.12" => "ARIA-256-CBC".to_owned(),
        "1.2.392.200011.61.1.1.1.2" => "Camellia-128-CBC".to_owned(),
        "1.2.392.200011.61.1.1.1.3" => "Camellia-192-CBC".to_owned(),
        "1.2.392.200011.61.1.1.1.4" => "Camellia-256-CBC".to_owned(),
        _ => DB.by_oid(oid).map_or(number, str::to_owned),
    }
}

/// Whether the cipher's IV is shorter than any block. pkcs5 cuts eight bytes off one of DES without a look at its length.
fn has_short_iv(parameters: AnyRef<'_>) -> bool {
    const SHORTEST: usize = 8;
    let parts: Vec<AnyRef<'_>> = parameters.decode_as().unwrap_or_default();
    let cipher = parts.get(1).and_then(|cipher| cipher.decode_as::<AlgorithmIdentifierRef<'_>>().ok());
    let iv = cipher.and_then(|cipher| cipher.parameters);
    iv.is_some_and(|iv| iv.tag() == Tag::OctetString && iv.value().len() < SHORTEST)
}
