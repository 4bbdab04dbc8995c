//! HKDF (RFC 5869) for TLS 1.3 and for tickets, on AWS-LC's hashes.
//!
//! rustls asks one secret for up to four others. What aws-lc-rs calls a PRK is the salt and the input of HKDF-Extract,
//! so that each question does the extraction again; and around each of its HMACs it fills and wipes three hash
//! contexts, which takes as long as hashing where the processor has instructions for that. Here a PRK is a PRK, and an
//! HMAC is two calls of the hash.

use std::fmt;

use aws_lc_rs::digest::{self, digest};
use rustls::crypto::hmac::Tag;
use rustls::crypto::tls13::{self, HkdfExpander, OkmBlock, OutputLengthError};
use zeroize::{Zeroize as _, Zeroizing};

/// What fits without an allocation behind the key's block: what TLS 1.3 expands has at most 71 bytes.
const USUAL: usize = 96;
/// That, and the largest block of a hash here.
const SPACE: usize = 128 + USUAL;

/// HKDF with a hash of this block and output length, as [`rustls::crypto::tls13::Hkdf`].
#[derive(Debug, Clone, Copy)]
pub(in crate::context) struct Hkdf<const BLOCK: usize, const LENGTH: usize>(&'static digest::Algorithm);

/// HKDF with SHA-256.
pub(in crate::context) const HKDF_SHA256: Hkdf<64, 32> = Hkdf(&digest::SHA256);
/// HKDF with SHA-384.
pub(in crate::context) const HKDF_SHA384: Hkdf<128, 48> = Hkdf(&digest::SHA384);

impl<const BLOCK: usize, const LENGTH: usize> Hkdf<BLOCK, LENGTH> {
    /// HKDF-Extract (RFC 5869, section 2.2).
    pub(in crate::context) fn extract(self, salt: &[u8], secret: &[u8]) -> Prk<BLOCK, LENGTH> {
        Prk { hkdf: self, key: self.key(&self.hmac(&self.key(salt), secret, &[], &[]).0) }
    }

    /// What HMAC (RFC 2104) makes of a key: it hashes what is longer than a block, and fills up what is shorter.
    fn key(self, key: &[u8]) -> Wiped<BLOCK> {
        let mut block = Wiped([0; BLOCK]);
        if key.len() > BLOCK {
            block.0[..LENGTH].copy_from_slice(digest(self.0, key).as_ref());
        } else {
            block.0[..key.len()].copy_from_slice(key);
        }
        block
    }

    /// HMAC (RFC 2104) of a message in pieces.
    fn hmac(self, key: &Wiped<BLOCK>, head: &[u8], middle: &[&[u8]], tail: &[u8]) -> Wiped<LENGTH> {
        let length = BLOCK + head.len() + middle.iter().map(|piece| piece.len()).sum::<usize>() + tail.len();
        if length > SPACE {
            let mut space = Zeroizing::new(vec![0; length]);
            return self.hmac_in(&mut space, key, head, middle, tail);
        }
        let mut space = Wiped([0; SPACE]);
        self.hmac_in(&mut space.0, key, head, middle, tail)
    }

    fn hmac_in(
        self,
        space: &mut [u8],
        key: &Wiped<BLOCK>,
        head: &[u8],
        middle: &[&[u8]],
        tail: &[u8],
    ) -> Wiped<LENGTH> {
        let mut end = 0;
        let mut add = |piece: &[u8]| {
            space[end..end + piece.len()].copy_from_slice(piece);
            end += piece.len();
        };
        add(&key.0.map(|byte| byte ^ 0x36));
        add(head);
        middle.iter().for_each(|piece| add(piece));
        add(tail);
        let inner = digest(self.0, &space[..end]);
        let mut outer = Wiped([0; SPACE]);
        outer.0[..BLOCK].copy_from_slice(&key.0.map(|byte| byte ^ 0x5c));
        outer.0[BLOCK..BLOCK + LENGTH].copy_from_slice(inner.as_ref());
        let mut result = Wiped([0; LENGTH]);
        result.0.copy_from_slice(digest(self.0, &outer.0[..BLOCK + LENGTH]).as_ref());
        result
    }
}

impl<const BLOCK: usize, const LENGTH: usize> tls13::Hkdf for Hkdf<BLOCK, LENGTH> {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        self.extract_from_secret(salt, &[0; LENGTH])
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        // HMAC fills up a short key with zeros, so that no salt is the same as HashLen zeros.
        Box::new(self.extract(salt.unwrap_or_default(), secret))
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        Box::new(Prk { hkdf: *self, key: self.key(okm.as_ref()) })
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> Tag {
        Tag::new(&self.hmac(&self.key(key.as_ref()), message, &[], &[]).0)
    }
}

/// A pseudorandom key; wiped when it is dropped.
pub(in crate::context) struct Prk<const BLOCK: usize, const LENGTH: usize> {
    hkdf: Hkdf<BLOCK, LENGTH>,
    key: Wiped<BLOCK>,
}

impl<const BLOCK: usize, const LENGTH: usize> Prk<BLOCK, LENGTH> {
    /// HKDF-Expand (RFC 5869, section 2.3).
    ///
    /// # Errors
    /// `output` is longer than 255 hashes.
    pub(in crate::context) fn expand(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        if output.len() > 255 * LENGTH {
            return Err(OutputLengthError);
        }
        let mut previous: Option<Wiped<LENGTH>> = None;
        for (counter, chunk) in (1..=u8::MAX).zip(output.chunks_mut(LENGTH)) {
            let block = self.block(previous.as_ref().map_or(&[], |block| &block.0), info, counter);
            chunk.copy_from_slice(&block.0[..chunk.len()]);
            previous = Some(block);
        }
        Ok(())
    }

    fn block(&self, previous: &[u8], info: &[&[u8]], counter: u8) -> Wiped<LENGTH> {
        self.hkdf.hmac(&self.key, previous, info, &[counter])
    }
}

impl<const BLOCK: usize, const LENGTH: usize> HkdfExpander for Prk<BLOCK, LENGTH> {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        self.expand(info, output)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        OkmBlock::new(&self.block(&[], info, 1).0)
    }

    fn hash_len(&self) -> usize {
        LENGTH
    }
}

impl<const BLOCK: usize, const LENGTH: usize> fmt::Debug for Prk<BLOCK, LENGTH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prk").field("hkdf", &self.hkdf).finish_non_exhaustive()
    }
}

/// Wiped when it is dropped, and as a slice: as an array it would be wiped byte by byte, which takes as long as hashing.
struct Wiped<const LENGTH: usize>([u8; LENGTH]);

impl<const LENGTH: usize> Drop for Wiped<LENGTH> {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests;
