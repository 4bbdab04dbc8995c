//! The TLS context of a server or a client: what `ssl.create_default_context` is to Python.
//!
//! ```
//! use common::context::{ClientContext, Provider, Trust};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut trust = Trust::new();
//! trust.add_system()?;
//! let config = ClientContext::webpki(&trust, Provider::AwsLc)?.config()?;
//! # let _: std::sync::Arc<rustls::ClientConfig> = config;
//! # Ok(())
//! # }
//! ```

mod chosen_scheme;
mod client;
mod clients;
mod groups;
mod identity;
mod key_logging;
mod policy;
mod provider;
mod server;
mod suite_words;
mod suites;
pub mod tickets;
mod trust;
mod verifier;
mod versions;

pub use chosen_scheme::take_chosen_scheme;
pub use client::ClientContext;
pub use clients::Clients;
pub use groups::{Groups, GroupsError};
pub use identity::{Identity, IdentityError};
pub use key_logging::KeyLogging;
pub use policy::{Policy, Profile};
pub use provider::Provider;
pub use server::{Resumption, ServerContext};
pub use suites::{Dropped, Suites, SuitesError};
pub use trust::{Anchor, Origin, Trust, TrustError};
pub use verifier::{HostnameCheck, client_verifier, danger_accept_any_server, server_verifier};
pub use versions::{Versions, VersionsError};

/// Why a context could not be made into a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// rustls refused the combination of versions, suites and groups.
    #[error("these versions, ciphers and groups do not fit together: {0}")]
    Combination(#[source] rustls::Error),
    /// The anchors cannot be used by webpki.
    #[error("no verifier can be built from these trust anchors: {reason}")]
    Verifier {
        /// What webpki said.
        reason: String,
    },
    /// Session tickets need random keys, and there were none to be had.
    #[error("making session ticket keys: {0}")]
    Tickets(#[source] rustls::Error),
    /// The key log cannot be opened.
    #[error("opening the key log {path}: {source}", path = path.display())]
    KeyLog {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
