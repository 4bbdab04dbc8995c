//! Secrets at rest: AES-256-GCM under the store key.
//!
//! An envelope is `1 ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The associated data is the
//! envelope's first nine bytes with the column and the row's id, so that an envelope opens only where it
//! was put. The key id tells another store's key from damage. Nonces are random: one key seals at most
//! 2^32 secrets (NIST SP 800-38D, section 8.3), which no store comes near.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::error::Unspecified;
use common::{Secret, random};

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 8;
const HEADER_LEN: usize = 1 + KEY_ID_LEN;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// The key that a store's secrets are sealed under. The cipher's state is wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct StoreKey {
    id: [u8; KEY_ID_LEN],
    cipher: LessSafeKey,
}

/// The one place where an envelope opens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// `table.column`.
    pub(crate) column: &'static str,
    /// The row's id.
    pub(crate) row: &'a str,
}

/// Why an envelope does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealable {
    /// It was sealed under another key.
    OtherKey,
    /// It was changed, cut short, or moved from another place.
    Damaged,
}

impl StoreKey {
    /// How many bytes a key has.
    pub(crate) const LEN: usize = 32;

    /// The key with these bytes.
    pub(crate) fn new(bytes: &[u8; Self::LEN]) -> Result<Self, Unspecified> {
        let mut named = digest::Context::new(&SHA256);
        named.update(b"latchkey store key id");
        named.update(bytes);
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&named.finish().as_ref()[..KEY_ID_LEN]);
        Ok(Self { id, cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes)?) })
    }

    /// Seals `secret` for `place`. Fails only where the system has no random bytes.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let header = self.header();
        // Room for the tag from the start, so that growing leaves no copy of the secret behind.
        let mut sealed = Vec::with_capacity(secret.len() + TAG_LEN);
        sealed.extend_from_slice(secret);
        let mut nonce = [0; NONCE_LEN];
        random::fill(&mut nonce).map_err(|_| Unspecified)?;
        self.cipher.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated(&header, place)),
            &mut sealed,
        )?;
        Ok([&header, nonce.as_slice(), &sealed].concat())
    }

    /// Opens an envelope that was sealed for `place`.
    pub(crate) fn open(&self, place: Place<'_>, envelope: &[u8]) -> Result<Secret, Unsealable> {
        let (header, rest) = envelope.split_at_checked(HEADER_LEN).ok_or(Unsealable::Damaged)?;
        // Another version is damage: a program that knows fewer than the store holds is refused by its schema.
        match header.split_first() {
            Some((&VERSION, id)) if id == self.id => {}
            Some((&VERSION, _)) => return Err(Unsealable::OtherKey),
            _ => return Err(Unsealable::Damaged),
        }
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable::Damaged)?;
        let mut bytes = sealed.to_vec();
        let opened = self
            .cipher
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(associated(header, place)), &mut bytes)
            .map_err(|Unspecified| Unsealable::Damaged)?
            .len();
        bytes.truncate(opened);
        Ok(Secret::new(bytes))
    }

    fn header(&self) -> [u8; HEADER_LEN] {
        let mut header = [VERSION; HEADER_LEN];
        header[1..].copy_from_slice(&self.id);
        header
    }
}

/// No column holds a zero byte, so that no two places have the same associated data.
fn associated(header: &[u8], place: Place<'_>) -> Vec<u8> {
    [header, place.column.as_bytes(), b"\0", place.row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: Place<'_> = Place { column: "identity.sealed_key", row: "018f" };

    fn key(byte: u8) -> StoreKey {
        StoreKey::new(&[byte; StoreKey::LEN]).unwrap()
    }

    #[test]
    fn a_secret_opens_in_its_place_and_in_no_other() {
        let envelope = key(1).seal(PLACE, b"secret").unwrap();
        assert_eq!(key(1).open(PLACE, &envelope).unwrap().expose(), b"secret");
        for place in [Place { row: "018e", ..PLACE }, Place { column: "authority.sealed_key", ..PLACE }] {
            assert_eq!(key(1).open(place, &envelope).unwrap_err(), Unsealable::Damaged);
        }
    }

    #[test]
    fn another_key_is_told_apart_from_damage() {
        let envelope = key(1).seal(PLACE, b"secret").unwrap();
        assert_eq!(key(2).open(PLACE, &envelope).unwrap_err(), Unsealable::OtherKey);
    }

    #[test]
    fn no_two_envelopes_are_alike_and_none_shows_the_secret() {
        let (first, second) = (key(1).seal(PLACE, b"secret").unwrap(), key(1).seal(PLACE, b"secret").unwrap());
        assert_ne!(first, second);
        assert!(!first.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn no_changed_bit_and_no_shortened_envelope_opens() {
        let whole = key(1).seal(PLACE, b"secret").unwrap();
        for length in 0..whole.len() {
            assert!(key(1).open(PLACE, &whole[..length]).is_err(), "{length} bytes");
        }
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key(1).open(PLACE, &changed).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes: Vec<u8>, known in any::<bool>()) {
            let mut envelope = if known { key(1).header().to_vec() } else { Vec::new() };
            envelope.extend(bytes);
            prop_assert!(key(1).open(PLACE, &envelope).is_err());
        }
    }
}
