//! Ports with nothing behind them.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

/// A port that is taken, so that nobody else gets it, and on which nobody listens, so that it refuses connections.
pub(in crate::e2e) struct ClosedPort {
    socket: Socket,
}

impl ClosedPort {
    pub(in crate::e2e) fn reserve() -> Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).context("opening a socket")?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).context("reserving a port")?;
        Ok(Self { socket })
    }

    /// Its number.
    pub(in crate::e2e) fn number(&self) -> Result<u16> {
        let address = self.socket.local_addr()?.as_socket().context("an IPv4 address has a port")?;
        Ok(address.port())
    }
}

/// A port that nobody has at this moment, for who has to know it before it is taken.
pub(in crate::e2e) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a port")?;
    Ok(listener.local_addr()?.port())
}

/// Whether `address` can be listened on now.
pub(super) fn is_free(address: &str) -> bool {
    TcpListener::bind(address).is_ok()
}
