//! What other threads have for a worker: a bounded queue that it looks at when it is woken, and never otherwise.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use mio::{Token, Waker};

use crate::limits::INBOX;

/// A letter to one connection.
pub(crate) enum Letter {
    /// What its configuration waited for is there.
    Ready,
    /// To be written to the peer.
    Send(Vec<u8>),
    /// To be told to the service.
    Tell(Box<dyn Any + Send>),
    /// The connection is to be closed.
    Close,
}

/// A worker's inbox.
pub(crate) struct Inbox {
    letters: Mutex<VecDeque<(Token, Letter)>>,
    waker: Option<Waker>,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Inbox {
    /// Of a worker that `waker` wakes; without one, a session is driven by hand.
    pub(crate) const fn new(waker: Option<Waker>) -> Self {
        Self { letters: Mutex::new(VecDeque::new()), waker }
    }

    /// Puts in a letter. Whether there was room: a letter that only wakes always has, as a connection has one at most.
    fn put(&self, token: Token, letter: Letter) -> bool {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() >= INBOX && !matches!(letter, Letter::Ready) {
            return false;
        }
        let was_empty = letters.is_empty();
        letters.push_back((token, letter));
        drop(letters);
        if was_empty {
            self.wake();
        }
        true
    }

    /// Wakes the worker.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &self.waker {
            // Fails only when the worker's poll is gone, and then there is nobody to tell.
            let _ = waker.wake();
        }
    }

    /// Takes everything, leaving `empty` in its place.
    pub(crate) fn take(&self, empty: &mut VecDeque<(Token, Letter)>) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *letters, empty);
    }
}

/// Where a connection gets its letters. A stale one reaches nobody, as tokens are never used twice.
#[derive(Debug, Clone)]
pub struct Address {
    inbox: Arc<Inbox>,
    token: Token,
}

impl Address {
    pub(crate) const fn new(inbox: Arc<Inbox>, token: Token) -> Self {
        Self { inbox, token }
    }

    /// The address of a session that is driven by hand: letters are kept, and nobody is woken.
    pub fn nowhere() -> Self {
        Self::new(Arc::new(Inbox::new(None)), Token(0))
    }

    /// The inbox stays, the connection changes.
    pub(crate) const fn point_to(&mut self, token: Token) {
        self.token = token;
    }

    pub(crate) fn put(&self, letter: Letter) -> bool {
        self.inbox.put(self.token, letter)
    }
}
