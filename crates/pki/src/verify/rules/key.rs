//! Keys must be strong: RSA from 2048 bits, the NIST curves from P-256, Ed25519, Ed448, ML-DSA.

use super::{Link, Problem};
use crate::certificate::{Key, KeyAlgorithm};

const LEAST_RSA_BITS: u32 = 2048;

pub(super) fn check(link: &Link<'_>) -> Option<Problem> {
    is_weak(&link.certificate().key).then(|| Problem::WeakKey { key: link.certificate().key.clone() })
}

/// Whether no signature of this key is taken.
pub(crate) fn is_weak(key: &Key) -> bool {
    match key.algorithm {
        KeyAlgorithm::Rsa => key.bits.is_none_or(|bits| bits < LEAST_RSA_BITS),
        KeyAlgorithm::Ec => !matches!(key.curve.as_deref(), Some("P-256" | "P-384" | "P-521")),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::MlDsa => false,
        KeyAlgorithm::Dsa | KeyAlgorithm::Other => true,
    }
}
