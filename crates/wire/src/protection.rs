//! Records opened with the secrets of their session: TLS 1.3 (RFC 8446 sections 5.2 and 7.3), and of TLS 1.2 the
//! suites with AES-GCM (RFC 5288) and ChaCha20-Poly1305 (RFC 7905).

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384};
use zeroize::Zeroizing;

use crate::names;
use crate::record::Header;

/// Bytes of the tag behind what is sealed; the same for every AEAD here.
pub(crate) const TAG: usize = 16;

/// Bytes of the nonce that AES-GCM sends with each record of TLS 1.2.
pub(crate) const EXPLICIT_NONCE: usize = 8;

const NONCE: usize = 12;

/// What a suite protects records with.
#[derive(Clone, Copy)]
pub(crate) struct Suite {
    aead: &'static Algorithm,
    hash: hmac::Algorithm,
    chacha: bool,
}

impl Suite {
    /// The suite of this code, if its records can be opened here.
    pub(crate) fn of(code: u16) -> Option<Self> {
        let name = names::suite(code)?;
        let tls13 = code >> 8 == 0x13;
        if !tls13 && !name.contains("_WITH_") {
            return None;
        }
        let (aead, chacha) = match name {
            name if name.contains("AES_128_GCM") => (&AES_128_GCM, false),
            name if name.contains("AES_256_GCM") => (&AES_256_GCM, false),
            name if name.contains("CHACHA20_POLY1305") => (&CHACHA20_POLY1305, true),
            _ => return None,
        };
        let hash = if name.ends_with("_SHA384") { HMAC_SHA384 } else { HMAC_SHA256 };
        Some(Self { aead, hash, chacha })
    }
}

/// Whose records they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    Client,
    Server,
}

/// Opens the records of one direction under one key, in their order.
pub(crate) struct Opener {
    key: LessSafeKey,
    iv: Zeroizing<[u8; NONCE]>,
    form: Form,
    sequence: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Tls13,
    /// The last eight bytes of the nonce stand in the record.
    Gcm12,
    ChaCha12,
}

/// A record that was opened.
pub(crate) struct Opened {
    /// What was sealed; in TLS 1.3 with its type and its padding.
    pub(crate) plaintext: Vec<u8>,
    /// The bytes in front of what is sealed.
    pub(crate) explicit_nonce: usize,
}

impl Opener {
    /// Under a traffic secret of TLS 1.3 (RFC 8446 section 7.3).
    pub(crate) fn tls13(suite: Suite, secret: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..suite.aead.key_len())?;
        expand_label(suite.hash, secret, "key", key)?;
        let mut iv = Zeroizing::new([0; NONCE]);
        expand_label(suite.hash, secret, "iv", &mut *iv)?;
        Self::new(suite, key, iv, Form::Tls13)
    }

    /// Under a master secret of TLS 1.2 (RFC 5246 section 6.3).
    pub(crate) fn tls12(suite: Suite, master: &[u8], client: &[u8], server: &[u8], writer: Writer) -> Option<Self> {
        let (key_length, iv_length) = (suite.aead.key_len(), if suite.chacha { NONCE } else { 4 });
        let seed = [b"key expansion", server, client].concat();
        let mut block = Zeroizing::new(vec![0; 2 * (key_length + iv_length)]);
        expand(suite.hash, master, &seed, &mut block);
        let second = usize::from(writer == Writer::Server);
        let key = block.get(second * key_length..)?.get(..key_length)?;
        let mut iv = Zeroizing::new([0; NONCE]);
        iv.get_mut(..iv_length)?.copy_from_slice(block.get(2 * key_length + second * iv_length..)?.get(..iv_length)?);
        Self::new(suite, key, iv, if suite.chacha { Form::ChaCha12 } else { Form::Gcm12 })
    }

    fn new(suite: Suite, key: &[u8], iv: Zeroizing<[u8; NONCE]>, form: Form) -> Option<Self> {
        let key = UnboundKey::new(suite.aead, key).ok()?;
        Some(Self { key: LessSafeKey::new(key), iv, form, sequence: 0 })
    }

    /// Opens the next record; none where it is not what was sealed with this key.
    pub(crate) fn open(&mut self, header: Header, payload: &[u8]) -> Option<Opened> {
        let explicit_nonce = if self.form == Form::Gcm12 { EXPLICIT_NONCE } else { 0 };
        let (explicit, sealed) = payload.split_at_checked(explicit_nonce)?;
        let length = sealed.len().checked_sub(TAG)?;
        let nonce = Nonce::assume_unique_for_key(self.nonce(explicit));
        let aad = self.additional_data(header, length);
        self.sequence += 1;
        let mut plaintext = sealed.to_vec();
        self.key.open_in_place(nonce, Aad::from(aad), &mut plaintext).ok()?;
        plaintext.truncate(length);
        Some(Opened { plaintext, explicit_nonce })
    }

    fn nonce(&self, explicit: &[u8]) -> [u8; NONCE] {
        let mut nonce = *self.iv;
        let (_, end) = nonce.split_at_mut(NONCE - 8);
        if self.form == Form::Gcm12 {
            end.copy_from_slice(explicit);
        } else {
            end.iter_mut().zip(self.sequence.to_be_bytes()).for_each(|(byte, of_sequence)| *byte ^= of_sequence);
        }
        nonce
    }

    fn additional_data(&self, header: Header, length: usize) -> Vec<u8> {
        let numbers = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        let version = header.version.to_be_bytes();
        match self.form {
            Form::Tls13 => [&[header.content_type][..], &version, &numbers(header.length)].concat(),
            _ => [&self.sequence.to_be_bytes()[..], &[header.content_type], &version, &numbers(length)].concat(),
        }
    }
}

