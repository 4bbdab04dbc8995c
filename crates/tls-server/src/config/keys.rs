//! Every key of the configuration: what it is called, what it takes, and what holds without it.
//!
//! The file, the flags, `config show` and the guide are all held against these tables.

/// A key of the file, and the flag that says the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The name in the file.
    pub name: &'static str,
    /// The flag, with its dashes, or the name of the argument; none where only the file has it.
    pub flag: Option<&'static str>,
    /// What is written there.
    pub kind: Kind,
    /// The value without it, as it would be written; none where there is no value then.
    pub default: Option<&'static str>,
    /// What it does, and what holds where it has no value.
    pub about: &'static str,
}

/// What is written for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// Strings in an array; one may stand alone.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A string with a whole number and a unit.
    Duration,
    /// A whole number, at least 1.
    Count,
    /// `true` or `false`.
    Switch,
}

impl Kind {
    /// Whether a value stands between quotation marks.
    pub const fn is_quoted(self) -> bool {
        !matches!(self, Self::Count | Self::Switch)
    }
}

/// A table of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The name between its brackets; nothing for what stands before every table.
    pub name: &'static str,
    /// Its keys, in the order in which they are shown.
    pub keys: &'static [&'static Key],
}

impl Table {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name).copied()
    }

    /// How the key is called outside of the table: `limits.max_connections`.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// How the table's head is written.
    pub fn head(&self) -> String {
        match self.name {
            "" => "the top of the file".to_owned(),
            name if name == LISTENER.name => format!("[[{name}]]"),
            name => format!("[{name}]"),
        }
    }
}

