//! The context of a client.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;

use super::{ContextError, HostnameCheck, Identity, KeyLogging, Policy, Provider, Trust, verifier};

/// Everything a client brings to a handshake.
#[derive(Debug, Clone)]
pub struct ClientContext {
    /// Versions, suites, groups, ALPN and provider.
    pub policy: Policy,
    /// Who decides about the server's certificate.
    pub verifier: Arc<dyn ServerCertVerifier>,
    /// The client's own chain and key; default: none.
    pub identity: Option<Identity>,
    /// Whether sessions are kept and resumed; default: yes.
    pub resumption: bool,
    /// Whether session secrets are written down; default: no.
    pub key_logging: KeyLogging,
}

impl ClientContext {
    /// A client with the default policy and `verifier`.
    pub fn new(verifier: Arc<dyn ServerCertVerifier>) -> Self {
        Self { policy: Policy::default(), verifier, identity: None, resumption: true, key_logging: KeyLogging::Off }
    }

    /// A client that verifies by webpki alone.
    ///
    /// # Errors
    /// The anchors cannot be used.
    pub fn webpki(trust: &Trust, provider: Provider) -> Result<Self, ContextError> {
        let mut context = Self::new(verifier::server_verifier(trust, HostnameCheck::Required, provider)?);
        context.policy.provider = provider;
        Ok(context)
    }

    /// The configuration for rustls. 0-RTT is off.
    ///
    /// # Errors
    /// The policy leaves nothing to offer, or the key log cannot be opened.
    pub fn config(&self) -> Result<Arc<ClientConfig>, ContextError> {
        let versions = self.policy.usable_versions();
        let builder = ClientConfig::builder_with_provider(self.policy.crypto())
            .with_protocol_versions(&versions)
            .map_err(ContextError::Combination)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&self.verifier));
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity.certified_key()))),
        };
        if !self.resumption {
            config.resumption = Resumption::disabled();
        }
        config.alpn_protocols.clone_from(&self.policy.alpn);
        config.key_log = self.key_logging.open()?;
        Ok(Arc::new(config))
    }
}
