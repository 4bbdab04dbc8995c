//! From a context and a service to a server that listens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use common::context::{ContextError, ServerContext};
use engine::{
    BindError, Bounds, Configs, Limits, Listener, NoObserver, Observer, PerWorker, Plan, ProxyHeader, Server, Services,
    Settings,
};

/// Everything about a server but what it does. Without any address it listens on none.
pub struct Builder<'a> {
    context: &'a ServerContext,
    listen: Vec<SocketAddr>,
    workers: usize,
    limits: Limits,
    bounds: Bounds,
    observers: PerWorker<dyn Observer>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The context cannot be turned into a configuration.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// An address cannot be listened on, or the system lacks something.
    #[error(transparent)]
    Bind(#[from] BindError),
}

impl<'a> Builder<'a> {
    /// A server of this context: one worker for each core, the default limits, no log.
    pub fn new(context: &'a ServerContext) -> Self {
        Self {
            context,
            listen: Vec::new(),
            workers: cores(),
            limits: Limits::default(),
            bounds: Bounds::default(),
            observers: Arc::new(|_worker| Box::new(NoObserver)),
        }
    }

    /// Listens on `address`, too. Port 0 takes a free one, which [`Server::addresses`] names.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen.push(address);
        self
    }

    /// How many threads serve, each with its own connections; at least one.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The bounds of each listener and its connections.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The bounds of the server as a whole.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Who is told what happens: [`Log::observers`](crate::access::Log::observers), for one.
    #[must_use]
    pub fn observers(mut self, observers: PerWorker<dyn Observer>) -> Self {
        self.observers = observers;
        self
    }

    /// Binds every address and listens. `services` is called once by each worker, on its thread, with the worker's
    /// number. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// The context holds what does not fit together, or an address cannot be listened on.
    pub fn bind<S, F>(self, services: F) -> Result<Server, StartError>
    where
        S: Services + 'static,
        F: Fn(usize) -> S + Send + Sync + 'static,
    {
        let configs: Arc<dyn Configs> = Arc::new(self.context.config()?);
        let services: PerWorker<dyn Services> = Arc::new(move |worker| Box::new(services(worker)));
        let listener = |address| Listener {
            name: "server".into(),
            address,
            configs: Arc::clone(&configs),
            services: Arc::clone(&services),
            limits: self.limits.clone(),
            proxy: ProxyHeader::Off,
            fingerprint: false,
        };
        let listeners = self.listen.into_iter().map(listener).collect();
        let server = Server::bind(Settings {
            workers: self.workers,
            plan: Plan { listeners, bounds: self.bounds },
            observers: self.observers,
            inherited: Vec::new(),
        })?;
        Ok(server)
    }
}

/// How many cores there are for this process; one where the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
