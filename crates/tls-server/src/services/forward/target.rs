//! Where a plain service is, as it was given.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use engine::Target;

use crate::config::{self, Place};

/// A plain service, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Backend {
    /// An address.
    Address(SocketAddr),
    /// A name, which is resolved at the start and again every 30 s.
    Name {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

impl From<&config::Target> for Backend {
    fn from(target: &config::Target) -> Self {
        match target {
            config::Target::Tcp(Place::Address(address)) => Self::Address(*address),
            config::Target::Tcp(Place::Host(host, port)) => Self::Name { host: host.clone(), port: *port },
            config::Target::Unix(path) => Self::Unix(path.clone()),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Backend {
    /// Where it is, where no name has to be resolved for that.
    pub(super) fn target(&self) -> Option<Target> {
        match self {
            Self::Address(address) => Some(Target::Tcp(*address)),
            Self::Name { .. } => None,
            Self::Unix(path) => Some(Target::Unix(Arc::from(path.as_path()))),
        }
    }
}

/// Whether what is sent to `target` stays on this machine: a loopback address or a Unix socket.
pub fn is_local(target: &Target) -> bool {
    match target {
        Target::Tcp(address) => address.ip().to_canonical().is_loopback(),
        Target::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_unix_sockets_stay_here() {
        let local = |address: &str| is_local(&Target::Tcp(address.parse().unwrap()));
        assert!(local("127.0.0.1:1") && local("127.8.8.8:1") && local("[::1]:1") && local("[::ffff:127.0.0.1]:1"));
        assert!(!local("192.0.2.1:1") && !local("[2001:db8::1]:1") && !local("0.0.0.0:1"));
        assert!(is_local(&Backend::Unix("/run/app.sock".into()).target().unwrap()));
    }
}
