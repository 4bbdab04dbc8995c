//! The flags of a server. They hold texts: one check reads them and those of a file alike.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use common::input::Reference;
use common::terminal::{PassphraseArgs, PolicyArgs};

use super::ServiceName;

/// Everything that a server is told, as flags or by a file.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct ServeArgs {
    /// What is served
    #[arg(value_enum, value_name = "SERVICE")]
    pub(crate) service: Option<ServiceName>,

    /// Where forward goes: HOST:PORT or unix:PATH; several share the connections
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,

    /// Listen on ADDR, a host or address and a port (0: any that is free); may be repeated [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<String>,

    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) clients: ClientArgs,
    #[command(flatten)]
    pub(crate) forward: ForwardArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) tickets: TicketArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) watching: WatchingArgs,
}

/// The process.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Process")]
pub(crate) struct ProcessArgs {
    /// Take listeners and everything else from FILE (server.toml); beside it only flags of the process are taken
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The server's name among those of this machine [default: its first address]
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// Take over the sockets of the server of that name that is running, which then ends
    #[arg(long)]
    pub(crate) upgrade: bool,
}

/// Which certificates are shown.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Identity (none given: the store's `localhost`, made on first use)")]
pub(crate) struct IdentityArgs {
    /// The certificate chain: PEM or DER, a path or - for standard input; may be repeated, each with its --key
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Vec<String>,
    /// The private key of the chain's first certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<String>,
    /// One file with the chain and the key, in any order, or store:NAME; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) pem: Vec<String>,
    /// Every certificate in DIR; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) certs: Vec<String>,
    /// The identity of that name in the store, or * for all of them; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Refuse a client that asks for a name that no certificate has, instead of showing it the first one
    #[arg(long)]
    pub(crate) strict_sni: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// A client that is asked about, and what it is held against.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainClientArgs {
    /// The client's certificate with its intermediates: a path, - for standard input, or store:NAME
    #[arg(value_name = "CERT")]
    pub(crate) cert: Reference,
    /// Take what clients are held against from FILE (server.toml)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The listener that is meant, where several ask clients for a certificate
    #[arg(long, value_name = "NAME", requires = "config")]
    pub(crate) listener: Option<String>,
    #[command(flatten)]
    pub(crate) clients: ClientArgs,
}

/// Which clients are let in.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Clients")]
pub(crate) struct ClientArgs {
    /// Whether clients are asked for a certificate, and must show one [default: none]
    #[arg(long, value_name = "WHETHER", value_parser = ["none", "optional", "required"])]
    pub(crate) client_auth: Option<String>,
    /// The authorities that vouch for clients; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) client_ca: Vec<String>,
    /// A list of revoked certificates; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<String>,
    /// Let in who this rule holds for, such as 'cn=alice' or 'ou=ops and dns=*.example.com'; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// The same as --allow cn=PATTERN
    #[arg(long, value_name = "PATTERN")]
    pub(crate) allow_cn: Vec<String>,
    /// The same as --allow san=PATTERN: a URI, a mail address, an IP address or a DNS name
    #[arg(long, value_name = "PATTERN")]
    pub(crate) allow_san: Vec<String>,
    /// The same as --allow uri=PATTERN
    #[arg(long, value_name = "PATTERN")]
    pub(crate) allow_uri: Vec<String>,
    /// The same as --allow email=PATTERN
    #[arg(long, value_name = "PATTERN")]
    pub(crate) allow_email: Vec<String>,
    /// The same as --allow ou=PATTERN
    #[arg(long, value_name = "PATTERN")]
    pub(crate) allow_ou: Vec<String>,
    /// The same as --allow pin=PIN
    #[arg(long, value_name = "PIN")]
    pub(crate) allow_pin: Vec<String>,
}

/// What forward has.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Forward")]
pub(crate) struct ForwardArgs {
    /// How the next of several targets is chosen [default: round-robin]
    #[arg(long, value_name = "HOW", value_parser = ["round-robin", "least-connections"])]
    pub(crate) balance: Option<String>,
    /// How long a target may take to accept a connection [default: 5s]
    #[arg(long, value_name = "TIME")]
    pub(crate) connect_timeout: Option<String>,
    /// Tell the target who the client is by a PROXY header
    #[arg(long, value_name = "VERSION", value_parser = ["v1", "v2"])]
    pub(crate) proxy_protocol: Option<String>,
    /// Allow a target on another machine, though the way there is not encrypted
    #[arg(long)]
    pub(crate) plain_remote: bool,
    /// Require a PROXY header of connections from NET, and take none from elsewhere; any service; may be repeated
    #[arg(long, value_name = "NET", value_delimiter = ',')]
    pub(crate) accept_proxy: Vec<String>,
}

/// What http has.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Http")]
pub(crate) struct HttpArgs {
    /// Serve the files in DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<String>,
}

/// Whether sessions are resumed.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Resumption")]
pub(crate) struct TicketArgs {
    /// Seal tickets with the keys in FILE, so that servers that share it resume each other's sessions
    #[arg(long, value_name = "FILE")]
    pub(crate) ticket_keys: Option<String>,
    /// Resume no session
    #[arg(long)]
    pub(crate) no_tickets: bool,
}

/// What bounds the server.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Threads that serve [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<String>,
    /// Connections at one time [default: as many as the system lets this process open]
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<String>,
    /// Connections at one time from one address [default: no bound]
    #[arg(long, value_name = "N")]
    pub(crate) max_per_ip: Option<String>,
    /// Handshakes in a second [default: no bound]
    #[arg(long, value_name = "N")]
    pub(crate) max_handshake_rate: Option<String>,
    /// How long a client may take for its handshake [default: 10s]
    #[arg(long, value_name = "TIME")]
    pub(crate) handshake_timeout: Option<String>,
    /// How long a connection may be silent [default: 5m]
    #[arg(long, value_name = "TIME")]
    pub(crate) idle_timeout: Option<String>,
    /// How long connections may go on after SIGTERM or SIGINT [default: 30s]
    #[arg(long, value_name = "TIME")]
    pub(crate) drain_timeout: Option<String>,
}

/// What is seen of the server.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Watching")]
pub(crate) struct WatchingArgs {
    /// Serve /metrics, /healthz, /readyz and /status at ADDR, an address of this machine or unix:PATH
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin: Option<String>,
    /// Serve them over TLS to the clients that the authorities in FILE vouch for, at any address
    #[arg(long, value_name = "FILE")]
    pub(crate) admin_client_ca: Option<String>,
    /// Write each connection's line to FILE, or - for standard output [default: standard error]
    #[arg(long, value_name = "FILE")]
    pub(crate) access_log: Option<String>,
    /// The form of the log lines [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub(crate) log_format: Option<String>,
    /// Append the secrets of every session to FILE, by which a recording can be read (SSLKEYLOGFILE format)
    #[arg(long, value_name = "FILE")]
    pub(crate) keylog: Option<String>,
}
