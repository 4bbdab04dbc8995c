//! Writing to a socket that must not block.

use std::io::{self, IoSlice, Write};

use crate::session::Outbox;

/// The most pieces that one call of the system is given.
const PIECES: usize = 32;

/// Writes until everything is gone or the socket has no more room. How much was written.
pub(super) fn all(socket: &mut impl Write, outbox: &mut Outbox, writable: &mut bool) -> io::Result<usize> {
    let written = pieces(socket, std::iter::once(outbox.bytes()), writable)?;
    outbox.consume(written);
    Ok(written)
}

/// The same for bytes that stay where they are, in one or more pieces.
pub(super) fn pieces<'a>(
    socket: &mut impl Write,
    pieces: impl Iterator<Item = &'a [u8]> + Clone,
    writable: &mut bool,
) -> io::Result<usize> {
    let mut written = 0;
    while *writable {
        let mut slices = [IoSlice::new(&[]); PIECES];
        let (count, length) = gather(pieces.clone(), written, &mut slices);
        let result = match &slices[..count] {
            [] => break,
            [one] => socket.write(one),
            several => socket.write_vectored(several),
        };
        match result {
            Ok(count) => {
                // A part only: the socket is full, and the kernel has noted that we want to know when it is not.
                *writable = count == length;
                written += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => *writable = false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Puts what follows the first `skip` bytes of `pieces` into `slices`, as far as there is room: how many of them, and
/// how many bytes that is.
fn gather<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    mut skip: usize,
    slices: &mut [IoSlice<'a>; PIECES],
) -> (usize, usize) {
    let (mut count, mut length) = (0, 0);
    for piece in pieces {
        let rest = &piece[skip.min(piece.len())..];
        skip -= piece.len() - rest.len();
        if rest.is_empty() {
            continue;
        }
        let Some(slice) = slices.get_mut(count) else { break };
        *slice = IoSlice::new(rest);
        count += 1;
        length += rest.len();
    }
    (count, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes a call, and has no more room after some calls.
    struct Narrow {
        taken: Vec<u8>,
        calls: usize,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.write_vectored(&[IoSlice::new(bytes)])
        }

        fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
            let Some(calls) = self.calls.checked_sub(1) else { return Err(io::ErrorKind::WouldBlock.into()) };
            self.calls = calls;
            self.taken.extend(pieces.iter().flat_map(|piece| piece.iter()));
            Ok(pieces.iter().map(|piece| piece.len()).sum())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn many_pieces_go_out_in_order_and_in_few_calls() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let cut = || bytes.chunks(10).chain([&[][..]]);
        let mut socket = Narrow { taken: Vec::new(), calls: 4 };
        let mut writable = true;
        assert_eq!(pieces(&mut socket, cut(), &mut writable).unwrap(), 1000);
        assert_eq!((socket.taken, socket.calls, writable), (bytes.clone(), 0, true));
        let mut full = Narrow { taken: Vec::new(), calls: 2 };
        assert_eq!(pieces(&mut full, cut(), &mut writable).unwrap(), 2 * PIECES * 10);
        assert!(!writable && full.taken == bytes[..640]);
    }
}
