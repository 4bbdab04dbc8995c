//! The last moments of a connection: our side is shut, and what the peer still sends is thrown away.

use std::io::{self, Read};

use super::{Connection, Fate};
use crate::limits::LINGER_BYTES;

impl Connection {
    /// Reads and throws away until the peer closes its side.
    pub(super) fn linger(&mut self, buffer: &mut [u8]) -> Fate {
        let Some((_, thrown)) = &mut self.lingering else { return Fate::Gone };
        while self.readable {
            match self.stream.read(buffer) {
                Ok(0) => return Fate::Gone,
                Ok(count) => {
                    *thrown += count;
                    if *thrown > LINGER_BYTES {
                        return Fate::Gone;
                    }
                    self.readable = count == buffer.len() || self.ending;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Fate::Gone,
            }
        }
        Fate::Wait
    }
}
