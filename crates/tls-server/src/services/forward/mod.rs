//! TLS in front of a plain service.
//!
//! A client's bytes go to a backend and that one's go back, as they come; each direction ends on its own, and what
//! was cut off on one side is cut off on the other. Before anything else a backend may be told who the client is, by
//! a header of the PROXY protocol.
//!
//! Several backends share the connections. Each worker goes by its own tries: a backend that cannot be reached is
//! passed over for a while, and another one is tried for the same client, which has not been answered yet.

mod backends;
mod balance;
mod health;
mod notice;
mod proxy_protocol;
mod resolve;
mod service;
mod status;
mod summary;
mod target;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use common::terminal::Exit;
use engine::{PerWorker, Services};

use self::backends::{Backends, List};
pub use self::notice::{Notice, Tell};
use self::resolve::Resolver;
pub use self::resolve::{Remote, ResolveError};
use self::service::Forwarder;
use self::status::Board;
pub use self::status::{BackendStatus, Fault};
pub use self::target::{Backend, is_local};
use crate::config;
pub use crate::config::{Balance, ProxyVersion};

/// What is forwarded to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The plain services; at least one.
    pub backends: Vec<Backend>,
    /// How they share the connections. Default: one after the other.
    pub balance: Balance,
    /// Within this time a backend has to be reached, all tries together: one that others may have to follow has half
    /// of what is left. Default: 5 s.
    pub connect: Duration,
    /// The header by which they are told who the client is. Default: none.
    pub proxy_protocol: Option<ProxyVersion>,
    /// Whether they may be on another machine. Default: no.
    pub remote: Remote,
}

impl Settings {
    /// The defaults, for these backends.
    pub fn new(backends: Vec<Backend>) -> Self {
        Self {
            backends,
            balance: Balance::default(),
            connect: Duration::from_secs(5),
            proxy_protocol: None,
            remote: Remote::default(),
        }
    }
}

impl From<&config::Forward> for Settings {
    fn from(forward: &config::Forward) -> Self {
        Self {
            backends: forward.targets.iter().map(|target| Backend::from(&target.value)).collect(),
            balance: forward.balance,
            connect: forward.connect_timeout.value,
            proxy_protocol: forward.proxy_protocol.as_ref().map(|version| version.value),
            remote: if forward.plain_remote.value { Remote::Allowed } else { Remote::Refused },
        }
    }
}

/// Why nothing can be forwarded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// There is no backend.
    #[error("there is no backend to forward to")]
    NoBackend,
    /// It is not known where a backend is, or it may not be there.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// There is no thread for resolving names.
    #[error("starting the thread that resolves the backends' names: {0}")]
    Thread(io::Error),
}

impl ForwardError {
    /// The exit code of a program that ends by it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::NoBackend | Self::Resolve(ResolveError::Remote { .. }) => Exit::Usage,
            Self::Resolve(ResolveError::Name { .. }) => Exit::Resolution,
            Self::Thread(_) => Exit::Environment,
        }
    }

    /// What would mend it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::NoBackend => "name one: forward 127.0.0.1:5432",
            Self::Resolve(ResolveError::Name { .. }) => "check the name, or write the address",
            Self::Resolve(ResolveError::Remote { .. }) => {
                "run the server beside the service, or allow it: --plain-remote, or plain_remote = true"
            }
            Self::Thread(_) => "see how many threads this user may have (`ulimit -u`)",
        }
    }
}

/// TLS in front of plain services. A handle: clones are the same one. The last to be dropped ends the thread that
/// resolves names.
#[derive(Clone)]
pub struct Forward(Arc<Inner>);

struct Inner {
    settings: Settings,
    list: Arc<ArcSwap<List>>,
    board: Board,
    tell: Tell,
    /// Keeps names being resolved.
    _resolving: Option<Sender<()>>,
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Forward {
    /// Finds out where the backends are, which takes as long as resolving their names does, and resolves the names
    /// every 30 s from then on. What there is to tell goes to `tell`.
    ///
    /// # Errors
    /// A name cannot be resolved, or a backend is on another machine where that is refused.
    pub fn start(settings: Settings, tell: Tell) -> Result<Self, ForwardError> {
        if settings.backends.is_empty() {
            return Err(ForwardError::NoBackend);
        }
        let lookup: resolve::Lookup = resolve::system;
        let resolver = Resolver::new(settings.backends.clone(), settings.remote, lookup)?;
        let list = Arc::new(ArcSwap::from_pointee(resolver.list()));
        let resolving = resolve::keep_resolving(resolver, Arc::clone(&list), Arc::clone(&tell));
        let resolving = resolving.map_err(ForwardError::Thread)?;
        Ok(Self(Arc::new(Inner { settings, list, board: Board::new(), tell, _resolving: resolving })))
    }

    /// What was asked for.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Makes each worker's services.
    pub fn services(&self) -> PerWorker<dyn Services> {
        let forward = self.clone();
        Arc::new(move |_worker| Box::new(forward.worker()))
    }

    /// One worker's services, for [`Builder::bind`](crate::Builder::bind). Made on the worker's thread, where they
    /// stay.
    pub fn worker(&self) -> impl Services + use<> {
        let backends = Backends::new(self.0.settings.balance, self.list(), self.0.board.clone());
        Forwarder::new(self.clone(), backends)
    }

    /// How the backends stand, over all workers. Empty before the first worker is there.
    pub fn backends(&self) -> Vec<BackendStatus> {
        self.0.board.read(Instant::now())
    }

    fn list(&self) -> Arc<List> {
        self.0.list.load_full()
    }

    fn tell(&self, notice: &Notice) {
        (self.0.tell)(notice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_must_be_a_backend_and_it_must_be_near() {
        let start = |backends| Forward::start(Settings::new(backends), Arc::new(|notice| panic!("{notice}")));
        let address = |text: &str| Backend::Address(text.parse().unwrap());
        assert!(matches!(start(vec![]), Err(ForwardError::NoBackend)));
        let refused = start(vec![address("192.0.2.1:1")]);
        assert!(matches!(refused, Err(ForwardError::Resolve(ResolveError::Remote { .. }))));
        assert!(start(vec![address("127.0.0.1:1"), Backend::Name { host: "localhost".into(), port: 1 }]).is_ok());
    }
}
