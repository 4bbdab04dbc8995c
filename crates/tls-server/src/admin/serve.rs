//! Serving the pages on threads of its own.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{DupFlags, dup3};

use super::request::LONGEST_HEAD;
use super::socket::{Listening, Stream};
use super::{AdminAddress, AdminError, Pages};

/// Connections at once; more wait in the kernel's queue. A descriptor is kept for each, for when the process has no
/// other left.
const MOST_CONNECTIONS: usize = 16;

/// From the accept of a connection to its end.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long accepting rests after the system would not give a connection.
const REST: Duration = Duration::from_millis(50);

/// Read and thrown away after the answer, so that no reset overtakes it.
const LINGER_BYTES: usize = 64 * 1024;

/// A socket that listens for who watches; connections wait until [`start`](Self::start).
pub struct Admin {
    listening: Listening,
    address: AdminAddress,
}

/// Pages that are served until this is dropped or [stopped](Self::stop).
#[derive(Debug)]
pub struct Serving {
    /// Nothing is ever sent: its end tells the thread.
    stop: UnixStream,
    thread: JoinHandle<()>,
    listening: OwnedFd,
    address: AdminAddress,
    owns_path: bool,
}

impl Admin {
    /// Listens on `address`.
    ///
    /// # Errors
    /// The address is in use or not ours; or something that is no socket has the name.
    pub fn bind(address: &AdminAddress) -> Result<Self, AdminError> {
        let listening = Listening::bind(address)?;
        let address = listening.address(address);
        Ok(Self { listening, address })
    }

    /// The same with a socket that another process has listened on at this address.
    pub fn inherited(socket: OwnedFd, address: &AdminAddress) -> Self {
        Self { listening: Listening::inherited(socket, address), address: address.clone() }
    }

    /// Where it listens, with its real port.
    pub const fn address(&self) -> &AdminAddress {
        &self.address
    }

    /// Serves `pages`, on threads of its own.
    ///
    /// # Errors
    /// The system is short of descriptors or threads.
    pub fn start(self, pages: Arc<Pages>) -> Result<Serving, AdminError> {
        let failed = AdminError::Thread;
        self.listening.set_nonblocking().map_err(failed)?;
        let listening = self.listening.as_fd().try_clone_to_owned().map_err(failed)?;
        let (stop, stopped) = UnixStream::pair().map_err(failed)?;
        let nothing = Arc::new(OwnedFd::from(File::open("/dev/null").map_err(failed)?));
        let slots = slots(&nothing).map_err(failed)?;
        let server = Server { listening: self.listening, stopped, pages, nothing, slots };
        let thread = thread::Builder::new().name("admin".into()).spawn(|| server.run()).map_err(failed)?;
        Ok(Serving { stop, thread, listening, address: self.address, owns_path: true })
    }
}

impl Serving {
    /// Where it listens.
    pub const fn address(&self) -> &AdminAddress {
        &self.address
    }

    /// A duplicate of the socket, for another process.
    ///
    /// # Errors
    /// The system is short of descriptors.
    pub fn duplicate(&self) -> io::Result<OwnedFd> {
        self.listening.try_clone()
    }

    /// Stops accepting, and removes a Unix socket. Answers that are on their way have their time.
    pub fn stop(self) {
        if let (AdminAddress::Unix(path), true) = (&self.address, self.owns_path) {
            let path: PathBuf = path.clone();
            drop(fs::remove_file(path)); // it may be gone, and then nothing is missing
        }
        self.end();
    }

    /// Stops accepting where another process has the socket: a Unix socket keeps its name.
    pub fn hand_over(mut self) {
        self.owns_path = false;
        self.end();
    }

    fn end(self) {
        drop(self.stop);
        // A panic of the thread has been printed by then.
        let _ = self.thread.join();
    }
}

struct Server {
    listening: Listening,
    stopped: UnixStream,
    pages: Arc<Pages>,
    nothing: Arc<OwnedFd>,
    slots: (SyncSender<Kept>, Receiver<Kept>),
}

/// A descriptor that is open for nothing but to be closed when one is needed; none where it could not be had.
type Kept = Option<OwnedFd>;

