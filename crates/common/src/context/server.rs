//! The context of a server.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};

use super::{Clients, ContextError, Identity, KeyLogging, Policy};

/// Everything a server brings to a handshake. See [`ServerContext::config`] for what is fixed.
#[derive(Debug, Clone)]
pub struct ServerContext {
    /// Versions, suites, groups, ALPN and provider.
    pub policy: Policy,
    /// Which chain and key a client is shown.
    pub identity: Arc<dyn ResolvesServerCert>,
    /// Whether clients show a certificate; default: not asked.
    pub clients: Clients,
    /// Whether sessions may be resumed by ticket; default: yes. Never with client certificates, because a
    /// resumption calls no verifier.
    pub resumption: bool,
    /// Whether session secrets are written down; default: no.
    pub key_logging: KeyLogging,
}

impl ServerContext {
    /// A server with the default policy that shows every client the same identity.
    pub fn new(identity: &Identity) -> Self {
        Self::with_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity.certified_key())))
    }

    /// A server with the default policy that chooses its identity by the ClientHello.
    pub fn with_resolver(identity: Arc<dyn ResolvesServerCert>) -> Self {
        Self {
            policy: Policy::default(),
            identity,
            clients: Clients::None,
            resumption: true,
            key_logging: KeyLogging::Off,
        }
    }

    /// The configuration for rustls: the server's order of suites, one TLS 1.3 ticket a connection, no session
    /// cache, no 0-RTT.
    ///
    /// # Errors
    /// The policy leaves nothing to agree on, or the key log cannot be opened.
    pub fn config(&self) -> Result<Arc<ServerConfig>, ContextError> {
        let versions = self.policy.usable_versions();
        let builder = ServerConfig::builder_with_provider(self.policy.crypto())
            .with_protocol_versions(&versions)
            .map_err(ContextError::Combination)?;
        let builder = builder.with_client_cert_verifier(self.clients.verifier());
        let mut config = builder.with_cert_resolver(Arc::clone(&self.identity));
        config.ignore_client_order = true;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        if self.resumption && matches!(self.clients, Clients::None) {
            config.ticketer = self.policy.provider.ticketer().map_err(ContextError::Tickets)?;
            config.send_tls13_tickets = 1;
        } else {
            config.send_tls13_tickets = 0;
        }
        config.alpn_protocols.clone_from(&self.policy.alpn);
        config.key_log = self.key_logging.open()?;
        Ok(Arc::new(config))
    }
}
