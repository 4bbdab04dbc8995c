//! What is in force: everything the workers act by, as one value.

use std::sync::Arc;

use rustls::ServerConfig;
use wire::ClientHello;

use crate::limits::Limits;
use crate::observe::Observer;
use crate::service::Services;

/// Makes one for each worker, on the worker's own thread; the argument is the worker's number.
pub type PerWorker<T> = Arc<dyn Fn(usize) -> Box<T> + Send + Sync>;

/// Chooses the configuration of a connection by its ClientHello.
pub trait Configs: Send + Sync {
    /// The configuration for this client. Without a `hello` (it could not be read) the default one, by which rustls
    /// answers with the alert that fits.
    fn choose(&self, hello: Option<&ClientHello<'_>>) -> Arc<ServerConfig>;
}

/// One configuration for every client.
impl Configs for Arc<ServerConfig> {
    fn choose(&self, _hello: Option<&ClientHello<'_>>) -> Arc<ServerConfig> {
        Self::clone(self)
    }
}

/// What is in force. One `Arc` that every worker holds.
pub(crate) struct InForce {
    pub(crate) limits: Limits,
    pub(crate) configs: Arc<dyn Configs>,
    pub(crate) services: PerWorker<dyn Services>,
    pub(crate) observers: PerWorker<dyn Observer>,
}
