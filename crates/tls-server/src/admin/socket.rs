//! The socket of the admin listener.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use thiserror::Error;

use super::AdminAddress;

/// Connections that may wait in the kernel's queue.
const BACKLOG: i32 = 64;

/// Why the admin listener cannot listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The system says why not.
    #[error("cannot listen on {address} for the admin pages")]
    Listen {
        /// Where.
        address: AdminAddress,
        /// Why.
        source: io::Error,
    },
    /// Something that is no socket has the name.
    #[error("cannot listen on unix:{} for the admin pages: there is a file of that name, and it is no socket", path.display())]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread for the admin pages")]
    Thread(#[source] io::Error),
}

/// A listening socket of either kind.
pub(super) enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection of either kind.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listening {
    /// Listens on `address`. A Unix socket that nobody listens on any more is replaced, and is for the owner alone.
    pub(super) fn bind(address: &AdminAddress) -> Result<Self, AdminError> {
        let failed = |source| AdminError::Listen { address: address.clone(), source };
        match address {
            AdminAddress::Tcp(tcp) => TcpListener::bind(tcp).map(Self::Tcp).map_err(failed),
            AdminAddress::Unix(path) => {
                make_way(path).map_err(failed)?;
                if fs::symlink_metadata(path).is_ok() {
                    return Err(AdminError::NotASocket { path: path.clone() });
                }
                bind_unix(path).map(Self::Unix).map_err(failed)
            }
        }
    }

    /// Takes a socket that another process listened on.
    pub(super) fn inherited(socket: OwnedFd, address: &AdminAddress) -> Self {
        match address {
            AdminAddress::Tcp(_) => Self::Tcp(socket.into()),
            AdminAddress::Unix(_) => Self::Unix(socket.into()),
        }
    }

    /// The address with its real port.
    pub(super) fn address(&self, asked: &AdminAddress) -> AdminAddress {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|_| asked.clone(), AdminAddress::Tcp),
            Self::Unix(_) => asked.clone(),
        }
    }

    pub(super) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => listener.set_nonblocking(true),
            Self::Unix(listener) => listener.set_nonblocking(true),
        }
    }

    pub(super) fn accept(&self) -> io::Result<Stream> {
        // Where the listener is non-blocking the connection is not.
        match self {
            Self::Tcp(listener) => listener.accept().map(|(stream, _)| Stream::Tcp(stream)),
            Self::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

/// Removes the socket of a process that has ended.
fn make_way(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
    }
}

/// Nobody can connect before the mode is set, as nobody listens yet.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

impl Stream {
    /// The most that one read or write may take from here on.
    pub(super) fn set_patience(&self, patience: Duration) -> io::Result<()> {
        // Zero would mean for ever.
        let patience = Some(patience.max(Duration::from_millis(1)));
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(patience).and_then(|()| stream.set_write_timeout(patience)),
            Self::Unix(stream) => stream.set_read_timeout(patience).and_then(|()| stream.set_write_timeout(patience)),
        }
    }

    pub(super) fn shut(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(std::net::Shutdown::Write),
            Self::Unix(stream) => stream.shutdown(std::net::Shutdown::Write),
        }
    }
}

impl From<Stream> for OwnedFd {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Tcp(stream) => stream.into(),
            Stream::Unix(stream) => stream.into(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
