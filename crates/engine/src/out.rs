//! Where a service writes, and what it wishes for.

use std::ops::Range;

use crate::backend::Dial;
use crate::inbox::Address;
use crate::reply::Reply;

/// What a worker lends to a service for the length of one call, and empties after it.
#[derive(Debug, Default)]
pub struct Lent {
    /// Plaintext for the peer.
    pub(crate) plain: Vec<u8>,
    /// Bytes for the plain side; they follow those of `spans`.
    pub(crate) backend: Vec<u8>,
    /// Where in the caller's buffer there are bytes for the plain side that were not copied.
    pub(crate) spans: Vec<Range<usize>>,
    pub(crate) wishes: Wishes,
}

impl Lent {
    /// Nothing is left of an earlier call.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && !self.has_for_backend() && self.wishes == Wishes::default()
    }

    pub(crate) fn clear(&mut self) {
        self.plain.clear();
        self.clear_backend();
        self.wishes = Wishes::default();
    }

    pub(crate) fn has_for_backend(&self) -> bool {
        !(self.backend.is_empty() && self.spans.is_empty())
    }

    pub(crate) fn clear_backend(&mut self) {
        self.backend.clear();
        self.spans.clear();
    }
}

/// What a service asked for besides writing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    pub(crate) close: bool,
    pub(crate) shut: bool,
    pub(crate) abort: bool,
    pub(crate) room: bool,
    pub(crate) dial: Option<Dial>,
    pub(crate) backend_shut: bool,
    pub(crate) backend_abort: bool,
    /// What the plain side has just sent goes to the peer, behind what was written.
    pub(crate) pass: bool,
}

/// What waits on both sides when a call begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waiting {
    /// Bytes on their way to the peer.
    pub(crate) peer: usize,
    /// Bytes on their way to the plain side.
    pub(crate) backend: usize,
}

/// The data that a call brings.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'a> {
    Nothing,
    /// By the peer; and where it begins in the caller's buffer, if it stays there until the call is over.
    ByPeer {
        data: &'a [u8],
        begins: Option<usize>,
    },
    /// By the plain side.
    ByBackend(&'a [u8]),
}

/// Less than this is copied: to point to many small pieces costs more.
const WORTH_A_SPAN: usize = 2048;

/// Where a service writes. What is written goes out when the call returns.
#[derive(Debug)]
pub struct Out<'a> {
    lent: &'a mut Lent,
    waiting: Waiting,
    given: Given<'a>,
    /// Our direction was closed by an earlier call.
    shut: bool,
    address: &'a Address,
}

impl<'a> Out<'a> {
    pub(crate) const fn new(
        lent: &'a mut Lent,
        waiting: Waiting,
        given: Given<'a>,
        shut: bool,
        address: &'a Address,
    ) -> Self {
        Self { lent, waiting, given, shut, address }
    }

    /// Sends `data` to the peer, encrypted. Past high water nothing is read from the peer, nor from the plain side,
    /// until it has taken what was sent before, so a service that answers in proportion to what it receives needs no
    /// bound of its own. One that has more to say waits for [`on_room`](crate::Service::on_room).
    pub fn write(&mut self, data: &[u8]) {
        if self.may_write() {
            self.settle();
            self.lent.plain.extend_from_slice(data);
        }
    }

    /// Sends the data that this call brought on to the other side: what came from the peer to the plain side, what came
    /// from there to the peer. The same as writing it there, but that it is not copied where that can be spared.
    pub fn pass_on(&mut self) {
        match self.given {
            Given::Nothing => {}
            Given::ByBackend(data) if self.lent.wishes.pass => self.write(data),
            Given::ByBackend(_) => self.lent.wishes.pass = self.may_write(),
            Given::ByPeer { data, begins: Some(begins) }
                if data.len() >= WORTH_A_SPAN && self.lent.backend.is_empty() && !self.lent.wishes.backend_shut =>
            {
                self.lent.spans.push(begins..begins + data.len());
            }
            Given::ByPeer { data, .. } => self.backend_write(data),
        }
    }

    fn may_write(&self) -> bool {
        let Wishes { close, shut, abort, .. } = self.lent.wishes;
        !(self.shut || close || shut || abort)
    }

    /// What was to be passed on is copied after all, as something follows it.
    fn settle(&mut self) {
        if let (true, Given::ByBackend(data)) = (std::mem::take(&mut self.lent.wishes.pass), self.given) {
            self.lent.plain.extend_from_slice(data);
        }
    }

    /// How many bytes wait for the peer, with what this call has written.
    pub const fn unsent(&self) -> usize {
        let passed = match self.given {
            Given::ByBackend(data) if self.lent.wishes.pass => data.len(),
            _ => 0,
        };
        self.waiting.peer + self.lent.plain.len() + passed
    }

    /// Asks for [`on_room`](crate::Service::on_room) once 16 KiB or less wait for the peer, which may be at once.
    pub const fn want_room(&mut self) {
        self.lent.wishes.room = true;
    }

    /// Closes our direction: what was written goes out, then close_notify. The peer may go on sending until it closes
    /// its own; then the connection ends.
    pub const fn shut(&mut self) {
        self.lent.wishes.shut = true;
    }

    /// Closes the connection: what was written goes out, then close_notify. Nothing can be written after it.
    pub const fn close(&mut self) {
        self.lent.wishes.close = true;
    }

    /// Ends the connection at once by a reset, without close_notify, so that the peer knows that something is missing
    /// (RFC 8446 section 6.1).
    pub const fn abort(&mut self) {
        self.lent.wishes.abort = true;
    }

    /// A handle by which another thread can answer later.
    pub fn reply(&self) -> Reply {
        Reply::new(self.address.clone())
    }

    /// Opens the plain side, or, after [`Failed`](crate::BackendEvent::Failed), the next one that may be it.
    pub fn dial(&mut self, dial: &Dial) {
        self.lent.wishes.dial = Some(dial.clone());
    }

    /// Sends `data` to the plain side. It waits while that is being opened; past high water the peer is not read.
    pub fn backend_write(&mut self, data: &[u8]) {
        if !self.lent.wishes.backend_shut {
            self.lent.backend.extend_from_slice(data);
        }
    }

    /// How many bytes wait for the plain side, with what this call has written.
    pub fn backend_unsent(&self) -> usize {
        let spans: usize = self.lent.spans.iter().map(ExactSizeIterator::len).sum();
        self.waiting.backend + spans + self.lent.backend.len()
    }

    /// Closes our direction of the plain side, after what was written for it.
    pub const fn backend_shut(&mut self) {
        self.lent.wishes.backend_shut = true;
    }

    /// Ends the plain side at once by a reset, so that it knows that something is missing.
    pub const fn backend_abort(&mut self) {
        self.lent.wishes.backend_abort = true;
    }
}
