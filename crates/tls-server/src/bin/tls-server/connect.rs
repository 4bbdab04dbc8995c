//! The command lines by which a person reaches this server, to be pasted as they stand.

use std::env;
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use pki::certificate::Names;
use serde::Serialize;
use store::Location;
use tls_server::config::{Origin, Service, Set};

use crate::identity::{Shown, Source};

/// What the command lines depend on.
#[derive(Debug)]
struct Target<'a> {
    service: &'a Service,
    /// Where the server listens.
    listening: SocketAddr,
    /// The names of its certificate.
    names: &'a Names,
    /// A file by which a client can verify the certificate.
    anchor: Option<&'a Path>,
    /// The store, where a client does not find it by itself.
    store: Option<&'a str>,
    /// Whether the certificate was issued by the store's CA, which `tls-client` believes unasked.
    from_store: bool,
    /// How `tls-client` is run.
    tls_client: &'a str,
}

/// One line for each program that fits the service.
#[derive(Debug, Serialize)]
pub(crate) struct CommandLines {
    pub(crate) tls_client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) curl: Option<String>,
    pub(crate) openssl: String,
}

impl CommandLines {
    /// To a server that was started with these flags.
    pub(crate) fn of(
        service: &Service,
        store: Option<&Set<Location>>,
        listening: &[SocketAddr],
        shown: &Shown,
    ) -> Self {
        let (from_store, location) = match &shown.source {
            Source::Store { location, authority, .. } => (authority.is_some(), Some(location.to_string())),
            Source::Files => (false, None),
        };
        // A client in another terminal finds the store where no flag and no variable was needed here, either.
        let named = store.is_some_and(|store| store.origin != Origin::Default);
        Self::to(&Target {
            service,
            listening: listening.first().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
            names: &shown.leaf.names,
            anchor: shown.anchor.as_deref(),
            store: location.as_deref().filter(|_| named),
            from_store,
            tls_client: &tls_client_command(),
        })
    }

    fn to(target: &Target<'_>) -> Self {
        let host = Host::of(target.listening, target.names);
        Self { tls_client: tls_client(target, &host), curl: curl(target, &host), openssl: openssl(target, &host) }
    }

    /// In the order in which they are shown.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        [Some(self.tls_client.as_str()), self.curl.as_deref(), Some(self.openssl.as_str())].into_iter().flatten()
    }
}

/// What a client connects to, and what it calls it. Each is what the certificate can be verified for.
#[derive(Debug, PartialEq, Eq)]
enum Host {
    /// `localhost`, which every machine resolves to itself.
    Local(u16),
    /// An address that the certificate is for.
    Address(SocketAddr),
    /// A name that may resolve to elsewhere, and the address to connect to all the same.
    Named(String, SocketAddr),
    /// No name at all.
    Unnamed(SocketAddr),
}

impl Host {
    fn of(listening: SocketAddr, names: &Names) -> Self {
        let reachable = match listening.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let at = SocketAddr::new(reachable, listening.port());
        if reachable.is_loopback() && names.dns.iter().any(|name| name.eq_ignore_ascii_case("localhost")) {
            return Self::Local(at.port());
        }
        if names.ip.contains(&reachable) {
            return Self::Address(at);
        }
        match names.dns.first() {
            Some(name) => Self::Named(name.replace('*', "www"), at),
            None => Self::Unnamed(at),
        }
    }

    /// What is connected to.
    fn place(&self) -> String {
        match self {
            Self::Local(port) => format!("localhost:{port}"),
            Self::Address(at) | Self::Named(_, at) | Self::Unnamed(at) => at.to_string(),
        }
    }
}

fn tls_client(target: &Target<'_>, host: &Host) -> String {
    let mut words = vec![target.tls_client.to_owned(), "connect".to_owned(), host.place()];
    if let Host::Named(name, _) = host {
        words.extend(["--server-name".to_owned(), quoted(name)]);
    }
    if let (false, Some(anchor)) = (target.from_store, target.anchor) {
        words.extend(["--ca".to_owned(), quoted(&anchor.to_string_lossy())]);
    }
    if let (true, Some(store)) = (target.from_store, target.store) {
        words.extend(["--store".to_owned(), quoted(store)]);
    }
    words.push("--send 'Hello from client!'".to_owned());
    words.join(" ")
}

/// Nothing for `echo`, whose answer is not HTTP.
fn curl(target: &Target<'_>, host: &Host) -> Option<String> {
    let url = match host {
        Host::Local(_) | Host::Address(_) => format!("https://{}/", host.place()),
        Host::Named(name, at) => format!("https://{}:{}/", quoted(name), at.port()),
        Host::Unnamed(_) => return None,
    };
    if matches!(target.service, Service::Echo | Service::Forward(_)) {
        return None;
    }
    let mut words = vec!["curl".to_owned()];
    if let Some(anchor) = target.anchor {
        words.extend(["--cacert".to_owned(), quoted(&anchor.to_string_lossy())]);
    }
    if let Host::Named(name, at) = host {
        words.extend(["--resolve".to_owned(), quoted(&format!("{name}:{}:{}", at.port(), at.ip()))]);
    }
    words.push(url);
    Some(words.join(" "))
}

