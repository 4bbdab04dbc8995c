//! Listening sockets: how they are made, and when they are read.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::{TcpListener, TcpStream};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::limits::{ACCEPT_PAUSE, BACKLOG};

/// One address, bound once for each worker.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Vec<std::net::TcpListener>,
}

/// Binds `address` `count` times, so that the kernel spreads connections over the workers.
///
/// The first socket listens alone and is told to share its port afterwards. Otherwise a second server, which asks to
/// share as well, would be given the port and half of the connections without a word.
pub(crate) fn listen(address: SocketAddr, count: usize) -> io::Result<Bound> {
    let first = socket(address)?;
    first.bind(&address.into())?;
    first.listen(BACKLOG)?;
    first.set_reuse_port(true)?;
    let address = first.local_addr()?.as_socket().unwrap_or(address);
    let mut sockets = vec![first];
    while sockets.len() < count {
        let socket = sharing(address)?;
        socket.listen(BACKLOG)?;
        sockets.push(socket);
    }
    Ok(Bound { address, sockets: sockets.into_iter().map(Into::into).collect() })
}

/// One more socket for an address that is listened on by sockets which share it.
pub(super) fn listen_too(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = sharing(address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn sharing(address: SocketAddr) -> io::Result<Socket> {
    let socket = socket(address)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // What is written is what is listened on, whatever the system's default; both families may be given.
        socket.set_only_v6(true)?;
    }
    socket.set_tcp_nodelay(true)?; // handed down to what is accepted
    Ok(socket)
}

/// A listening socket of a worker.
pub(super) struct Acceptor {
    listener: TcpListener,
    address: SocketAddr,
    /// Connections may be waiting. As the poll tells of changes only, this is remembered until it is known to be over.
    ready: bool,
    paused: Option<Instant>,
}

/// What an acceptor found.
pub(super) enum Accepted {
    Connection(TcpStream, SocketAddr),
    /// Nobody is waiting.
    Nobody,
    /// A connection was lost before it was accepted.
    Lost,
    /// The system has run out of something; the acceptor rests.
    Short(io::Error),
}

impl Acceptor {
    pub(super) const fn new(listener: TcpListener, address: SocketAddr) -> Self {
        Self { listener, address, ready: true, paused: None }
    }

    pub(super) const fn listener(&mut self) -> &mut TcpListener {
        &mut self.listener
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) const fn set_ready(&mut self) {
        self.ready = true;
    }

    /// Whether connections may be waiting.
    pub(super) const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether it is to be asked now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.ready && self.paused.is_none_or(|until| until <= now)
    }

    /// When it is to be asked again, if it rests.
    pub(super) fn paused(&self) -> Option<Instant> {
        self.paused.filter(|_| self.ready)
    }

    pub(super) fn accept(&mut self, now: Instant) -> Accepted {
        self.paused = None;
        match self.listener.accept() {
            Ok((stream, peer)) => Accepted::Connection(stream, peer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.ready = false;
                Accepted::Nobody
            }
            Err(error) if is_short(&error) => {
                self.paused = Some(now + ACCEPT_PAUSE);
                Accepted::Short(error)
            }
            // accept(2): errors of the network that belong to the new connection are reported here.
            Err(_) => Accepted::Lost,
        }
    }
}

/// Whether the system has run out of descriptors or memory.
fn is_short(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_one_family_leaves_the_other_alone() {
        let Ok(socket) = socket("[::]:0".parse().unwrap()) else { return }; // a machine without IPv6
        assert!(socket.only_v6().unwrap());
    }

    #[test]
    fn a_port_is_shared_by_the_workers_of_one_server_only() {
        let first = listen("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        assert_eq!(first.sockets.len(), 3);
        assert_ne!(first.address.port(), 0);
        let second = listen(first.address, 3).err().unwrap();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
    }
}