/// The traffic secret that follows this one (RFC 8446 section 7.2).
pub(crate) fn next_secret(suite: Suite, secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut next = Zeroizing::new(vec![0; secret.len()]);
    expand_label(suite.hash, secret, "traffic upd", &mut next)?;
    Some(next)
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1), for no more than one block of the hash.
fn expand_label(hash: hmac::Algorithm, secret: &[u8], label: &str, out: &mut [u8]) -> Option<()> {
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let name = u8::try_from("tls13 ".len() + label.len()).ok()?;
    let info = [&length[..], &[name], b"tls13 ", label.as_bytes(), &[0], &[1]].concat();
    let block = hmac::sign(&hmac::Key::new(hash, secret), &info);
    out.copy_from_slice(block.as_ref().get(..out.len())?);
    Some(())
}

/// P_hash (RFC 5246 section 5).
fn expand(hash: hmac::Algorithm, secret: &[u8], seed: &[u8], out: &mut [u8]) {
    let key = hmac::Key::new(hash, secret);
    let mut a = hmac::sign(&key, seed);
    for chunk in out.chunks_mut(hash.digest_algorithm().output_len()) {
        let block = hmac::sign(&key, &[a.as_ref(), seed].concat());
        chunk.iter_mut().zip(block.as_ref()).for_each(|(byte, made)| *byte = *made);
        a = hmac::sign(&key, a.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 8448 section 3: the server's handshake traffic secret, its key and its IV.
    #[test]
    fn keys_are_those_of_the_rfc() {
        let secret = unhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let mut key = [0; 16];
        expand_label(HMAC_SHA256, &secret, "key", &mut key).unwrap();
        assert_eq!(key.to_vec(), unhex("3fce516009c21727d0f2e4e86ee403bc"));
        let mut iv = [0; 12];
        expand_label(HMAC_SHA256, &secret, "iv", &mut iv).unwrap();
        assert_eq!(iv.to_vec(), unhex("5d313eb2671276ee13000b30"));
    }

    #[test]
    fn a_suite_that_is_not_opened_here_is_none() {
        for (code, opened) in
            [(0x1301, true), (0x1303, true), (0x1304, false), (0xc02f, true), (0xc013, false), (0xcca8, true)]
        {
            assert_eq!(Suite::of(code).is_some(), opened, "{code:#x}");
        }
    }
}
