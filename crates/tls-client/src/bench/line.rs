//! One connection of a load: a socket that does not block, and rustls's unbuffered client, with buffers that are lent.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use mio::net::TcpStream;
use pki::explain::{self, Circumstances};
use rustls::ClientConfig;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};

/// The most that one read takes.
const READ: usize = 256 * 1024;
/// Room that a record needs beside its content, rounded up.
const RECORD_OVERHEAD: usize = 64;

/// Why a connection is over that should not be.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    Tls(rustls::Error),
    /// The server ended it, in whatever way, before it was due.
    Ended,
    Deadline,
    /// An answer that is none.
    Answer(String),
}

/// A connection.
pub(super) struct Line {
    pub(super) socket: TcpStream,
    tls: UnbufferedClientConnection,
    /// Part of a record.
    kept: Vec<u8>,
    outgoing: Vec<u8>,
    sent: usize,
    readable: bool,
    writable: bool,
    /// The end of the server's stream is behind what can be read now.
    ending: bool,
    /// The server's close_notify has come.
    pub(super) closed: bool,
    /// The end of its stream has.
    pub(super) ended: bool,
    pub(super) began: Instant,
}

/// What is lent to a line for one call: room to read, and the bytes that it decrypted.
pub(super) struct Lent {
    buffer: Vec<u8>,
}

impl Lent {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; READ + 32 * 1024] }
    }
}

impl Line {
    pub(super) fn dial(
        address: SocketAddr,
        name: &ServerName<'static>,
        config: &Arc<ClientConfig>,
    ) -> Result<Self, Fault> {
        let began = Instant::now();
        let socket = TcpStream::connect(address).map_err(Fault::Io)?;
        socket.set_nodelay(true).map_err(Fault::Io)?;
        let tls = UnbufferedClientConnection::new(Arc::clone(config), name.clone()).map_err(Fault::Tls)?;
        Ok(Self {
            socket,
            tls,
            kept: Vec::new(),
            outgoing: Vec::new(),
            sent: 0,
            readable: false,
            writable: false,
            ending: false,
            closed: false,
            ended: false,
            began,
        })
    }

    pub(super) fn state(&self) -> &UnbufferedClientConnection {
        &self.tls
    }

    pub(super) fn is_open(&self) -> bool {
        !self.tls.is_handshaking()
    }

    /// Notes what the poll says.
    pub(super) fn event(&mut self, event: &mio::event::Event) {
        self.ending |= event.is_read_closed() || event.is_error();
        self.readable |= event.is_readable() || self.ending;
        self.writable |= event.is_writable() || event.is_error();
    }

    /// Whether the connection stands.
    pub(super) const fn is_connected(&self) -> bool {
        self.writable
    }

    /// Whether everything that was said is with the system.
    pub(super) const fn has_said_all(&self) -> bool {
        self.sent == self.outgoing.len()
    }

