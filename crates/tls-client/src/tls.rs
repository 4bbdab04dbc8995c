//! A client's TLS connection over a blocking socket: the only place that moves bytes in and out of rustls.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::deadline::{has_passed, read, remaining};
use crate::trace::{End, Tap, Tapped};

/// How many of the peer's first bytes are kept, so that what is not TLS can be named.
const FIRST_BYTES: usize = 1024;

/// Why bytes no longer move.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The deadline passed.
    Deadline,
    /// The peer closed the connection without close_notify (RFC 8446 section 6.1).
    CutOff,
    /// The connection broke.
    Io(io::Error),
    /// rustls gave up: the peer's alert, or what it sent is wrong. Our alert has been sent.
    Tls(rustls::Error),
}

/// What one reading brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Nothing that concerns the application: a ticket, or part of a record.
    Nothing,
    /// Bytes of the application.
    Data,
    /// The peer's close_notify, perhaps after some bytes.
    Closed,
}

/// The connection.
pub(crate) struct Tls {
    rustls: ClientConnection,
    stream: TcpStream,
    /// The peer's first bytes, as they came.
    first: Vec<u8>,
    /// Decrypted and not yet taken.
    plaintext: Vec<u8>,
    /// Whether the peer's close_notify came.
    closed: bool,
    /// Who notes what passes; nobody, mostly.
    tap: Option<Tap>,
}

/// A ClientHello that waits for its connection. Its random numbers and key shares may take longer to make than a
/// handshake to run, and nobody should be kept waiting for them.
pub(crate) struct Hello(ClientConnection);

impl Hello {
    /// # Errors
    /// rustls cannot make a ClientHello of the configuration.
    pub(crate) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, rustls::Error> {
        ClientConnection::new(config, name).map(Self)
    }

    /// The connection that the ClientHello will be sent on.
    pub(crate) fn over(self, stream: TcpStream) -> Tls {
        Tls { rustls: self.0, stream, first: Vec::new(), plaintext: Vec::new(), closed: false, tap: None }
    }
}

impl Tls {
    /// The same, with everything that passes noted.
    pub(crate) fn tapped(self, tap: Option<Tap>) -> Self {
        Self { tap, ..self }
    }

    /// Whether what passes is noted.
    pub(crate) const fn is_tapped(&self) -> bool {
        self.tap.is_some()
    }

    /// What rustls knows of the handshake so far.
    pub(crate) fn state(&self) -> &ClientConnection {
        &self.rustls
    }

    /// The first bytes that the peer sent.
    pub(crate) fn first_bytes(&self) -> &[u8] {
        &self.first
    }

    /// Runs the handshake to its end.
    pub(crate) fn handshake(&mut self, deadline: Instant) -> Result<(), Stop> {
        while self.rustls.is_handshaking() {
            self.flush(deadline)?;
            if self.rustls.is_handshaking() {
                self.fill(deadline)?;
            }
        }
        self.flush(deadline)
    }

    /// Sends all of `data`.
    pub(crate) fn send(&mut self, mut data: &[u8], deadline: Instant) -> Result<(), Stop> {
        while !data.is_empty() {
            let taken = self.rustls.writer().write(data).map_err(Stop::Io)?;
            data = data.get(taken..).unwrap_or_default();
            self.flush(deadline)?;
        }
        Ok(())
    }

    /// Waits for the next bytes of the peer.
    pub(crate) fn hear(&mut self, deadline: Instant) -> Result<Arrived, Stop> {
        if self.closed {
            return Ok(Arrived::Closed);
        }
        let before = self.plaintext.len();
        self.fill(deadline)?;
        self.flush(deadline)?;
        Ok(match (self.closed, self.plaintext.len() > before) {
            (true, _) => Arrived::Closed,
            (false, true) => Arrived::Data,
            (false, false) => Arrived::Nothing,
        })
    }

    /// Takes what was decrypted: after an error, what came before it.
    pub(crate) fn take_plaintext(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.plaintext)
    }

    /// Reads past what rustls refused, without it, until `enough` says so of the peer's first bytes.
    pub(crate) fn overhear(&mut self, deadline: Instant, enough: impl Fn(&[u8]) -> bool) {
        let mut buffer = [0; FIRST_BYTES];
        while self.first.len() < FIRST_BYTES && !enough(&self.first) {
            match self.read(&mut buffer, deadline) {
                Ok(0) | Err(_) => return,
                Ok(count) => self.first.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            }
        }
    }

    /// Sends close_notify and ends our half of the connection.
    pub(crate) fn close(&mut self, deadline: Instant) {
        self.rustls.send_close_notify();
        // The peer may have gone already, and then there is nobody to say good-bye to.
        let _ = self.write(deadline);
        let _ = self.stream.shutdown(Shutdown::Write);
        if let Some(tap) = &self.tap {
            tap.note(End::Client, &[]);
        }
    }

    /// Reads on to the peer's end, for its good-bye.
    pub(crate) fn linger(&mut self, deadline: Instant) {
        let mut buffer = [0; FIRST_BYTES];
        while self.read(&mut buffer, deadline).is_ok_and(|count| count > 0) {}
    }

    /// Takes what the peer sends next through rustls.
    fn fill(&mut self, deadline: Instant) -> Result<(), Stop> {
        let mut buffer = [0; 16 * 1024];
        let count = self.read(&mut buffer, deadline)?;
        if count == 0 {
            return Err(Stop::CutOff);
        }
        let mut bytes = buffer.get(..count).unwrap_or_default();
        let room = FIRST_BYTES.saturating_sub(self.first.len());
        self.first.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        loop {
            let taken = self.rustls.read_tls(&mut bytes).map_err(Stop::Io)?;
            let processed = self.rustls.process_new_packets();
            self.decrypted()?;
            match processed {
                Ok(state) => {
                    self.closed = state.peer_has_closed();
                    // After close_notify rustls takes nothing more.
                    if bytes.is_empty() || taken == 0 {
                        return Ok(());
                    }
                }
                Err(error) => {
                    // The alert that says why is still to be sent; that it cannot be is no second failure.
                    let _ = self.write(deadline);
                    return Err(Stop::Tls(error));
                }
            }
        }
    }

    /// Moves what rustls has decrypted out of it, because it takes no more while it holds some.
    fn decrypted(&mut self) -> Result<(), Stop> {
        match self.rustls.reader().read_to_end(&mut self.plaintext) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(Stop::Io(error)),
            _ => Ok(()),
        }
    }

    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Stop> {
        let count = read(&mut self.stream, buffer, deadline).map_err(stop)?;
        if let Some(tap) = &self.tap {
            tap.note(End::Server, buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }

    /// Sends what rustls has ready. A peer that no longer reads may have said why before it went.
    fn flush(&mut self, deadline: Instant) -> Result<(), Stop> {
        match self.write(deadline) {
            Err(Stop::Io(error)) => match self.fill(deadline) {
                Err(reason @ Stop::Tls(_)) => Err(reason),
                _ => Err(Stop::Io(error)),
            },
            written => written,
        }
    }

    fn write(&mut self, deadline: Instant) -> Result<(), Stop> {
        while self.rustls.wants_write() {
            self.stream.set_write_timeout(Some(remaining(deadline).map_err(stop)?)).map_err(Stop::Io)?;
            match self.rustls.write_tls(&mut Tapped { stream: &mut self.stream, tap: self.tap.as_ref() }) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(stop(error)),
            }
        }
        Ok(())
    }
}

fn stop(error: io::Error) -> Stop {
    if has_passed(&error) { Stop::Deadline } else { Stop::Io(error) }
}
