//! The integrity check of a PKCS#12 file: the MAC of RFC 7292 section 4, and PBMAC1 (RFC 9579).

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use pkcs8::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::input::tlv::{self, Elements, INTEGER, OCTET_STRING, OID, SEQUENCE};
use crate::pbe::{Fault, Purpose, Work, derive, utf16};

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");

/// An integrity check: how it is made, and what comes out.
pub(super) struct Mac<'a> {
    method: Method<'a>,
    value: &'a [u8],
}

enum Method<'a> {
    /// RFC 7292 appendix B.
    Old { hash: Hash, salt: &'a [u8], rounds: u32 },
    /// RFC 9579.
    Pbmac1 { hash: Hash, pbkdf2: Hash, salt: &'a [u8], rounds: u32, length: usize },
}

/// The hashes that a MAC is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

const DAMAGED: Fault = Fault::Damaged { part: "its integrity check" };

impl<'a> Mac<'a> {
    /// Reads `MacData`, whose content this is.
    pub(super) fn read(mut data: Elements<'a>) -> Result<Self, Fault> {
        let mut info = data.enter(SEQUENCE).ok_or(DAMAGED)?;
        let mut algorithm = info.enter(SEQUENCE).ok_or(DAMAGED)?;
        let value = info.expect(OCTET_STRING).ok_or(DAMAGED)?;
        let salt = data.expect(OCTET_STRING).ok_or(DAMAGED)?;
        let rounds = data.optional(INTEGER).map_or(Some(1), tlv::number);
        let rounds = rounds.and_then(|rounds| u32::try_from(rounds).ok()).ok_or(DAMAGED)?;
        let oid = oid(&mut algorithm)?;
        let method = if oid == PBMAC1 {
            Self::pbmac1(algorithm).ok_or(DAMAGED)?
        } else {
            let hash = Hash::of_digest(&oid);
            Method::Old { hash: hash.ok_or_else(|| unsupported(&oid))?, salt, rounds }
        };
        Ok(Self { method, value })
    }

    fn pbmac1(mut algorithm: Elements<'a>) -> Option<Method<'a>> {
        let mut parameters = algorithm.enter(SEQUENCE)?;
        let mut derivation = parameters.enter(SEQUENCE)?;
        let mut scheme = parameters.enter(SEQUENCE)?;
        if oid(&mut derivation).ok()? != PBKDF2 {
            return None;
        }
        let mut pbkdf2 = derivation.enter(SEQUENCE)?;
        let salt = pbkdf2.expect(OCTET_STRING)?;
        let rounds = u32::try_from(tlv::number(pbkdf2.expect(INTEGER)?)?).ok()?;
        // RFC 9579 section 5: the length must be there.
        let length = usize::try_from(tlv::number(pbkdf2.expect(INTEGER)?)?).ok().filter(|length| *length <= 64)?;
        // RFC 8018 appendix A.2: it is SHA-1 where none is named.
        let prf = match pbkdf2.enter(SEQUENCE) {
            Some(mut prf) => Hash::of_hmac(&oid(&mut prf).ok()?)?,
            None => Hash::Sha1,
        };
        let hash = Hash::of_hmac(&oid(&mut scheme).ok()?)?;
        Some(Method::Pbmac1 { hash, pbkdf2: prf, salt, rounds, length })
    }

    /// Whether the check fits this content under this passphrase. An empty passphrase has two forms, and either counts.
    pub(super) fn holds(&self, passphrase: &[u8], content: &[u8], work: &mut Work) -> Result<bool, Fault> {
        match &self.method {
            Method::Old { hash, salt, rounds } => {
                let none: &[u8] = &[];
                let forms = [utf16(passphrase), Zeroizing::new(none.to_vec())];
                let forms = if passphrase.is_empty() { &forms[..] } else { &forms[..1] };
                for form in forms {
                    work.spend(*rounds, 1)?;
                    let key = derive(hash.digest(), Purpose::Mac, form, salt, *rounds, hash.digest().output_len());
                    if self.fits(*hash, &key, content) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Method::Pbmac1 { hash, pbkdf2: prf, salt, rounds, length } => {
                work.spend(*rounds, 2 * length.div_ceil(prf.digest().output_len()))?;
                let rounds = NonZeroU32::new(*rounds).ok_or(DAMAGED)?;
                let mut key = Zeroizing::new(vec![0; *length]);
                pbkdf2::derive(prf.pbkdf2(), rounds, salt, passphrase, &mut key);
                Ok(self.fits(*hash, &key, content))
            }
        }
    }

    fn fits(&self, hash: Hash, key: &[u8], content: &[u8]) -> bool {
        hmac::verify(&hmac::Key::new(hash.hmac(), key), content, self.value).is_ok()
    }
}

/// `MacData` in DER for this content.
pub(super) fn write(hash: Hash, passphrase: &[u8], salt: &[u8], rounds: u32, content: &[u8]) -> Vec<u8> {
    let key = derive(hash.digest(), Purpose::Mac, &utf16(passphrase), salt, rounds, hash.digest().output_len());
    let value = hmac::sign(&hmac::Key::new(hash.hmac(), &key), content);
    let oid = match hash {
        Hash::Sha1 => SHA1,
        Hash::Sha256 => SHA256,
        Hash::Sha384 => SHA384,
        Hash::Sha512 => SHA512,
    };
    let algorithm = tlv::encode(SEQUENCE, &[&tlv::encode(OID, &[oid.as_bytes()]), &[5, 0]]);
    let info = tlv::encode(SEQUENCE, &[&algorithm, &tlv::encode(OCTET_STRING, &[value.as_ref()])]);
    tlv::encode(SEQUENCE, &[&info, &tlv::encode(OCTET_STRING, &[salt]), &tlv::encode_number(rounds)])
}

impl Hash {
    fn of_digest(oid: &ObjectIdentifier) -> Option<Self> {
        Some(match *oid {
            SHA1 => Self::Sha1,
            SHA256 => Self::Sha256,
            SHA384 => Self::Sha384,
            SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    fn of_hmac(oid: &ObjectIdentifier) -> Option<Self> {
        Some(match *oid {
            HMAC_SHA256 => Self::Sha256,
            HMAC_SHA384 => Self::Sha384,
            HMAC_SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl fmt::Display for Mac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            Method::Old { hash, rounds, .. } => write!(f, "MAC with {hash}, {rounds} rounds"),
            Method::Pbmac1 { hash, rounds, .. } => write!(f, "PBMAC1 with {hash}, {rounds} rounds"),
        }
    }
}

fn oid(elements: &mut Elements<'_>) -> Result<ObjectIdentifier, Fault> {
    let bytes = elements.expect(OID).ok_or(DAMAGED)?;
    ObjectIdentifier::from_bytes(bytes).map_err(|_| DAMAGED)
}

fn unsupported(oid: &ObjectIdentifier) -> Fault {
    Fault::Unsupported { algorithm: format!("an integrity check with {}", crate::pbe::word(oid)) }
}
