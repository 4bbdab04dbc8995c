//! How another thread answers a connection.

use std::any::Any;

use thiserror::Error;

use crate::inbox::{Address, Letter};

/// Answers a connection from any thread, without blocking. What comes after the connection's end reaches nobody.
#[derive(Debug, Clone)]
pub struct Reply {
    address: Address,
}

/// The worker has more to read than it can: nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the worker's inbox is full")]
pub struct Full;

impl Reply {
    pub(crate) const fn new(address: Address) -> Self {
        Self { address }
    }

    /// Writes `data` to the peer as [`Out::write`](crate::Out::write) does, without asking the service.
    ///
    /// # Errors
    /// The worker's inbox is full.
    pub fn send(&self, data: Vec<u8>) -> Result<(), Full> {
        self.put(Letter::Send(data))
    }

    /// Calls [`Service::on_message`](crate::Service::on_message) with `message`.
    ///
    /// # Errors
    /// The worker's inbox is full.
    pub fn tell(&self, message: Box<dyn Any + Send>) -> Result<(), Full> {
        self.put(Letter::Tell(message))
    }

    /// Closes the connection as [`Out::close`](crate::Out::close) does.
    ///
    /// # Errors
    /// The worker's inbox is full.
    pub fn close(&self) -> Result<(), Full> {
        self.put(Letter::Close)
    }

    fn put(&self, letter: Letter) -> Result<(), Full> {
        if self.address.put(letter) { Ok(()) } else { Err(Full) }
    }
}

/// Makes a session that waits in the phase hello choose its configuration again.
#[derive(Debug)]
pub struct Wake {
    address: Address,
}

impl Wake {
    pub(crate) const fn new(address: Address) -> Self {
        Self { address }
    }

    /// From any thread. Where the session has ended meanwhile it reaches nobody.
    pub fn wake(self) {
        self.address.put(Letter::Ready);
    }
}
