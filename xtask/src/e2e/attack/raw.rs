//! Sockets without manners.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use socket2::SockRef;

/// No server takes longer to end a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connects, and waits for nothing for ever.
pub(super) fn connect(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpStream::connect(address).context("connecting")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Closes with a reset instead of the end of the stream.
pub(super) fn reset(socket: TcpStream) -> Result<()> {
    SockRef::from(&socket).set_linger(Some(Duration::ZERO)).context("asking for a reset")
}

/// Everything that comes until the end, and whether that was a reset.
pub(super) fn ending(socket: &mut TcpStream) -> Result<(Vec<u8>, bool)> {
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return Ok((heard, false)),
            Ok(count) => heard.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok((heard, true)),
            Err(error) => bail!("the server did not end the connection: {error}"),
        }
    }
}

/// Writes `piece` again and again, and reads nothing, until for `patience` no more of it is taken, or `most` bytes
/// were. How many were; the rest of the last piece is lost, which ends the sense of it.
pub(in crate::e2e) fn send_until_blocked(
    socket: &mut TcpStream,
    piece: &[u8],
    most: usize,
    patience: Duration,
) -> Result<usize> {
    socket.set_nonblocking(true)?;
    let (mut sent, mut last) = (0, Instant::now());
    let mut rest = piece;
    while sent < most && last.elapsed() < patience {
        match socket.write(rest) {
            Ok(count) => {
                sent += count;
                last = Instant::now();
                rest = if count == rest.len() { piece } else { &rest[count..] };
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error).context("sending without reading"),
        }
    }
    socket.set_nonblocking(false)?;
    Ok(sent)
}

/// Writes `bytes` as far as the server takes them, says that no more comes, and reads to the end.
pub(super) fn drained(mut socket: TcpStream, bytes: &[u8]) -> Result<()> {
    let mut other = socket.try_clone().context("another handle of the socket")?;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // What the server does not want to hear any more ends here, and is seen below as the end.
            let _ = socket.write_all(bytes);
            let _ = socket.shutdown(Shutdown::Write);
        });
        ending(&mut other).map(|_| ())
    })
}
