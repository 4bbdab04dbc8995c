//! A configuration that can be used: whatever has one of these has asked for nothing that cannot be.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use common::context::{Groups, Policy, Provider, Suites, Versions};
use common::input::Reference;
use common::terminal::logging::LogFormat;
use ipnet::IpNet;
use store::Location;

use super::problem::Problem;
use super::raw::Source;
use super::shown::Shown;
use super::{Place, Set};

/// Everything that a server is told. Two are equal where they ask for the same, wherever it was written.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What it was read from.
    pub source: Source,
    /// The listeners, at least one.
    pub listeners: Vec<Listener>,
    /// The server's name among those of this machine, where one was given.
    pub instance: Option<Set<String>>,
    /// The store, where a listener takes an identity from it.
    pub store: Option<Set<Location>>,
    /// Threads that serve; none: one for each core.
    pub workers: Option<Set<NonZeroUsize>>,
    /// What bounds the process.
    pub limits: Limits,
    /// The listener for those who watch.
    pub admin: Option<Admin>,
    /// What is written down.
    pub log: Log,
    /// What works and is not as it should be.
    pub warnings: Vec<Problem>,
    pub(super) shown: Shown,
}

impl PartialEq for Checked {
    fn eq(&self, other: &Self) -> bool {
        let of = |checked: &Self| {
            let Self { listeners, instance, store, workers, limits, admin, log, .. } = checked.clone();
            (listeners, instance, store, workers, limits, admin, log)
        };
        of(self) == of(other)
    }
}

/// What bounds the process.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Connections at one time; none: as many as the system lets the process open.
    pub max_connections: Option<Set<NonZeroUsize>>,
    /// Connections at one time from one address.
    pub max_per_ip: Option<Set<NonZeroUsize>>,
    /// Handshakes in a second.
    pub max_handshake_rate: Option<Set<NonZeroU32>>,
    /// How long connections may go on after a signal to end.
    pub drain_timeout: Set<Duration>,
}

/// The listener for those who watch the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Admin {
    /// Where it listens.
    pub address: Set<Target>,
    /// The authorities whose clients may ask, over TLS; without, plain HTTP, on an address of this machine.
    pub client_ca: Option<Set<PathBuf>>,
}

/// What is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The form of the lines.
    pub format: Set<LogFormat>,
    /// Where the lines of connections go; none: with the rest of the log, to standard error.
    pub access: Option<Set<AccessLog>>,
    /// Where the secrets of sessions are appended.
    pub keylog: Option<Set<PathBuf>>,
}

/// Where the lines of connections go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLog {
    /// Standard output.
    Stdout,
    /// A file, which is added to.
    File(PathBuf),
}

/// One listener.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    /// What it is called. No two have the same name.
    pub name: Set<String>,
    /// Where it listens, at least one place.
    pub addresses: Vec<Set<Place>>,
    /// What is served.
    pub service: Service,
    /// Which certificates are shown.
    pub identity: Identity,
    /// Who is let in.
    pub clients: Clients,
    /// Versions, suites, groups, protocols, provider.
    pub policy: PolicyChoice,
    /// Connections to this listener at one time; none: as many as the process takes.
    pub max_connections: Option<Set<NonZeroUsize>>,
    /// How long a client may take for its handshake.
    pub handshake_timeout: Set<Duration>,
    /// How long a connection may be silent.
    pub idle_timeout: Set<Duration>,
    /// From where a PROXY header is required; from elsewhere none is taken.
    pub accept_proxy: Vec<Set<IpNet>>,
    /// Whether sessions are resumed.
    pub tickets: Tickets,
}

/// What is served.
#[derive(Debug, Clone, PartialEq)]
pub enum Service {
    /// A greeting.
    Hello,
    /// Every byte back.
    Echo,
    /// The visitor's own connection as a page, and files.
    Http {
        /// The directory of the files.
        root: Option<Set<PathBuf>>,
    },
    /// A plain service elsewhere.
    Forward(Forward),
}

