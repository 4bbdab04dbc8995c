//! What is offered and taken, and where the cryptography comes from.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ProtocolVersion, SupportedProtocolVersion};

use super::{Groups, Provider, Suites, Versions};

/// Provider, versions, suites, groups and application protocols. The default is TLS 1.2 and 1.3,
/// AES-128-GCM first, X25519MLKEM768 first, aws-lc, and no ALPN.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Where the cryptography comes from.
    pub provider: Provider,
    /// The range of versions.
    pub versions: Versions,
    /// The cipher suites, in order.
    pub suites: Suites,
    /// The key exchange groups, in order.
    pub groups: Groups,
    /// The application protocols (RFC 7301), in order.
    pub alpn: Vec<Vec<u8>>,
}

/// Mozilla's names for two levels of compatibility.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// TLS 1.3 alone.
    Modern,
    /// TLS 1.2 and 1.3, forward secret and authenticated suites only.
    #[default]
    Intermediate,
}

impl Profile {
    /// The versions that the profile allows.
    pub fn versions(self) -> Versions {
        match self {
            Self::Modern => Versions::tls13(),
            Self::Intermediate => Versions::default(),
        }
    }
}

impl Policy {
    /// The provider reduced to the suites and groups of this policy, in its order.
    pub fn crypto(&self) -> Arc<CryptoProvider> {
        let full = self.provider.full();
        Arc::new(CryptoProvider {
            cipher_suites: self.suites.select(self.provider),
            kx_groups: self.groups.select(self.provider),
            ..full
        })
    }

    /// The versions of the range for which a suite is left.
    pub(super) fn usable_versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let suites = self.suites.select(self.provider);
        let has_suite = |version: ProtocolVersion| suites.iter().any(|suite| suite.version().version == version);
        self.versions.supported().into_iter().filter(|version| has_suite(version.version)).collect()
    }
}