/// `-quiet` keeps the connection open until the server has answered, though nothing more is typed.
fn openssl(target: &Target<'_>, host: &Host) -> String {
    let mut words = vec!["openssl s_client -quiet -connect".to_owned(), host.place()];
    match host {
        Host::Local(_) => words.push("-servername localhost -verify_hostname localhost".to_owned()),
        Host::Address(at) => words.push(format!("-verify_ip {}", at.ip())),
        Host::Named(name, _) => {
            let name = quoted(name);
            words.push(format!("-servername {name} -verify_hostname {name}"));
        }
        Host::Unnamed(_) => {}
    }
    words.push("-verify_return_error".to_owned());
    if let Some(anchor) = target.anchor {
        words.extend(["-CAfile".to_owned(), quoted(&anchor.to_string_lossy())]);
    }
    let line = words.join(" ");
    match target.service {
        Service::Hello | Service::Http { .. } => format!("echo 'Hello from client!' | {line}"),
        // What is typed comes back, line by line.
        Service::Echo | Service::Forward(_) => line,
    }
}

/// How `tls-client` is run from here: by its name where that is found, else as this program was.
fn tls_client_command() -> String {
    const NAME: &str = "tls-client";
    let installed = |path: &OsStr| env::split_paths(path).any(|directory| directory.join(NAME).is_file());
    if env::var_os("PATH").is_some_and(|path| installed(&path)) {
        return NAME.to_owned();
    }
    let Ok(this) = env::current_exe() else { return NAME.to_owned() };
    if env::var("CARGO_PKG_NAME").is_ok_and(|running| running == env!("CARGO_PKG_NAME")) {
        let release = this.components().any(|part| part.as_os_str() == "release");
        return format!("cargo run --quiet{} -p {NAME} --", if release { " --release" } else { "" });
    }
    let beside = this.with_file_name(NAME);
    if !beside.is_file() {
        return NAME.to_owned();
    }
    let here = env::current_dir().ok();
    let short = here.and_then(|here| beside.strip_prefix(here).ok().map(Path::to_owned));
    quoted(&short.unwrap_or(beside).to_string_lossy())
}

/// A word that a shell takes as it stands, or the same in quotes.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dns: &[&str], ip: &[&str]) -> Names {
        Names {
            dns: dns.iter().map(|&name| name.to_owned()).collect(),
            ip: ip.iter().map(|ip| ip.parse().unwrap()).collect(),
            ..Names::default()
        }
    }

    fn lines(listening: &str, names: &Names, service: &Service) -> CommandLines {
        CommandLines::to(&Target {
            service,
            listening: listening.parse().unwrap(),
            names,
            anchor: Some(Path::new("/my store/ca.pem")),
            store: None,
            from_store: true,
            tls_client: "tls-client",
        })
    }

    #[test]
    fn a_local_server_is_called_localhost() {
        let lines = lines("127.0.0.1:8443", &names(&["localhost"], &["127.0.0.1"]), &Service::Hello);
        assert_eq!(lines.tls_client, "tls-client connect localhost:8443 --send 'Hello from client!'");
        assert_eq!(lines.curl.unwrap(), "curl --cacert '/my store/ca.pem' https://localhost:8443/");
        assert_eq!(
            lines.openssl,
            "echo 'Hello from client!' | openssl s_client -quiet -connect localhost:8443 -servername localhost \
             -verify_hostname localhost -verify_return_error -CAfile '/my store/ca.pem'"
        );
    }

    #[test]
    fn a_name_that_may_resolve_to_elsewhere_comes_with_the_address() {
        let lines = lines("0.0.0.0:443", &names(&["*.example.com"], &[]), &Service::Hello);
        assert_eq!(
            lines.tls_client,
            "tls-client connect 127.0.0.1:443 --server-name www.example.com --send 'Hello from client!'"
        );
        let curl = lines.curl.unwrap();
        assert!(curl.ends_with("--resolve www.example.com:443:127.0.0.1 https://www.example.com:443/"), "{curl}");
        assert!(lines.openssl.contains("-connect 127.0.0.1:443 -servername www.example.com"), "{}", lines.openssl);
    }

    #[test]
    fn an_address_of_the_certificate_needs_no_name() {
        let lines = lines("[::]:9443", &names(&["example.com"], &["::1"]), &Service::Echo);
        assert_eq!(lines.tls_client, "tls-client connect [::1]:9443 --send 'Hello from client!'");
        assert!(lines.openssl.contains("-verify_ip ::1"), "{}", lines.openssl);
        assert_eq!(lines.curl, None);
    }

    #[test]
    fn a_certificate_from_files_is_named_to_every_client() {
        let names = names(&["localhost"], &[]);
        let lines = CommandLines::to(&Target {
            service: &Service::Hello,
            listening: "127.0.0.1:8888".parse().unwrap(),
            names: &names,
            anchor: Some(Path::new("cert.pem")),
            store: Some("/elsewhere"),
            from_store: false,
            tls_client: "target/debug/tls-client",
        });
        let expected = "target/debug/tls-client connect localhost:8888 --ca cert.pem --send 'Hello from client!'";
        assert_eq!(lines.tls_client, expected);
    }
}
