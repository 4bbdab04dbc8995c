//! What is done with a connection once it is open: the side of the engine that sees plaintext.

use std::net::SocketAddr;

use common::facts::Facts;
use rustls::pki_types::CertificateDer;

/// Makes a service for each connection. Each worker has its own, so that nothing is shared between workers.
pub trait Services {
    /// The service of a connection whose handshake is done.
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service>;
}

impl<F: FnMut(&Opened<'_>) -> Box<dyn Service>> Services for F {
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service> {
        self(opened)
    }
}

/// One connection's service. It is called by the worker that owns the connection, and must not block.
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
    /// The peer's address.
    pub address: SocketAddr,
    /// The address that it reached us on, as it was bound.
    pub listener: SocketAddr,
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct Opened<'a> {
    /// Who it is.
    pub peer: Peer,
    /// What was agreed on.
    pub facts: &'a Facts,
    /// The certificates the peer showed, verified by the configuration's verifier; its own first.
    pub certificates: &'a [CertificateDer<'static>],
}

/// Where a service writes. What is written goes out when the call returns.
#[derive(Debug)]
pub struct Out<'a> {
    plain: &'a mut Vec<u8>,
    closing: &'a mut bool,
}

impl<'a> Out<'a> {
    pub(crate) const fn new(plain: &'a mut Vec<u8>, closing: &'a mut bool) -> Self {
        Self { plain, closing }
    }

    /// Sends `data`. Past high water nothing is read from the peer until it has taken what was sent before, so a
    /// service that answers in proportion to what it receives needs no bound of its own.
    pub fn write(&mut self, data: &[u8]) {
        if !*self.closing {
            self.plain.extend_from_slice(data);
        }
    }

    /// Closes the connection: what was written goes out, then close_notify. Nothing can be written after it.
    pub const fn close(&mut self) {
        *self.closing = true;
    }
}
