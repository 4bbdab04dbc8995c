//! What is done with a connection once it is open: the side of the engine that sees plaintext.

use std::any::Any;
use std::net::SocketAddr;

use common::facts::Facts;
use rustls::pki_types::CertificateDer;

use crate::backend::BackendEvent;
use crate::out::Out;

/// Makes a service for each connection. Each worker has its own for each listener, so that nothing is shared between
/// workers.
pub trait Services {
    /// The service of a connection whose handshake is done.
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service>;
}

impl<F: FnMut(&Opened<'_>) -> Box<dyn Service>> Services for F {
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service> {
        self(opened)
    }
}

/// One connection's service. It is called by the worker that owns the connection, and must not block: what takes
/// time is done on another thread, which answers through a [`Reply`](crate::Reply).
///
/// A connection that fails, times out or is stopped ends without [`on_end`](Service::on_end): its service is dropped.
pub trait Service {
    /// The connection is open; called once, before anything else.
    fn on_open(&mut self, out: &mut Out<'_>) {
        let _ = out;
    }

    /// The peer sent `data`: one record's worth, never empty. Not called again after [`Out::close`].
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>);

    /// The peer sends no more. By default that closes the connection once everything written has gone out.
    ///
    /// After [`End::Closed`] a service may go on writing, and then has to close; after [`End::CutOff`] the
    /// connection is closed whatever the service does.
    fn on_end(&mut self, end: End, out: &mut Out<'_>) {
        let _ = end;
        out.close();
    }

    /// The peer has taken so much that 16 KiB or less wait for it: the moment to write more. Called after a call that
    /// left more than that waiting, and after [`Out::want_room`].
    fn on_room(&mut self, out: &mut Out<'_>) {
        let _ = out;
    }

    /// Another thread sent this through [`Reply::tell`](crate::Reply::tell).
    fn on_message(&mut self, message: Box<dyn Any + Send>, out: &mut Out<'_>) {
        let _ = (message, out);
    }

    /// Something happened on the plain side that [`Out::dial`] opened.
    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        let _ = (event, out);
    }
}

/// How the peer's direction of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With close_notify: what was received is all that was sent (RFC 8446 section 6.1).
    Closed,
    /// With the end of the TCP stream alone, as many programs do it; something may be missing.
    CutOff,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The connection's number, never used twice in a process.
    pub id: u64,
    /// The client's address: as a PROXY header gave it, where one was taken.
    pub address: SocketAddr,
    /// The address of the proxy that the connection came through, where a PROXY header spoke for the client.
    pub via: Option<SocketAddr>,
    /// The address that it reached us on, as it was bound.
    pub listener: SocketAddr,
    /// The address that it reached us on, as the client knows it: never unspecified, and as the PROXY header gave it.
    pub local: SocketAddr,
}

impl Peer {
    /// A client that connected directly to `listener`.
    pub const fn direct(id: u64, address: SocketAddr, listener: SocketAddr) -> Self {
        Self { id, address, via: None, listener, local: listener }
    }
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct Opened<'a> {
    /// Who it is.
    pub peer: Peer,
    /// What was agreed on, and who the client is by its certificate.
    pub facts: &'a Facts,
    /// The certificates the peer showed, verified by the configuration's verifier; its own first.
    pub certificates: &'a [CertificateDer<'static>],
}
