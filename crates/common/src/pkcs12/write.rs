//! Writing PKCS#12.

use super::bag::{self, Bag};
use super::{Recipe, mac};
use crate::Secret;
use crate::input::tlv::{self, BMP_STRING, CONTEXT_0, OCTET_STRING, OID, SEQUENCE, SET};
use crate::pbe::{Fault, utf16};

/// What goes into a file.
#[derive(Debug)]
pub struct Entry<'a> {
    /// What programs show it as; Java calls it the alias.
    pub name: &'a str,
    /// The private key, as PKCS#8 in the clear, whose certificate is the first.
    pub key: Option<&'a Secret>,
    /// The certificates in DER; without a key they are those that are trusted.
    pub certificates: &'a [Vec<u8>],
}

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system had no randomness.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// Encrypting failed.
    #[error("encrypting failed")]
    Encrypt(#[source] Fault),
}

/// Makes a file of one entry, protected by `recipe` under `passphrase`.
///
/// # Errors
/// No randomness.
pub fn write(entry: &Entry<'_>, passphrase: &Secret, recipe: Recipe) -> Result<Vec<u8>, WriteError> {
    let key_id: [u8; 16] = random()?;
    let mut safes = Vec::new();
    if !entry.certificates.is_empty() {
        safes.extend(certificates(entry, &key_id, passphrase, recipe)?);
    }
    if let Some(key) = entry.key {
        safes.extend(shrouded_key(entry.name, key, &key_id, passphrase, recipe)?);
    }
    let content = tlv::encode(SEQUENCE, &[&safes]);
    let parameters = recipe.parameters();
    let salt: [u8; 16] = random()?;
    let mac = mac::write(parameters.mac, passphrase.expose(), &salt, parameters.rounds, &content);
    Ok(tlv::encode(SEQUENCE, &[&tlv::encode_number(3), &data(&content), &mac]))
}

/// All certificates in one encrypted safe.
fn certificates(entry: &Entry<'_>, key_id: &[u8], passphrase: &Secret, recipe: Recipe) -> Result<Vec<u8>, WriteError> {
    let mut bags = Vec::new();
    for (index, der) in entry.certificates.iter().enumerate() {
        let typed = tlv::encode(CONTEXT_0, &[&tlv::encode(OCTET_STRING, &[der])]);
        let value = tlv::encode(SEQUENCE, &[&tlv::encode(OID, &[bag::X509_CERTIFICATE]), &typed]);
        let attributes = match (entry.key, index) {
            (Some(_), 0) => [friendly_name(entry.name), local_key_id(key_id)].concat(),
            (Some(_), _) => Vec::new(),
            (None, 0) => [friendly_name(entry.name), trusted()].concat(),
            // Java takes certificates of one name for one.
            (None, _) => [friendly_name(&format!("{}-{}", entry.name, index + 1)), trusted()].concat(),
        };
        bags.extend(safe_bag(Bag::Certificate, &value, &attributes));
    }
    let (algorithm, encrypted) = seal(&tlv::encode(SEQUENCE, &[&bags]), passphrase, recipe)?;
    let content = [tlv::encode(OID, &[bag::DATA]), algorithm, tlv::encode(0x80, &[&encrypted])].concat();
    let data = tlv::encode(SEQUENCE, &[&tlv::encode_number(0), &tlv::encode(SEQUENCE, &[&content])]);
    let oid = tlv::encode(OID, &[bag::ENCRYPTED_DATA]);
    Ok(tlv::encode(SEQUENCE, &[&oid, &tlv::encode(CONTEXT_0, &[&data])]))
}

/// The key, encrypted by itself in a safe that is not.
fn shrouded_key(
    name: &str,
    key: &Secret,
    key_id: &[u8],
    passphrase: &Secret,
    recipe: Recipe,
) -> Result<Vec<u8>, WriteError> {
    let (algorithm, encrypted) = seal(key.expose(), passphrase, recipe)?;
    let value = tlv::encode(SEQUENCE, &[&algorithm, &tlv::encode(OCTET_STRING, &[&encrypted])]);
    let attributes = [friendly_name(name), local_key_id(key_id)].concat();
    let bag = safe_bag(Bag::ShroudedKey, &value, &attributes);
    Ok(data(&tlv::encode(SEQUENCE, &[&bag])))
}

/// The name of the encryption, and what comes out of it.
fn seal(plain: &[u8], passphrase: &Secret, recipe: Recipe) -> Result<(Vec<u8>, Vec<u8>), WriteError> {
    let scheme = recipe.parameters().scheme(random()?, random()?).map_err(WriteError::Encrypt)?;
    let algorithm = scheme.to_der().map_err(WriteError::Encrypt)?;
    let encrypted = scheme.encrypt(passphrase.expose(), plain).map_err(WriteError::Encrypt)?;
    Ok((algorithm, encrypted))
}

fn data(content: &[u8]) -> Vec<u8> {
    let string = tlv::encode(OCTET_STRING, &[content]);
    tlv::encode(SEQUENCE, &[&tlv::encode(OID, &[bag::DATA]), &tlv::encode(CONTEXT_0, &[&string])])
}

fn safe_bag(kind: Bag, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    let attributes = if attributes.is_empty() { Vec::new() } else { tlv::encode(SET, &[attributes]) };
    let (oid, value) = (tlv::encode(OID, &[&kind.oid()]), tlv::encode(CONTEXT_0, &[value]));
    tlv::encode(SEQUENCE, &[&oid, &value, &attributes])
}

fn attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv::encode(SEQUENCE, &[&tlv::encode(OID, &[oid]), &tlv::encode(SET, &[value])])
}

fn friendly_name(name: &str) -> Vec<u8> {
    let mut text = utf16(name.as_bytes());
    // Without the zero at the end that a passphrase has.
    let length = text.len() - 2;
    text.truncate(length);
    attribute(bag::FRIENDLY_NAME, &tlv::encode(BMP_STRING, &[&text]))
}

fn local_key_id(id: &[u8]) -> Vec<u8> {
    attribute(bag::LOCAL_KEY_ID, &tlv::encode(OCTET_STRING, &[id]))
}

fn trusted() -> Vec<u8> {
    attribute(bag::TRUSTED_KEY_USAGE, &tlv::encode(OID, &[bag::ANY_EXTENDED_KEY_USAGE]))
}

fn random<const N: usize>() -> Result<[u8; N], WriteError> {
    let mut bytes = [0; N];
    crate::random::fill(&mut bytes).map_err(|_| WriteError::NoRandomness)?;
    Ok(bytes)
}
