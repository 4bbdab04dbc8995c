//! The context of a server.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, ProducesTickets, ResolvesServerCert};

use super::tickets::Ticketer;
use super::{Clients, ContextError, Identity, KeyLogging, Policy, Provider};

/// Everything a server brings to a handshake. See [`ServerContext::config`] for what is fixed.
#[derive(Debug, Clone)]
pub struct ServerContext {
    /// Versions, suites, groups, ALPN and provider.
    pub policy: Policy,
    /// Which chain and key a client is shown.
    pub identity: Arc<dyn ResolvesServerCert>,
    /// Whether clients show a certificate; default: not asked.
    pub clients: Clients,
    /// Whether sessions may be resumed by ticket; default: by tickets of this process's own, where clients show no
    /// certificates.
    pub resumption: Resumption,
    /// Whether session secrets are written down; default: no.
    pub key_logging: KeyLogging,
}

/// Whether a server resumes sessions, and by which tickets.
#[derive(Debug, Clone, Default)]
pub enum Resumption {
    /// Every handshake is a full one.
    Off,
    /// By tickets that open in this process alone and are bound to nothing. Where clients are asked for certificates
    /// there are none, because a resumption calls no verifier.
    #[default]
    Own,
    /// By tickets that are bound to what was trusted when they were made, with client certificates, too: then they live
    /// for [`Ticketer::WITH_CLIENTS`] at most, and open only where clients are asked for certificates as they were.
    ///
    /// What is left to whoever takes the connection: the dates of the certificates that a resumption restores.
    Tickets(Ticketer),
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
            resumption: Resumption::Own,
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
        // The engine protects the records of long connections itself, by AWS-LC; who asked for ring has ring throughout.
        config.enable_secret_extraction = self.policy.provider == Provider::AwsLc;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        if let Some(ticketer) = self.ticketer()? {
            config.ticketer = ticketer;
            config.send_tls13_tickets = 1;
        }
        config.alpn_protocols.clone_from(&self.policy.alpn);
        config.key_log = self.key_logging.open()?;
        Ok(Arc::new(config))
    }

    fn ticketer(&self) -> Result<Option<Arc<dyn ProducesTickets>>, ContextError> {
        match (&self.resumption, &self.clients) {
            (Resumption::Off, _) | (Resumption::Own, Clients::Optional(_) | Clients::Required(_)) => Ok(None),
            (Resumption::Own, Clients::None) => {
                self.policy.provider.ticketer().map(Some).map_err(ContextError::Tickets)
            }
            (Resumption::Tickets(ticketer), clients) => Ok(Some(Arc::new(ticketer.for_clients(clients)))),
        }
    }
}
