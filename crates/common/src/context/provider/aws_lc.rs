//! AWS-LC as we use it: rustls's provider, with its HKDF and its random numbers replaced by cheaper ones.

use std::sync::LazyLock;

use rustls::crypto::tls13::Hkdf;
use rustls::crypto::{CipherSuiteCommon, CryptoProvider, aws_lc_rs as plain, ring};
use rustls::{SupportedCipherSuite, Tls13CipherSuite};

use super::hkdf::{HKDF_SHA256, HKDF_SHA384};

/// The suites of TLS 1.3 and of TLS 1.2, in rustls's order.
static SUITES: LazyLock<Vec<SupportedCipherSuite>> =
    LazyLock::new(|| plain::DEFAULT_CIPHER_SUITES.iter().map(|suite| with_our_hkdf(*suite)).collect());

/// With every suite and group that AWS-LC has.
///
/// The random numbers that rustls itself asks for (of a ServerHello, of a ticket) are the system's: AWS-LC's generator
/// asks the processor for entropy with each call, and takes three times as long. Keys and signatures take theirs from
/// AWS-LC.
pub(super) fn provider() -> CryptoProvider {
    let mut provider = plain::default_provider();
    for group in plain::ALL_KX_GROUPS {
        if !provider.kx_groups.iter().any(|known| known.name() == group.name()) {
            provider.kx_groups.push(*group);
        }
    }
    provider.cipher_suites.clone_from(&SUITES);
    provider.secure_random = ring::default_provider().secure_random;
    provider
}

/// Once for the process, as suites live for ever.
fn with_our_hkdf(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    let SupportedCipherSuite::Tls13(plain) = suite else { return suite };
    let hkdf_provider: &dyn Hkdf = match plain.common.hash_provider.output_len() {
        32 => &HKDF_SHA256,
        48 => &HKDF_SHA384,
        _ => return suite,
    };
    SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
        common: CipherSuiteCommon { ..plain.common },
        hkdf_provider,
        aead_alg: plain.aead_alg,
        quic: plain.quic,
    })))
}
