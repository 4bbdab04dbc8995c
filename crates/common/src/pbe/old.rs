//! The key derivation of PKCS#12 (RFC 7292 appendix B).

use aws_lc_rs::digest::{Algorithm, Context, Digest, MAX_OUTPUT_LEN};
use zeroize::Zeroizing;

/// What bytes are derived for (RFC 7292 appendix B.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// A passphrase as these schemes take it: UTF-16 with a zero at its end (RFC 7292 appendix B.1). Bytes that are no
/// UTF-8 are taken for Latin-1, as OpenSSL does.
pub(crate) fn utf16(passphrase: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(passphrase.len() * 2 + 2));
    match std::str::from_utf8(passphrase) {
        Ok(text) => text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_be_bytes())),
        Err(_) => passphrase.iter().for_each(|byte| out.extend_from_slice(&[0, *byte])),
    }
    out.extend_from_slice(&[0, 0]);
    out
}

/// `length` bytes from a passphrase that [`utf16`] has made, for one purpose (RFC 7292 appendix B.2).
pub(crate) fn derive(
    hash: &'static Algorithm,
    purpose: Purpose,
    passphrase: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new(repeated(salt, block));
    input.extend_from_slice(&Zeroizing::new(repeated(passphrase, block)));
    let mut out = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
    loop {
        let mut digest = Zeroizing::new([0; MAX_OUTPUT_LEN]);
        let digest = &mut digest[..hash.output_len()];
        digest.copy_from_slice(finish(hash, &[&diversifier, &input]).as_ref());
        for _ in 1..rounds {
            let next = finish(hash, &[digest]);
            digest.copy_from_slice(next.as_ref());
        }
        out.extend_from_slice(digest);
        if out.len() >= length {
            out.truncate(length);
            return out;
        }
        let addend: Vec<u8> = digest.iter().copied().cycle().take(block).collect();
        input.chunks_exact_mut(block).for_each(|chunk| add_with_one(chunk, &addend));
    }
}

fn finish(hash: &'static Algorithm, parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(hash);
    parts.iter().for_each(|part| context.update(part));
    context.finish()
}

/// `bytes` over and over, to the next full block; nothing where there are none.
fn repeated(bytes: &[u8], block: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect()
}

/// `chunk + addend + 1`, as one large number.
fn add_with_one(chunk: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (byte, other) in chunk.iter_mut().zip(addend).rev() {
        carry += u16::from(*byte) + u16::from(*other);
        *byte = carry.to_be_bytes()[1];
        carry >>= 8;
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    use data_encoding::HEXLOWER;

    use super::*;

    /// The vectors that OpenSSL and Bouncy Castle test against, from PKCS#12's authors.
    #[test]
    fn the_published_vectors_come_out() {
        let cases = [
            ("smeg", "0a58cf64530d823f", Purpose::Key, 1, 24, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
            ("smeg", "0a58cf64530d823f", Purpose::Iv, 1, 8, "79993dfe048d3b76"),
            ("smeg", "3d83c0e4546ac140", Purpose::Mac, 1, 20, "8d967d88f6caa9d714800ab3d48051d63f73a312"),
            ("queeg", "05dec959acff72f7", Purpose::Key, 1000, 24, "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"),
            ("queeg", "05dec959acff72f7", Purpose::Iv, 1000, 8, "11dedad7758d4860"),
        ];
        for (passphrase, salt, purpose, rounds, length, expected) in cases {
            let salt = HEXLOWER.decode(salt.as_bytes()).unwrap();
            let derived =
                derive(&SHA1_FOR_LEGACY_USE_ONLY, purpose, &utf16(passphrase.as_bytes()), &salt, rounds, length);
            assert_eq!(HEXLOWER.encode(&derived), expected, "{passphrase} {purpose:?}");
        }
    }

    #[test]
    fn a_passphrase_is_utf_16_whatever_is_in_it() {
        assert_eq!(*utf16("aß".as_bytes()), [0, b'a', 0, 0xdf, 0, 0]);
        assert_eq!(*utf16("😀".as_bytes()), [0xd8, 0x3d, 0xde, 0, 0, 0]);
        assert_eq!(*utf16(b"a\xdf"), [0, b'a', 0, 0xdf, 0, 0]);
    }
}
