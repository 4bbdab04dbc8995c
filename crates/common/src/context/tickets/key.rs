//! One ticket key: what it seals opens under the same key and the same binding, and nowhere else.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::context::provider::hkdf::{HKDF_SHA256, Prk};

/// How many bytes name a key at the front of a ticket.
pub(super) const NAME_LEN: usize = 16;
const SALT_LEN: usize = 24;
const CIPHER_KEY_LEN: usize = 32;
const TAG_LEN: usize = 16;

/// How much longer a ticket is than what is in it.
pub(super) const OVERHEAD: usize = NAME_LEN + SALT_LEN + TAG_LEN;

/// A key that seals tickets: `name (16) ‖ salt (24) ‖ ciphertext ‖ tag (16)`.
///
/// Each ticket is sealed with AES-256-GCM under a key and a nonce of its own, which HKDF-SHA256 (RFC 5869) makes from
/// this key and the ticket's random salt. So there is no bound on how many tickets a key may seal: salts of 192 bits do
/// not repeat, where random nonces of 96 would after some billions of tickets of a key that lies in a file for a year.
#[derive(Debug)]
pub(super) struct TicketKey {
    name: [u8; NAME_LEN],
    secret: Prk<64, 32>, // wiped when it is dropped
}

impl TicketKey {
    /// The key that these bytes make; its name follows from them.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, Unspecified> {
        let secret = HKDF_SHA256.extract(b"latchkey ticket key 1", bytes);
        let mut name = [0; NAME_LEN];
        secret.expand(&[b"name"], &mut name).map_err(|_| Unspecified)?;
        Ok(Self { name, secret })
    }

    /// A new key from the system's random bytes.
    pub(super) fn random() -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice())?;
        Self::new(bytes.as_slice())
    }

    /// What a ticket of this key begins with; no secret.
    pub(super) const fn name(&self) -> &[u8; NAME_LEN] {
        &self.name
    }

    /// A ticket of these two parts, which opens with the same `binding` alone.
    pub(super) fn seal(&self, head: &[u8], message: &[u8], binding: &[u8; 32]) -> Result<Vec<u8>, Unspecified> {
        let mut salt = [0; SALT_LEN];
        rand::fill(&mut salt)?;
        let (cipher, nonce) = self.cipher(&salt)?;
        let mut ticket = Vec::with_capacity(OVERHEAD + head.len() + message.len());
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&salt);
        let start = ticket.len();
        ticket.extend_from_slice(head);
        ticket.extend_from_slice(message);
        let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(binding), &mut ticket[start..])?;
        ticket.extend_from_slice(tag.as_ref());
        Ok(ticket)
    }

    /// What is in a ticket, without its name; none where it is no ticket of this key under this binding.
    pub(super) fn open(&self, sealed: &[u8], binding: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
        let (salt, sealed) = sealed.split_first_chunk::<SALT_LEN>()?;
        let (cipher, nonce) = self.cipher(salt).ok()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let length = cipher.open_in_place(nonce, Aad::from(binding), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn cipher(&self, salt: &[u8; SALT_LEN]) -> Result<(LessSafeKey, Nonce), Unspecified> {
        let mut made = Zeroizing::new([0; CIPHER_KEY_LEN + NONCE_LEN]);
        self.secret.expand(&[b"ticket", salt], made.as_mut_slice()).map_err(|_| Unspecified)?;
        let (key, nonce) = made.split_at(CIPHER_KEY_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        Ok((LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?), nonce))
    }
}