macro_rules! table {
    ($(#[$doc:meta])* $table:ident $name:literal; $($key:ident $key_name:literal, $flag:expr, $kind:expr, $default:expr, $about:literal;)*) => {
        $(
            #[doc = concat!("`", $key_name, "`: ", $about)]
            pub static $key: Key = Key { name: $key_name, flag: $flag, kind: $kind, default: $default, about: $about };
        )*
        $(#[$doc])*
        pub static $table: Table = Table { name: $name, keys: &[$(&$key),*] };
    };
}

table! {
    /// The process.
    PROCESS "";
    INSTANCE "instance", Some("--instance"), Kind::Text, None,
        "The server's name among those of this machine: `tls-server reload --instance NAME`. Without it, its first address.";
    STORE "store", Some("--store"), Kind::Text, None,
        "The store that identities come from: a directory. Without it, `LATCHKEY_STORE`, else `~/.local/share/latchkey`.";
    WORKERS "workers", Some("--workers"), Kind::Count, None, "Threads that serve. Without it, one for each core.";
}

table! {
    /// What bounds the process.
    LIMITS "limits";
    MAX_CONNECTIONS "max_connections", Some("--max-connections"), Kind::Count, None,
        "Connections at one time. Without it, as many as the system lets the process open.";
    MAX_PER_IP "max_per_ip", Some("--max-per-ip"), Kind::Count, None,
        "Connections at one time from one address. Without it, no bound.";
    MAX_HANDSHAKE_RATE "max_handshake_rate", Some("--max-handshake-rate"), Kind::Count, None,
        "Handshakes in a second. Without it, no bound.";
    HANDSHAKE_TIMEOUT "handshake_timeout", Some("--handshake-timeout"), Kind::Duration, Some("10s"),
        "How long a client may take for its handshake, on each listener that does not say.";
    IDLE_TIMEOUT "idle_timeout", Some("--idle-timeout"), Kind::Duration, Some("5m"),
        "How long a connection may be silent, on each listener that does not say.";
    DRAIN_TIMEOUT "drain_timeout", Some("--drain-timeout"), Kind::Duration, Some("30s"),
        "How long connections may go on after SIGTERM or SIGINT.";
}

table! {
    /// The listener for those who watch the server.
    ADMIN "admin";
    ADMIN_ADDRESS "address", Some("--admin"), Kind::Text, None,
        "Where `/metrics`, `/healthz`, `/readyz` and `/status` are: an address of this machine, or `unix:PATH`. Without it, nowhere.";
    ADMIN_CLIENT_CA "client_ca", Some("--admin-client-ca"), Kind::Text, None,
        "The authorities whose clients may ask. With it the listener speaks TLS, and may be on any address.";
}

table! {
    /// What is written down.
    LOG "log";
    LOG_FORMAT "format", Some("--log-format"), Kind::Word(&["text", "json"]), Some("text"),
        "The form of the log's lines.";
    ACCESS_LOG "access", Some("--access-log"), Kind::Text, None,
        "Where each connection's line goes: a file, or `-` for standard output. Without it, standard error.";
    KEYLOG "keylog", Some("--keylog"), Kind::Text, None,
        "A file that the secrets of every session are appended to (SSLKEYLOGFILE format): who has it can read every connection.";
}

table! {
    /// One listener, of which there may be several.
    LISTENER "listener";
    NAME "name", None, Kind::Text, None,
        "What the listener is called in the log and in metrics. Without it, its service.";
    ADDRESS "address", Some("--listen"), Kind::Texts, Some("127.0.0.1:8443"),
        "Where it listens: a host or an address, and a port (0: any that is free).";
    SERVICE "service", Some("SERVICE"), Kind::Word(&["hello", "echo", "http", "forward"]), Some("hello"),
        "What is served: a greeting, every byte back, a page about the visitor's own connection, or the service at `targets`.";
    ROOT "root", Some("--root"), Kind::Text, None, "`http`: a directory whose files are served.";
    TARGETS "targets", Some("TARGET"), Kind::Texts, None,
        "`forward`: the plain service, `HOST:PORT` or `unix:PATH`; several share the connections.";
    BALANCE "balance", Some("--balance"), Kind::Word(&["round-robin", "least-connections"]), Some("round-robin"),
        "`forward` with several targets: how the next one is chosen.";
    CONNECT_TIMEOUT "connect_timeout", Some("--connect-timeout"), Kind::Duration, Some("5s"),
        "`forward`: within this time a target has to be reached, with several of them all tries together.";
    PROXY_PROTOCOL "proxy_protocol", Some("--proxy-protocol"), Kind::Word(&["v1", "v2"]), None,
        "`forward`: the PROXY header that tells the target who the client is. Without it, none is sent.";
    PLAIN_REMOTE "plain_remote", Some("--plain-remote"), Kind::Switch, Some("false"),
        "`forward`: whether a target may be on another machine, though the way there is not encrypted.";
    ACCEPT_PROXY "accept_proxy", Some("--accept-proxy"), Kind::Texts, None,
        "Networks from which each connection must begin with a PROXY header; from elsewhere none is taken.";
    CERT "cert", Some("--cert"), Kind::Texts, None, "Certificate chains: files in PEM or DER, each with the `key` at its place.";
    KEY "key", Some("--key"), Kind::Texts, None, "The private keys of `cert`, in the same order.";
    PEM "pem", Some("--pem"), Kind::Texts, None, "Files that hold a chain and its key, in any order, or `store:NAME`.";
    CERTS "certs", Some("--certs"), Kind::Texts, None, "Directories of certificates and keys.";
    STORE_NAMES "store_names", Some("--name"), Kind::Texts, None,
        "Identities of the store; `*` is all of them. Without any of `cert`, `pem`, `certs` and `store_names`, the store's `localhost`, made on first use.";
    DEFAULT_NAME "default_name", None, Kind::Text, None,
        "The name whose certificate is shown to a client that asks for none, or for one that is not served. Without it, the first certificate, in the order of the keys above.";
    STRICT_SNI "strict_sni", Some("--strict-sni"), Kind::Switch, Some("false"),
        "Whether a client that asks for a name that is not served is refused.";
    PASSPHRASE_FILE "passphrase_file", Some("--passphrase-file"), Kind::Text, None,
        "The file whose first line is the passphrase of the private keys.";
    PASSPHRASE_ENV "passphrase_env", Some("--passphrase-env"), Kind::Text, None,
        "The environment variable that holds the passphrase of the private keys.";
    CLIENT_AUTH "client_auth", Some("--client-auth"), Kind::Word(&["none", "optional", "required"]), Some("none"),
        "Whether clients are asked for a certificate, and whether one that shows none is let in.";
    CLIENT_CA "client_ca", Some("--client-ca"), Kind::Texts, None, "The authorities that vouch for clients: files of certificates.";
    CRL "crl", Some("--crl"), Kind::Texts, None, "The authorities' lists of revoked certificates: files.";
    ALLOW "allow", Some("--allow"), Kind::Texts, None,
        "Rules of which one must hold for a client to be let in. Without any, all that the authorities vouch for.";
    PROFILE "profile", Some("--profile"), Kind::Word(&["modern", "intermediate"]), None,
        "Mozilla's level of compatibility: `modern` is TLS 1.3 alone. Without it, `intermediate`.";
    MIN_VERSION "min_version", Some("--min-version"), Kind::Word(&["1.2", "1.3"]), None, "The lowest TLS version. Without it, 1.2.";
    MAX_VERSION "max_version", Some("--max-version"), Kind::Word(&["1.2", "1.3"]), None, "The highest TLS version. Without it, 1.3.";
    CIPHERS "ciphers", Some("--ciphers"), Kind::Text, None,
        "Cipher suites in order: names of OpenSSL or IANA, or an OpenSSL cipher string. Without it, all that can be had.";
    GROUPS "groups", Some("--groups"), Kind::Text, None,
        "Key exchange groups in order, such as `X25519MLKEM768:x25519`. Without it, the provider's.";
    ALPN "alpn", Some("--alpn"), Kind::Texts, None, "Application protocols in order, such as `h2`. Without it, none is agreed on.";
    PROVIDER "provider", Some("--provider"), Kind::Word(&["aws-lc", "ring"]), Some("aws-lc"), "Where the cryptography comes from.";
    TICKETS "tickets", Some("--no-tickets"), Kind::Switch, Some("true"), "Whether sessions may be resumed.";
    TICKET_KEYS "ticket_keys", Some("--ticket-keys"), Kind::Text, None,
        "The file of the keys that tickets are sealed with: servers that share it resume each other's sessions. Without it, keys of this process alone.";
    LISTENER_CONNECTIONS "max_connections", None, Kind::Count, None,
        "Connections to this listener at one time. Without it, as many as `limits.max_connections`.";
    LISTENER_HANDSHAKE_TIMEOUT "handshake_timeout", None, Kind::Duration, None,
        "How long a client may take for its handshake. Without it, `limits.handshake_timeout`.";
    LISTENER_IDLE_TIMEOUT "idle_timeout", None, Kind::Duration, None,
        "How long a connection may be silent. Without it, `limits.idle_timeout`.";
}

/// Every table, in the order in which they are shown.
pub static TABLES: [&Table; 5] = [&PROCESS, &LIMITS, &ADMIN, &LOG, &LISTENER];