    /// Reads once, if there may be something, and gives what it brings to `on_data`. Whether there may be more.
    pub(super) fn hear(&mut self, lent: &mut Lent, mut on_data: impl FnMut(&[u8])) -> Result<bool, Fault> {
        if !self.readable {
            return Ok(false);
        }
        let kept = self.kept.len();
        lent.buffer[..kept].copy_from_slice(&self.kept);
        let space = &mut lent.buffer[kept..kept + READ];
        let count = match self.socket.read(space) {
            Ok(0) => {
                (self.ended, self.readable) = (true, false);
                return Ok(false);
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                return Ok(false);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(Fault::Io(error)),
        };
        self.readable = count == space.len() || self.ending;
        let used = self.process(&mut lent.buffer[..kept + count], None, &mut on_data)?;
        self.kept.clear();
        self.kept.extend_from_slice(&lent.buffer[used..kept + count]);
        self.flush()?;
        Ok(true)
    }

    /// Begins the handshake, once connected.
    pub(super) fn greet(&mut self) -> Result<(), Fault> {
        self.process(&mut [], None, &mut |_| {})?;
        self.flush()
    }

    /// Sends `data`, or as much as there is room for; the rest waits.
    pub(super) fn say(&mut self, data: &[u8]) -> Result<(), Fault> {
        let mut kept = std::mem::take(&mut self.kept);
        let used = self.process(&mut kept, Some(data), &mut |_| {})?;
        kept.drain(..used);
        self.kept = kept;
        self.flush()
    }

    /// Says good-bye. Whoever has gone already need not hear it.
    pub(super) fn close(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        let UnbufferedStatus { state, .. } = self.tls.process_tls_records(&mut kept);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state {
            let mut alert = [0; RECORD_OVERHEAD];
            if let Ok(length) = traffic.queue_close_notify(&mut alert) {
                self.outgoing.extend_from_slice(&alert[..length]);
            }
        }
        let _ = self.flush();
    }

    /// Writes what waits, as far as there is room.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        while self.writable && self.sent < self.outgoing.len() {
            match self.socket.write(&self.outgoing[self.sent..]) {
                Ok(count) => {
                    self.writable = self.sent + count == self.outgoing.len();
                    self.sent += count;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        if self.has_said_all() {
            self.outgoing.clear();
            self.sent = 0;
        }
        Ok(())
    }

    /// Moves rustls on. How many of the bytes are used up.
    fn process(
        &mut self,
        bytes: &mut [u8],
        mut say: Option<&[u8]>,
        on_data: &mut impl FnMut(&[u8]),
    ) -> Result<usize, Fault> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(&mut bytes[used..]);
            used += discard;
            match state {
                Err(error) => return Err(Fault::Tls(error)),
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        used += record.discard;
                        on_data(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    fill(&mut self.outgoing, 1024, |space| {
                        message.encode(space).map_err(|error| match error {
                            EncodeError::InsufficientSize(size) => Some(size.required_size),
                            EncodeError::AlreadyEncoded => None,
                        })
                    })?;
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
                Ok(ConnectionState::PeerClosed) => self.closed = true,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    let Some(data) = say.take() else { return Ok(used) };
                    let guess = data.len() + data.len().div_ceil(1 << 14) * RECORD_OVERHEAD;
                    fill(&mut self.outgoing, guess, |space| {
                        traffic.encrypt(data, space).map_err(|error| match error {
                            EncryptError::InsufficientSize(size) => Some(size.required_size),
                            EncryptError::EncryptExhausted => None,
                        })
                    })?;
                    return Ok(used);
                }
                Ok(_) => return Ok(used),
            }
        }
    }
}

/// Lets `write` append to `outgoing`, with another try where it says how much room it needs.
fn fill(
    outgoing: &mut Vec<u8>,
    guess: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> Result<(), Fault> {
    let start = outgoing.len();
    let mut room = guess;
    loop {
        outgoing.resize(start + room, 0);
        match write(&mut outgoing[start..]) {
            Ok(written) => {
                outgoing.truncate(start + written);
                return Ok(());
            }
            Err(Some(required)) if required > room => room = required,
            Err(_) => return Err(Fault::Tls(rustls::Error::EncryptError)),
        }
    }
}

impl Fault {
    /// A sentence to count it by: the same for the same kind.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Io(error) => format!("the connection failed: {}", common::input::fsio::plain(error)),
            Self::Tls(error) => format!("TLS failed: {error}"),
            Self::Ended => "the server ended the connection before it was due".to_owned(),
            Self::Deadline => "nothing came in time".to_owned(),
            Self::Answer(why) => format!("the answer is no HTTP response: {why}"),
        }
    }

    /// The code of a run in which everything failed.
    pub(super) fn exit(&self) -> common::terminal::Exit {
        use common::terminal::Exit;
        match self {
            Self::Io(_) => Exit::Connect,
            Self::Tls(error) => explain::handshake(error, &Circumstances::client("it")).exit,
            Self::Answer(_) => Exit::No,
            Self::Ended => Exit::Truncated,
            Self::Deadline => Exit::Deadline,
        }
    }
}
