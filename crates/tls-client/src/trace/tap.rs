//! Notes what passes between us and the socket: both directions byte for byte, with the time of each piece.

use std::io::{self, IoSlice, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// No more of a direction is kept than this; a handshake has a few thousand bytes.
const MOST: usize = 8 << 20;

/// Who sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// We did.
    Client,
    /// The peer did.
    Server,
}

/// What one call of the system wrote or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Who sent it.
    pub from: End,
    /// When, counted from the beginning of the recording.
    pub at: Duration,
    /// What; empty where it is the end of the direction.
    pub bytes: Vec<u8>,
}

/// A connection as it went over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Our address.
    pub client: SocketAddr,
    /// The peer's.
    pub server: SocketAddr,
    /// When it began.
    pub began: Timestamp,
    /// How long it took to connect before that.
    pub connected_in: Duration,
    /// What passed, in order.
    pub chunks: Vec<Chunk>,
    /// Bytes that passed and were too many to be kept.
    pub dropped: usize,
}

impl Recording {
    /// All that one end sent.
    pub fn bytes(&self, from: End) -> Vec<u8> {
        let chunks = self.chunks.iter().filter(|chunk| chunk.from == from);
        chunks.flat_map(|chunk| chunk.bytes.iter().copied()).collect()
    }
}

/// A recording that goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Option<Running>>>);

#[derive(Debug)]
struct Running {
    recording: Recording,
    began: Instant,
    kept: [usize; 2],
}

impl Tap {
    /// The connection is there. A socket without addresses is a broken one, and there will be nothing to note.
    pub(crate) fn begin(&self, stream: &TcpStream, began: Timestamp, connected_in: Duration) {
        let (Ok(client), Ok(server)) = (stream.local_addr(), stream.peer_addr()) else { return };
        let recording = Recording { client, server, began, connected_in, chunks: Vec::new(), dropped: 0 };
        *self.lock() = Some(Running { recording, began: Instant::now(), kept: [0; 2] });
    }

    /// These bytes have passed; none says that the direction has ended.
    pub(crate) fn note(&self, from: End, bytes: &[u8]) {
        let mut running = self.lock();
        let Some(Running { recording, began, kept }) = running.as_mut() else { return };
        let at = began.elapsed();
        let kept = &mut kept[usize::from(from == End::Server)];
        let room = MOST.saturating_sub(*kept).min(bytes.len());
        // Once something is left out, what follows would be taken for what it is not.
        if recording.dropped > 0 || room < bytes.len() {
            recording.dropped += bytes.len();
            return;
        }
        *kept += bytes.len();
        recording.chunks.push(Chunk { from, at, bytes: bytes.to_vec() });
    }

    /// What was recorded; none where there was no connection.
    pub(crate) fn take(&self) -> Option<Recording> {
        self.lock().take().map(|running| running.recording)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        // Each note is whole, so a poisoned lock still holds good ones.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket whose writing is noted.
pub(crate) struct Tapped<'a> {
    pub(crate) stream: &'a mut TcpStream,
    pub(crate) tap: Option<&'a Tap>,
}

impl Write for Tapped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = self.stream.write_vectored(pieces)?;
        if let Some(tap) = self.tap {
            let all: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).take(written).collect();
            tap.note(End::Client, &all);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
