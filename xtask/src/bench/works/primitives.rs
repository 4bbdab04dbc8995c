//! The cryptography that a server cannot do without, by itself: with the plain forwarder, the floor.

use std::hint::black_box;

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustix::time::{ClockId, clock_gettime};

use crate::bench::cores::{Pinned, servers_core};

/// A handshake's messages, and what they are when they are sealed, in bytes: more or less, as certificates differ.
const TRANSCRIPT: usize = 1024;
/// HMACs of the key schedule (RFC 8446 section 7.1): three extractions, six traffic and master secrets, three that are
/// derived between them, a key and an IV for each of four directions, two Finished with their keys.
const HMACS: usize = 24;
const RECORD: usize = 16 * 1024;
const SMALL: usize = 64;

/// What a server has to compute.
#[derive(Clone, Copy)]
pub(super) enum Primitives {
    /// X25519, a signature with P-256, the key schedule and the flight with AES-128-GCM and SHA-256.
    FullP256,
    /// The same with RSA-2048.
    FullRsa,
    /// The same without a signature.
    Resumed,
    /// A byte in records of 16 KiB, AES-256-GCM.
    Byte,
    /// 64 bytes opened and 64 sealed.
    Exchange,
}

impl Primitives {
    /// CPU time of the servers' core: microseconds, and of a byte nanoseconds.
    pub(super) fn cost(self) -> Result<f64> {
        let _pinned = Pinned::to(&servers_core()?)?;
        match self {
            Self::FullP256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
                let random = SystemRandom::new();
                let sign = || Ok(_ = black_box(key.sign(&random, &[7; 130])?));
                Ok(microseconds(500, sign)? + handshake()?)
            }
            Self::FullRsa => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
                let (random, mut signature) = (SystemRandom::new(), vec![0; key.public_modulus_len()]);
                let sign = || Ok(key.sign(&RSA_PSS_SHA256, &random, &[7; 130], black_box(&mut signature))?);
                Ok(microseconds(100, sign)? + handshake()?)
            }
            Self::Resumed => handshake(),
            Self::Byte => {
                #[expect(clippy::cast_precision_loss, reason = "a record is short")]
                let bytes = RECORD as f64;
                Ok(sealed(&AES_256_GCM, RECORD, 2000)? * 1000.0 / bytes)
            }
            Self::Exchange => Ok(2.0 * sealed(&AES_256_GCM, SMALL, 20_000)?),
        }
    }
}

/// Everything of a handshake but the signature.
fn handshake() -> Result<f64> {
    let peer = PrivateKey::generate(&X25519)?.compute_public_key()?;
    let exchange = microseconds(500, || {
        let own = PrivateKey::generate(&X25519)?;
        black_box(own.compute_public_key()?);
        let peer = UnparsedPublicKey::new(&X25519, peer.as_ref());
        let agreed = agree(&own, peer, anyhow!("no agreement"), |secret| Ok(black_box(secret[0])));
        agreed.map(drop)
    })?;
    let schedule = microseconds(500, || {
        black_box(digest(&SHA256, &[7; TRANSCRIPT]));
        for _ in 0..HMACS {
            black_box(hmac::sign(&hmac::Key::new(HMAC_SHA256, &[7; 32]), &[7; 50]));
        }
        Ok(())
    })?;
    // The flight, and the client's Finished.
    Ok(exchange + schedule + sealed(&AES_128_GCM, TRANSCRIPT, 5000)? + sealed(&AES_128_GCM, SMALL, 5000)?)
}

/// Microseconds of sealing `size` bytes; opening takes the same.
fn sealed(algorithm: &'static Algorithm, size: usize, times: u32) -> Result<f64> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &vec![7; algorithm.key_len()])?);
    let mut record = vec![7; size];
    microseconds(times, || {
        let nonce = Nonce::assume_unique_for_key([7; NONCE_LEN]);
        let _tag = black_box(key.seal_in_place_separate_tag(nonce, Aad::from([7; 5]), &mut record)?);
        Ok(())
    })
}

fn microseconds(times: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let begin = worked();
    for _ in 0..times {
        work()?;
    }
    Ok((worked() - begin) / f64::from(times))
}

/// CPU time of this thread, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "a program runs for less than 2^52 nanoseconds")]
fn worked() -> f64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    spent.tv_sec as f64 * 1e6 + spent.tv_nsec as f64 / 1e3
}

/// One figure for each round of the plain forwarder.
pub(super) fn costs(primitives: Primitives, rounds: usize) -> Result<Vec<f64>> {
    (0..rounds).map(|_| primitives.cost().context("measuring the bare primitives")).collect()
}