/// The connections that may be, each with its descriptor.
fn slots(nothing: &OwnedFd) -> io::Result<(SyncSender<Kept>, Receiver<Kept>)> {
    let (give_back, free) = sync_channel(MOST_CONNECTIONS);
    for _ in 0..MOST_CONNECTIONS {
        let _ = give_back.try_send(Some(nothing.try_clone()?)); // there is room for all of them
    }
    Ok((give_back, free))
}

impl Server {
    fn run(self) {
        while self.wait() {
            // Each ends within its deadline, so that one of sixteen is never far away.
            let Ok(kept) = self.slots.1.recv() else { return };
            let nothing = Arc::clone(&self.nothing);
            let mut slot = Slot { kept, nothing, give_back: self.slots.0.clone() };
            match self.accept(&mut slot) {
                Ok(stream) => self.serve(stream, slot),
                Err(error) if is_passing(&error) => {}
                Err(_) => thread::sleep(REST),
            }
        }
    }

    /// Waits for a newcomer. False when it is time to end.
    fn wait(&self) -> bool {
        let mut ready = [PollFd::new(&self.listening, PollFlags::IN), PollFd::new(&self.stopped, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) => ready[1].revents().is_empty(),
            Err(error) => error == rustix::io::Errno::INTR,
        }
    }

    /// Accepts, with the descriptor of the slot where there is no other.
    fn accept(&self, slot: &mut Slot) -> io::Result<Stream> {
        match self.listening.accept() {
            Err(error) if is_full_table(&error) && slot.kept.take().is_some() => self.listening.accept(),
            result => result,
        }
    }

    fn serve(&self, stream: Stream, mut slot: Slot) {
        let pages = Arc::clone(&self.pages);
        let work = move || {
            let mut stream = stream;
            let _ = converse(&mut stream, &pages); // who has gone away needs no answer
            slot.close(stream);
        };
        // Where there is no thread to be had the connection is closed, and its slot given back.
        let _ = thread::Builder::new().name("admin-page".into()).spawn(work);
    }
}

/// One of the connections that may be; given back when it is dropped.
struct Slot {
    kept: Kept,
    nothing: Arc<OwnedFd>,
    give_back: SyncSender<Kept>,
}

impl Slot {
    /// Closes a connection. Where its descriptor is the one that was kept it is kept again, without being anybody
    /// else's in between: the workers of a server without descriptors would take it.
    fn close(&mut self, stream: Stream) {
        if self.kept.is_some() {
            return;
        }
        let mut descriptor = OwnedFd::from(stream);
        let replaced = dup3(&*self.nothing, &mut descriptor, DupFlags::CLOEXEC);
        self.kept = replaced.is_ok().then_some(descriptor);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let kept = self.kept.take().or_else(|| self.nothing.try_clone().ok());
        let _ = self.give_back.try_send(kept); // there is room for all of them
    }
}

fn is_full_table(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    matches!(code, Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE))
}

/// Nobody is there, or whoever was has gone.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted)
}

/// Reads one request, answers it, and closes.
fn converse(stream: &mut Stream, pages: &Pages) -> io::Result<()> {
    let until = Instant::now() + DEADLINE;
    let patience = || {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::Error::from(ErrorKind::TimedOut)) } else { Ok(left) }
    };
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    let answer = loop {
        stream.set_patience(patience()?)?;
        let count = stream.read(&mut buffer)?;
        head.extend_from_slice(&buffer[..count.min(LONGEST_HEAD)]);
        if let Some(answer) = pages.answer(&head) {
            break answer;
        }
        if count == 0 {
            return Ok(());
        }
    };
    let mut rest = &answer[..];
    while !rest.is_empty() {
        stream.set_patience(patience()?)?;
        let count = stream.write(rest)?;
        rest = &rest[count..];
    }
    stream.shut()?;
    let mut thrown = 0;
    while thrown < LINGER_BYTES {
        stream.set_patience(patience()?)?;
        match stream.read(&mut buffer)? {
            0 => break,
            count => thrown += count,
        }
    }
    Ok(())
}
