//! Reading PKCS#12.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::bag::{self, Bag};
use super::mac::Mac;
use crate::Secret;
use crate::input::tlv::{self, CONTEXT_0, Elements, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
use crate::pbe::{Fault, Scheme, Work};

/// How deep safes may be in safes. Nothing writes one in another.
const MAX_NESTING: usize = 4;

/// The most things that are read out of one file.
const MAX_BAGS: usize = 10_000;

/// What is in a PKCS#12 file.
#[derive(Debug, Default)]
pub struct Contents {
    /// The certificates in DER: that of the first key first, then in the order of the file.
    pub certificates: Vec<Vec<u8>>,
    /// The private keys, as PKCS#8 in the clear.
    pub keys: Vec<Secret>,
    /// The CRLs in DER.
    pub crls: Vec<Vec<u8>>,
    /// What else there is, by name.
    pub others: Vec<String>,
    /// How it is protected: each way once, such as `AES-256-CBC under PBKDF2 with SHA-256, 2048 rounds`.
    pub protection: Vec<String>,
}

impl Contents {
    /// Opens a file. Without a passphrase only one opens that has none or an empty one.
    ///
    /// # Errors
    /// It is damaged, the passphrase is missing or wrong, or it is made in a way that is not read here.
    pub fn open(bytes: &[u8], passphrase: Option<&Secret>) -> Result<Self, Fault> {
        let der = tlv::to_der(bytes);
        let der = der.as_deref().map_or(bytes, Vec::as_slice);
        match passphrase {
            Some(passphrase) => Reader::new(passphrase.expose(), Work::for_a_person()).read(der),
            None => match Reader::new(&[], Work::for_a_look()).read(der) {
                Err(Fault::WrongPassphrase | Fault::TooMuchWork { .. }) => Err(Fault::PassphraseNeeded),
                opened => opened,
            },
        }
    }
}

/// A certificate, and the identifier that its key has in the file.
struct Certificate {
    der: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

struct Reader<'a> {
    passphrase: &'a [u8],
    work: Work,
    certificates: Vec<Certificate>,
    keys: Vec<(Secret, Option<Vec<u8>>)>,
    crls: Vec<Vec<u8>>,
    others: Vec<String>,
    protection: BTreeSet<String>,
    bags: usize,
}

impl<'a> Reader<'a> {
    fn new(passphrase: &'a [u8], work: Work) -> Self {
        Self {
            passphrase,
            work,
            certificates: Vec::new(),
            keys: Vec::new(),
            crls: Vec::new(),
            others: Vec::new(),
            protection: BTreeSet::new(),
            bags: 0,
        }
    }

    /// `PFX`. The integrity check comes first: where it holds, what does not open was damaged before it was made.
    fn read(mut self, der: &[u8]) -> Result<Contents, Fault> {
        let damaged = Fault::Damaged { part: "its outermost structure" };
        let mut pfx = Elements::inside(SEQUENCE, der).ok_or(damaged.clone())?;
        pfx.expect(INTEGER).ok_or(damaged.clone())?;
        let mut safe = pfx.enter(SEQUENCE).ok_or(damaged.clone())?;
        let content = match safe.expect(OID) {
            Some(bag::DATA) => octets(&mut safe).ok_or(damaged)?,
            Some(bag::SIGNED_DATA) => {
                return Err(unsupported("a signature in place of a passphrase's integrity check"));
            }
            _ => return Err(damaged),
        };
        let mac = if pfx.is_empty() {
            None
        } else {
            Some(Mac::read(pfx.enter(SEQUENCE).ok_or(Fault::Damaged { part: "its integrity check" })?)?)
        };
        let verified = match &mac {
            None => true,
            Some(mac) => {
                self.protection.insert(mac.to_string());
                mac.holds(self.passphrase, content, &mut self.work)?
            }
        };
        match self.authenticated_safe(content) {
            Ok(()) if verified => Ok(self.finish()),
            Ok(()) => Err(self.unverified()),
            Err(Fault::WrongPassphrase) if verified && mac.is_some() => Err(Fault::Inner),
            Err(fault) => Err(fault),
        }
    }

    /// The check failed, and nothing failed to open: the passphrase was right if it opened something.
    fn unverified(self) -> Fault {
        let opened = self.protection.iter().any(|way| !way.starts_with("MAC") && !way.starts_with("PBMAC1"));
        if opened { Fault::Altered } else { Fault::WrongPassphrase }
    }

    /// `AuthenticatedSafe`
    fn authenticated_safe(&mut self, content: &[u8]) -> Result<(), Fault> {
        let damaged = Fault::Damaged { part: "its list of safes" };
        let content = normal(content);
        let mut safes = Elements::inside(SEQUENCE, &content).ok_or(damaged.clone())?;
        while !safes.is_empty() {
            let mut safe = safes.enter(SEQUENCE).ok_or(damaged.clone())?;
            match safe.expect(OID) {
                Some(bag::DATA) => self.safe(octets(&mut safe).ok_or(damaged.clone())?, 0)?,
                Some(bag::ENCRYPTED_DATA) => self.encrypted_safe(&mut safe)?,
                Some(_) => return Err(unsupported("a safe for the holder of a private key")),
                None => return Err(damaged),
            }
        }
        Ok(())
    }

    /// `EncryptedData` (RFC 5652 section 8).
    fn encrypted_safe(&mut self, safe: &mut Elements<'_>) -> Result<(), Fault> {
        let damaged = Fault::Damaged { part: "an encrypted safe" };
        let mut parts = || {
            let mut data = safe.enter(CONTEXT_0)?.enter(SEQUENCE)?;
            data.expect(INTEGER)?;
            let mut content = data.enter(SEQUENCE)?;
            content.expect(OID)?;
            let (_, algorithm) = content.whole()?;
            let encrypted = match content.optional(0x80) {
                Some(primitive) => Zeroizing::new(primitive.to_vec()),
                None => tlv::joined(content.expect(CONTEXT_0)?)?,
            };
            Some((algorithm, encrypted))
        };
        let (algorithm, encrypted) = parts().ok_or(damaged)?;
        let plain = self.decrypt(algorithm, &encrypted)?;
        self.safe(&plain, 0)
    }

    /// What was under the passphrase, which must be one structure: one time in 256 a wrong one's padding fits.
    fn decrypt(&mut self, algorithm: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let scheme = Scheme::from_der(algorithm)?;
        let plain = scheme.decrypt(self.passphrase, encrypted, &mut self.work)?;
        let plain = tlv::to_der(&plain).unwrap_or(plain);
        match tlv::element(&plain) {
            Some((SEQUENCE, _, [])) => {
                self.protection.insert(scheme.to_string());
                Ok(plain)
            }
            _ => Err(Fault::WrongPassphrase),
        }
    }

    /// `SafeContents`
    fn safe(&mut self, content: &[u8], depth: usize) -> Result<(), Fault> {
        let damaged = Fault::Damaged { part: "a safe" };
        let content = normal(content);
        let mut bags = Elements::inside(SEQUENCE, &content).ok_or(damaged.clone())?;
        while !bags.is_empty() {
            self.bags += 1;
            if depth > MAX_NESTING || self.bags > MAX_BAGS {
                return Err(Fault::TooMuchWork { asked: format!("more than {MAX_BAGS} entries, or safes in safes") });
            }
            let mut bag = bags.enter(SEQUENCE).ok_or(damaged.clone())?;
            let kind = bag.expect(OID).ok_or(damaged.clone())?;
            let value = bag.expect(CONTEXT_0).ok_or(damaged.clone())?;
            let key_id = bag.optional(SET).and_then(local_key_id);
            self.bag(Bag::from_oid(kind), value, key_id, depth)?;
        }
        Ok(())
    }

    fn bag(&mut self, kind: Option<Bag>, value: &[u8], key_id: Option<Vec<u8>>, depth: usize) -> Result<(), Fault> {
        match kind {
            Some(Bag::Key) => self.keys.push((Secret::new(value.to_vec()), key_id)),
            Some(Bag::ShroudedKey) => {
                let damaged = Fault::Damaged { part: "a private key" };
                let mut parts = Elements::inside(SEQUENCE, value).ok_or(damaged.clone())?;
                let (_, algorithm) = parts.whole().ok_or(damaged.clone())?;
                let encrypted = parts.expect(OCTET_STRING).ok_or(damaged)?;
                let mut key = self.decrypt(algorithm, encrypted)?;
                self.keys.push((Secret::new(std::mem::take(&mut *key)), key_id));
            }
            Some(Bag::Certificate) => {
                let der = typed(value, bag::X509_CERTIFICATE);
                let der = der.ok_or(Fault::Damaged { part: "a certificate" })?;
                self.certificates.push(Certificate { der, key_id });
            }
            Some(Bag::Crl) => {
                self.crls.push(typed(value, bag::X509_CRL).ok_or(Fault::Damaged { part: "a CRL" })?);
            }
            Some(Bag::Nested) => self.safe(value, depth + 1)?,
            Some(Bag::Secret) => self.others.push("secret key".to_owned()),
            None => self.others.push("entry of an unknown kind".to_owned()),
        }
        Ok(())
    }

    /// The first key's certificate goes first, where the file says which that is.
    fn finish(mut self) -> Contents {
        if let Some((_, Some(id))) = self.keys.first() {
            self.certificates.sort_by_key(|certificate| certificate.key_id.as_ref() != Some(id));
        }
        Contents {
            certificates: self.certificates.into_iter().map(|certificate| certificate.der).collect(),
            keys: self.keys.into_iter().map(|(key, _)| key).collect(),
            crls: self.crls,
            others: self.others,
            protection: self.protection.into_iter().collect(),
        }
    }
}

/// The OCTET STRING in `[0]`.
fn octets<'a>(safe: &mut Elements<'a>) -> Option<&'a [u8]> {
    safe.enter(CONTEXT_0)?.expect(OCTET_STRING)
}

/// A certificate or a CRL of the one type that there is.
fn typed(value: &[u8], oid: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Elements::inside(SEQUENCE, value)?;
    (parts.expect(OID)? == oid).then_some(())?;
    octets(&mut parts).map(<[u8]>::to_vec)
}

fn local_key_id(attributes: &[u8]) -> Option<Vec<u8>> {
    let mut attributes = Elements::new(attributes);
    while let Some(mut attribute) = attributes.enter(SEQUENCE) {
        if attribute.expect(OID)? == bag::LOCAL_KEY_ID {
            return attribute.enter(SET)?.expect(OCTET_STRING).map(<[u8]>::to_vec);
        }
    }
    None
}

/// A string may hold BER where the file around it is DER.
fn normal(content: &[u8]) -> Zeroizing<Vec<u8>> {
    match content {
        [_, 0x80, ..] => tlv::to_der(content),
        _ => None,
    }
    .unwrap_or_else(|| Zeroizing::new(content.to_vec()))
}

fn unsupported(what: &str) -> Fault {
    Fault::Unsupported { algorithm: what.to_owned() }
}
