//! What stands beside the servers in processes of its own: a plain service behind them, and a plain forwarder as the
//! limit of what forwarding can cost. Both are xtask itself under hidden names.

pub(crate) mod backend;
pub(crate) mod plain;

use std::io::{ErrorKind, Read as _};

use anyhow::{Context as _, Result};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

/// What is read at once: as much as the servers that are measured take at their best.
const SCRATCH: usize = 256 * 1024;
/// As long as Linux lets it be unless told.
const BACKLOG: i32 = 4096;
const EVENTS: usize = 1024;

/// A listener on a port of its own of 127.0.0.1.
fn listener(poll: &Poll, token: Token) -> Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).context("opening a socket")?;
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).context("taking a port")?;
    socket.listen(BACKLOG).context("listening")?;
    socket.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(socket.into());
    poll.registry().register(&mut listener, token, Interest::READABLE)?;
    Ok(listener)
}

/// Ends this process when whoever started it has gone, which closes our standard input.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while std::io::stdin().read(&mut rest).is_ok_and(|count| count > 0) {}
        std::process::exit(0);
    });
}

/// Waits for the next events; a signal is no reason to end.
fn wait(poll: &mut Poll, events: &mut Events) -> Result<()> {
    loop {
        match poll.poll(events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome.context("waiting for events"),
        }
    }
}
