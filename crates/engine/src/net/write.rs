//! Writing to a socket that must not block.

use std::io::{self, Write};

use crate::session::Outbox;

/// Writes until everything is gone or the socket has no more room. How much was written.
pub(super) fn all(socket: &mut impl Write, outbox: &mut Outbox, writable: &mut bool) -> io::Result<usize> {
    let written = slice(socket, outbox.bytes(), writable)?;
    outbox.consume(written);
    Ok(written)
}

/// The same for bytes that stay where they are.
pub(super) fn slice(socket: &mut impl Write, bytes: &[u8], writable: &mut bool) -> io::Result<usize> {
    let mut written = 0;
    while *writable && written < bytes.len() {
        match socket.write(&bytes[written..]) {
            Ok(count) => {
                // A part only: the socket is full, and the kernel has noted that we want to know when it is not.
                *writable = count == bytes.len() - written;
                written += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => *writable = false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
