//! What is in force: everything the workers act by, as one value.

use std::any::Any;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use common::facts::{ClientIdentity, Facts};
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, ServerConfig};
use wire::ClientHello;

use crate::limits::{Bounds, Limits};
use crate::reply::Wake;
use crate::service::Services;

/// Makes one for each worker, on the worker's own thread; the argument is the worker's number.
pub type PerWorker<T> = Arc<dyn Fn(usize) -> Box<T> + Send + Sync>;

/// What else there is to know of a failure, for whoever writes the log, who knows its type.
pub type Detail = Arc<dyn Any + Send + Sync>;

/// Chooses the configuration of a connection by its ClientHello, and decides who is let in.
pub trait Configs: Send + Sync {
    /// The configuration for this client. Without a `hello` (it could not be read) the default one, by which rustls
    /// answers with the alert that fits.
    ///
    /// Must not block. What has to be fetched first is fetched elsewhere: with [`Choice::Later`] the session waits
    /// under its deadline until the [`Wake`] that `wake` makes is used, and then asks again.
    fn choose(&self, hello: Option<&ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice;

    /// A handshake is done: who the client is, for services and the log.
    ///
    /// It is asked after full and resumed handshakes alike. A resumption has called no verifier, so this is where the
    /// dates of a restored chain are looked at.
    ///
    /// # Errors
    /// The client is not let in after all. The connection is closed, without an alert that says why: rustls sends
    /// none after a handshake.
    fn admit(
        &self,
        facts: &Facts,
        certificates: &[CertificateDer<'static>],
    ) -> Result<Option<Arc<ClientIdentity>>, Detail> {
        let _ = (facts, certificates);
        Ok(None)
    }

    /// rustls returned `error` on this thread just now: what else is known of it.
    fn detail(&self, error: &rustls::Error) -> Option<Detail> {
        let _ = error;
        None
    }
}

/// What [`Configs::choose`] answers.
pub enum Choice {
    /// This one.
    Config(Arc<ServerConfig>),
    /// It is not there yet; the [`Wake`] will tell.
    Later,
    /// There is none for this client, which is sent this alert.
    Refuse(AlertDescription),
}

/// One configuration for every client.
impl Configs for Arc<ServerConfig> {
    fn choose(&self, _hello: Option<&ClientHello<'_>>, _wake: &dyn Fn() -> Wake) -> Choice {
        Choice::Config(Self::clone(self))
    }
}

/// From whom a PROXY header is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// From nobody: the first byte is TLS.
    #[default]
    Off,
    /// It is required from these, and others are refused: a header that anybody may send proves nothing.
    From(Arc<[IpNet]>),
}

impl ProxyHeader {
    /// Whether a connection from `address` begins with a header. An IPv4 address that was mapped into IPv6 is an
    /// IPv4 address.
    pub fn is_required_from(&self, address: IpAddr) -> bool {
        match self {
            Self::Off => false,
            Self::From(networks) => networks.iter().any(|network| network.contains(&address.to_canonical())),
        }
    }
}

/// One address that is listened on, and what is done with who comes.
#[derive(Clone)]
pub struct Listener {
    /// What people call it. Several may have the same name: one listener on several addresses.
    pub name: Arc<str>,
    /// Where. Port 0 takes a free one.
    pub address: SocketAddr,
    /// How a configuration is chosen.
    pub configs: Arc<dyn Configs>,
    /// What is done with open connections.
    pub services: PerWorker<dyn Services>,
    /// Bounds of each connection and of all of this listener.
    pub limits: Limits,
    /// From whom a PROXY header is taken.
    pub proxy: ProxyHeader,
    /// Whether [`Facts::ja4`] is wanted.
    pub fingerprint: bool,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("name", &self.name).field("address", &self.address).finish_non_exhaustive()
    }
}

/// Everything that can be changed while the server runs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is listened on.
    pub listeners: Vec<Listener>,
    /// Bounds of the server as a whole.
    pub bounds: Bounds,
}
