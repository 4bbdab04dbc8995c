//! The addresses to listen on: read, resolved, and tried before anything is made for them.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs as _};

use common::terminal::{CliError, Exit, Ui};
use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};
use tls_server::config::{Place, Set};

use crate::error;

/// Finds out whether every address of `given` can be listened on.
pub(crate) fn try_out(given: &[Set<Place>], ui: &mut Ui) -> Result<(), CliError> {
    addresses(given, ui).map(|_| ())
}

/// The first address that a place stands for.
pub(crate) fn first(place: &Place) -> Result<SocketAddr, CliError> {
    let resolved = resolve(place)?.into_iter().next();
    resolved.ok_or_else(|| CliError::new(Exit::Resolution, format_args!("{place} stands for no address")))
}

/// The addresses that `given` name, each once.
fn addresses(given: &[Set<Place>], ui: &mut Ui) -> Result<Vec<SocketAddr>, CliError> {
    let mut addresses = Vec::new();
    for place in given {
        for address in usable(place, resolve(place)?, ui)? {
            if address.port() == 0 || !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    Ok(addresses)
}

fn resolve(place: &Place) -> Result<Vec<SocketAddr>, CliError> {
    let (host, port) = match place {
        Place::Address(address) => return Ok(vec![*address]),
        Place::Host(host, port) => (host.as_str(), *port),
    };
    match (host, port).to_socket_addrs() {
        Ok(found) => Ok(found.collect()),
        Err(error) => {
            Err(CliError::new(Exit::Resolution, format_args!("listening on {place}: `{host}` has no address: {error}"))
                .advise("check the spelling, or give the address itself"))
        }
    }
}

/// Those that can be listened on. A host's name may stand for an address of a family that this machine does not
/// have; what was given as an address must do.
fn usable(place: &Place, resolved: Vec<SocketAddr>, ui: &mut Ui) -> Result<Vec<SocketAddr>, CliError> {
    let several = resolved.len() > 1;
    let mut usable = Vec::new();
    let mut refused = None;
    for address in resolved {
        match attempt(address) {
            Ok(()) => usable.push(address),
            Err(error) if several && is_absent(&error) => refused = Some((address, error)),
            Err(error) => return Err(error::listen(address, &error)),
        }
    }
    match refused {
        Some((address, error)) if usable.is_empty() => Err(error::listen(address, &error)),
        Some((address, _)) => {
            ui.warn(format_args!(
                "listening on {place}: this machine has no address {}, which is left out",
                address.ip()
            ));
            Ok(usable)
        }
        None => Ok(usable),
    }
}

fn is_absent(error: &io::Error) -> bool {
    let unknown_family = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(unknown_family)
}

/// Binds and lets go again, so that an address in use is found before a store or a certificate is made.
fn attempt(address: SocketAddr) -> io::Result<()> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket(family, SocketType::STREAM, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    Ok(bind(&socket, &address)?)
}

#[cfg(test)]
mod tests {
    use std::io::sink;
    use std::net::TcpListener;

    use tls_server::config::Origin;

    use super::*;

    fn listed(given: &[&str]) -> Result<Vec<SocketAddr>, CliError> {
        let place = |text: &str| match (text.parse(), text.split_once(':')) {
            (Ok(address), _) => Place::Address(address),
            (_, Some((host, port))) => Place::Host(host.to_owned(), port.parse().unwrap()),
            _ => panic!("{text}"),
        };
        let given: Vec<Set<Place>> = given.iter().map(|text| Set::new(place(text), Origin::Default)).collect();
        addresses(&given, &mut Ui::to_writers("tls-server", Box::new(sink()), Box::new(sink())))
    }

    #[test]
    fn a_port_of_zero_may_be_asked_for_twice() {
        assert_eq!(listed(&["127.0.0.1:0", "127.0.0.1:0"]).unwrap().len(), 2);
    }

    #[test]
    fn a_name_stands_for_its_addresses() {
        let found = listed(&["localhost:0"]).unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }

    #[test]
    fn a_port_in_use_is_named_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = listed(&[&address.to_string()]).unwrap_err();
        assert_eq!(error.exit, Exit::Environment);
        assert!(error.fact.contains(&address.to_string()), "{}", error.fact);
        assert!(error.advice.unwrap().contains("--listen 127.0.0.1:0"));
    }
}
