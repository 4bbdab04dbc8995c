//! What can go wrong at the start, and what to do about it.

use std::io::ErrorKind;
use std::net::SocketAddr;

use common::context::IdentityError;
use common::terminal::{CliError, Exit, ui};
use engine::BindError;
use pki::bundle;
use pki::stored::StoredError;
use tls_server::assemble::Faults;
use tls_server::control::socket::SocketError;

/// A chain and a key that are no identity.
pub(crate) fn identity(error: IdentityError) -> CliError {
    if let IdentityError::Input(error) = error {
        return error.into();
    }
    advised(CliError::usage(ui::chain(&error)), bundle::mend(&error))
}

/// The store.
pub(crate) fn store(error: store::Error) -> CliError {
    StoredError::from(error).into()
}

/// A configuration that cannot be put together: every reason, and what mends the first. The lowest layer that failed
/// gives the exit code.
pub(crate) fn faults(faults: Faults) -> CliError {
    let exit = faults.faults.iter().map(|fault| fault.exit).min().unwrap_or(Exit::Usage);
    let facts: Vec<&str> = faults.faults.iter().map(|fault| fault.fact.as_str()).collect();
    let advice = faults.faults.iter().find_map(|fault| fault.advice.clone());
    advised(CliError::new(exit, facts.join("; ")), advice)
}

/// A control socket that cannot be had.
pub(crate) fn socket(error: &SocketError) -> CliError {
    match error {
        SocketError::Name { .. } => CliError::usage(ui::chain(error)),
        SocketError::Live { .. } => CliError::environment(ui::chain(error))
            .advise("start it with --upgrade to take over from that one, or give it another --instance"),
        _ => CliError::environment(ui::chain(error)),
    }
}

/// A server that cannot be set up.
pub(crate) fn bind(error: &BindError) -> CliError {
    match error {
        BindError::Listen { address, source } => listen(*address, source),
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