impl Service {
    /// The word for it in the file and on the command line.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Echo => "echo",
            Self::Http { .. } => "http",
            Self::Forward(_) => "forward",
        }
    }
}

/// A plain service elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    /// Where it is, at least one place, none of them twice.
    pub targets: Vec<Set<Target>>,
    /// How the next target is chosen, where there are several.
    pub balance: Balance,
    /// Within this time a target has to be reached, all tries together.
    pub connect_timeout: Set<Duration>,
    /// The PROXY header that a target is sent.
    pub proxy_protocol: Option<Set<ProxyVersion>>,
    /// Whether a target may be on another machine.
    pub plain_remote: Set<bool>,
}

/// A place to connect to or to listen on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A host or an address, and a port.
    Tcp(Place),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Target {
    /// Whether what goes there stays on this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(place) => place.is_local(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(place) => place.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// How the next target is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Balance {
    /// One after the other.
    #[default]
    RoundRobin,
    /// The one with the fewest connections.
    LeastConnections,
}

/// The version of a PROXY header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyVersion {
    /// A line of text.
    V1,
    /// Binary, with what is known of the client's TLS.
    V2,
}

/// Which certificates are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Where they come from, at least one place; the first is shown to who asks for no name.
    pub sources: Vec<IdentitySource>,
    /// The name whose certificate is shown to who asks for none, or for one that is not served.
    pub default_name: Option<Set<String>>,
    /// Whether a client that asks for a name that is not served is refused.
    pub strict_sni: Set<bool>,
    /// Where the passphrase of the private keys is.
    pub passphrase: Option<Passphrase>,
}

/// Where certificates come from.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentitySource {
    /// A chain and its key, each from its own file.
    Pair {
        /// The chain.
        cert: Set<Reference>,
        /// The key.
        key: Set<Reference>,
    },
    /// A file with both.
    Combined(Set<Reference>),
    /// All that are in a directory.
    Directory(Set<PathBuf>),
    /// An identity of the store.
    Stored(Set<String>),
    /// All identities of the store.
    Store,
    /// The store's `localhost`, which is made where it is missing.
    Local,
}

/// Where the passphrase of private keys is.
#[derive(Debug, Clone, PartialEq)]
pub enum Passphrase {
    /// The first line of a file.
    File(Set<PathBuf>),
    /// An environment variable.
    Environment(Set<String>),
}

/// Who is let in.
#[derive(Debug, Clone, PartialEq)]
pub enum Clients {
    /// Everybody: nobody is asked for a certificate.
    Anyone,
    /// Those without a certificate, and those with one that holds.
    Optional(Vouched),
    /// Those with a certificate that holds.
    Required(Vouched),
}

/// What a client's certificate is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Vouched {
    /// Files of the authorities' certificates, at least one.
    pub authorities: Vec<Set<PathBuf>>,
    /// Files of what the authorities have revoked.
    pub crls: Vec<Set<PathBuf>>,
    /// Rules of which one must hold, where there are any. Each is one that [`pki::clients::Rules`] can read.
    pub rules: Vec<Set<String>>,
}

/// Versions, suites, groups, protocols and provider.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyChoice {
    /// Where the cryptography comes from.
    pub provider: Provider,
    /// The range of versions.
    pub versions: Versions,
    /// The cipher suites, in order.
    pub suites: Suites,
    /// The key exchange groups, in order.
    pub groups: Groups,
    /// The application protocols, in order.
    pub alpn: Vec<String>,
}

impl PolicyChoice {
    /// The same as a context takes it.
    pub fn policy(&self) -> Policy {
        Policy {
            provider: self.provider,
            versions: self.versions,
            suites: self.suites.clone(),
            groups: self.groups.clone(),
            alpn: self.alpn.iter().map(|name| name.clone().into_bytes()).collect(),
        }
    }
}

/// Whether sessions are resumed.
#[derive(Debug, Clone, PartialEq)]
pub enum Tickets {
    /// They are not.
    Off,
    /// They are, under keys of this process.
    Own,
    /// They are, under the keys of a file that several servers may share.
    File(Set<PathBuf>),
}
