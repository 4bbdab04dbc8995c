//! Clients that put load on a server: rustls over blocking sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use common::context::{ClientContext, Groups, Provider, Trust};
use common::input::Blob;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, StreamOwned};

const PATIENCE: Duration = Duration::from_secs(30);

/// A client with one configuration, so that its sessions are its own.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
    address: SocketAddr,
    name: String,
}

/// An open connection.
pub(crate) type Connection = StreamOwned<ClientConnection, TcpStream>;

impl Client {
    /// `groups` as `common::context::Groups` reads them; sessions are kept where `resumption`.
    pub(crate) fn new(address: SocketAddr, anchor: &Blob, groups: &str, resumption: bool) -> Result<Self> {
        let mut trust = Trust::new();
        trust.add_file(anchor)?;
        let mut context = ClientContext::webpki(&trust, Provider::AwsLc)?;
        context.policy.groups = Groups::parse(groups, Provider::AwsLc)?;
        context.resumption = resumption;
        Ok(Self::with(address, context.config()?))
    }

    /// A client with this configuration.
    pub(crate) fn with(address: SocketAddr, config: Arc<ClientConfig>) -> Self {
        Self { config, address, name: "localhost".to_owned() }
    }

    /// Asks for another name.
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Where it connects to.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects and finishes the handshake.
    pub(crate) fn connect(&self) -> Result<Connection> {
        let mut socket = TcpStream::connect(self.address).context("connecting")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_nodelay(true)?;
        let mut tls = ClientConnection::new(Arc::clone(&self.config), ServerName::try_from(self.name.clone())?)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).context("the handshake")?;
        }
        Ok(StreamOwned::new(tls, socket))
    }

    /// A whole visit to an echo server that keeps its connections: one byte there and back.
    pub(crate) fn knock(&self) -> Result<Connection> {
        let mut stream = self.connect()?;
        stream.write_all(b"!").context("sending a byte")?;
        let mut answer = [0; 1];
        stream.read_exact(&mut answer).context("reading it back")?;
        Ok(stream)
    }

    /// One byte there and back on an echo server, and which kind of handshake it took.
    pub(crate) fn kind(&self) -> Result<HandshakeKind> {
        self.knock()?.conn.handshake_kind().context("a handshake without a kind")
    }

    /// A ClientHello of its own, as it goes over the wire.
    pub(crate) fn hello(&self) -> Result<Vec<u8>> {
        let mut tls = ClientConnection::new(Arc::clone(&self.config), ServerName::try_from(self.name.clone())?)?;
        let mut hello = Vec::new();
        tls.write_tls(&mut hello)?;
        Ok(hello)
    }

    /// A connection that sends the first bytes of a ClientHello and then nothing.
    pub(crate) fn half_hello(&self) -> Result<TcpStream> {
        let mut socket = TcpStream::connect(self.address).context("connecting")?;
        let hello = self.hello()?;
        socket.write_all(hello.get(..60).context("a ClientHello of less than 60 bytes")?)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }
}

/// Waits until the server has ended a connection, and says whether it did.
pub(crate) fn was_ended(mut socket: TcpStream) -> bool {
    let mut rest = [0; 256];
    loop {
        match socket.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::ConnectionReset,
        }
    }
}
