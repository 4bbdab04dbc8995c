//! The addresses of a listener, resolved.

use std::net::{SocketAddr, ToSocketAddrs as _};

use common::terminal::{CliError, Exit};

use crate::config::{Listener, Place};

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// It.
    pub address: SocketAddr,
    /// It stands for a host's name together with others, so that one that this machine does not have may be left out.
    pub one_of_several: bool,
}

/// The addresses that a place stands for.
///
/// # Errors
/// The host has none.
pub fn resolve(place: &Place) -> Result<Vec<Address>, CliError> {
    match place {
        Place::Address(address) => Ok(vec![Address { address: *address, one_of_several: false }]),
        Place::Host(host, port) => match (host.as_str(), *port).to_socket_addrs() {
            Ok(found) => {
                let found: Vec<SocketAddr> = found.collect();
                let one_of_several = found.len() > 1;
                Ok(found.into_iter().map(|address| Address { address, one_of_several }).collect())
            }
            Err(error) => Err(CliError::new(
                Exit::Resolution,
                format_args!("listening on {place}: `{host}` has no address: {error}"),
            )
            .advise("check the spelling, or give the address itself")),
        },
    }
}

/// Those of a listener, each once, but for ports of the system's choice. What a name stands for and this machine does
/// not have is left out as long as something is left.
pub(super) fn all(listener: &Listener) -> Result<Vec<Address>, Vec<CliError>> {
    let (mut addresses, mut faults): (Vec<Address>, Vec<CliError>) = (Vec::new(), Vec::new());
    for place in &listener.addresses {
        match resolve(&place.value) {
            Ok(found) => {
                for address in found.into_iter().filter(|address| !address.one_of_several || is_here(address.address)) {
                    let known = addresses.iter().any(|known| known.address == address.address);
                    if !known || address.address.port() == 0 {
                        addresses.push(address);
                    }
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(addresses) } else { Err(faults) }
}

/// Whether this machine has the address; its port does not matter here.
fn is_here(address: SocketAddr) -> bool {
    std::net::UdpSocket::bind(SocketAddr::new(address.ip(), 0)).is_ok()
}
