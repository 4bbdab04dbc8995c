//! The two cryptographic providers, chosen at run time.

mod aws_lc;
pub(super) mod hkdf;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::sign::SigningKey;
use rustls_pki_types::PrivateKeyDer;

/// Where the cryptography comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Provider {
    /// AWS-LC: faster here, and the one with post-quantum groups and P-521.
    #[default]
    AwsLc,
    /// ring.
    Ring,
}

impl Provider {
    /// The provider with everything it has, in its own order.
    pub fn crypto(self) -> Arc<CryptoProvider> {
        Arc::new(self.full())
    }

    /// The name the command line takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwsLc => "aws-lc",
            Self::Ring => "ring",
        }
    }

    /// With every group it can do, not just those it offers unasked.
    pub(super) fn full(self) -> CryptoProvider {
        match self {
            Self::AwsLc => aws_lc::provider(),
            Self::Ring => ring::default_provider(),
        }
    }

    /// What signs with this key. The key is borrowed, so that its owner can wipe it.
    pub(super) fn signing_key(self, der: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        match self {
            Self::AwsLc => aws_lc_rs::sign::any_supported_type(der),
            Self::Ring => ring::sign::any_supported_type(der),
        }
    }

    pub(super) fn ticketer(self) -> Result<Arc<dyn rustls::server::ProducesTickets>, rustls::Error> {
        match self {
            Self::AwsLc => aws_lc_rs::Ticketer::new(),
            Self::Ring => ring::Ticketer::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn only_aws_lc_has_post_quantum_groups() {
        let has =
            |provider: Provider| provider.crypto().kx_groups.iter().any(|g| g.name() == NamedGroup::X25519MLKEM768);
        assert!(has(Provider::AwsLc));
        assert!(!has(Provider::Ring));
    }
}
