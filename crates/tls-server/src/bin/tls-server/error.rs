//! What can go wrong at the start, and what to do about it.

use std::io::ErrorKind;
use std::net::SocketAddr;

use common::context::{ContextError, IdentityError};
use common::terminal::{CliError, Exit, ui};
use engine::BindError;
use pki::bundle::{self, Finding, Severity};
use pki::stored::StoredError;
use tls_server::StartError;

/// A chain and a key that are no identity.
pub(crate) fn identity(error: IdentityError) -> CliError {
    if let IdentityError::Input(error) = error {
        return error.into();
    }
    advised(CliError::usage(ui::chain(&error)), bundle::mend(&error))
}

/// A chain that no client would take: every reason, and what mends the first.
pub(crate) fn bundle(findings: &[Finding]) -> CliError {
    let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let facts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mend = errors.first().and_then(|finding| finding.mend.clone());
    advised(CliError::usage(facts.join("; ")), mend)
}

/// The store.
pub(crate) fn store(error: store::Error) -> CliError {
    StoredError::from(error).into()
}

/// A server that cannot be set up.
pub(crate) fn start(error: &StartError) -> CliError {
    match error {
        StartError::Context(error @ ContextError::KeyLog { .. }) => CliError::environment(ui::chain(error)),
        StartError::Context(error @ ContextError::Tickets(_)) => CliError::environment(ui::chain(error)),
        StartError::Bind(BindError::Listen { address, source }) => listen(*address, source),
        StartError::Context(error) => CliError::usage(ui::chain(error)),
        other => CliError::environment(ui::chain(other)),
    }
}

/// An address that cannot be listened on.
pub(crate) fn listen(address: SocketAddr, error: &std::io::Error) -> CliError {
    let port = address.port();
    let (why, advice) = match error.kind() {
        ErrorKind::AddrInUse => (
            "another program listens there".to_owned(),
            format!(
                "stop it (`ss -ltnp sport = :{port}` shows it), or take another port: --listen {}:0",
                host(address)
            ),
        ),
        ErrorKind::PermissionDenied => (
            "ports below 1024 need a right that this process lacks".to_owned(),
            format!(
                "take a port above: --listen {}:8443; or give the right: `setcap cap_net_bind_service=+ep`",
                host(address)
            ),
        ),
        ErrorKind::AddrNotAvailable => (
            "it is no address of this machine".to_owned(),
            "listen on one that it has (`ip address` shows them), or on all: --listen 0.0.0.0:8443".to_owned(),
        ),
        _ => (error.to_string(), "choose another address with --listen".to_owned()),
    };
    CliError::environment(format_args!("cannot listen on {address}: {why}")).advise(advice)
}

/// As an address with a port has it: an IPv6 address in brackets.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("'[{}]'", address.ip()),
    }
}

/// The system refused something that is no file and no address.
pub(crate) fn system(what: &str, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Environment, format_args!("{what}: {error}"))
}

fn advised(error: CliError, advice: Option<String>) -> CliError {
    match advice {
        Some(advice) => error.advise(advice),
        None => error,
    }
}
