//! The socket in the file system.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};

use super::{Instance, SocketError};

/// A socket that has its name. When it is dropped the name goes with it, unless a successor has taken it.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    instance: Instance,
    file: (u64, u64),
}

impl ControlSocket {
    /// Listens under the instance's name. What a process that is gone has left there is replaced.
    ///
    /// # Errors
    /// Another process serves under the name, the directory is open to others, or the system refused.
    pub fn bind(instance: &Instance) -> Result<Self, SocketError> {
        instance.prepare()?;
        let path = instance.path();
        match connect(&path) {
            Ok(stream) => {
                let process = peer(&stream).map_or(0, |peer| peer.process);
                return Err(SocketError::Live { instance: instance.name().to_owned(), process });
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {}
            Err(source) => return Err(SocketError::Io { path, source }),
        }
        Staged::new(instance)?.take_name()
    }

    /// Whose it is.
    pub const fn instance(&self) -> &Instance {
        &self.instance
    }

    pub(in crate::control) const fn listener(&self) -> &UnixListener {
        &self.listener
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let path = self.instance.path();
        if file(&path).is_ok_and(|file| file == self.file) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A socket that listens and does not have its name yet.
#[derive(Debug)]
pub(in crate::control) struct Staged {
    listener: UnixListener,
    instance: Instance,
    path: PathBuf,
}

impl Staged {
    pub(in crate::control) fn new(instance: &Instance) -> Result<Self, SocketError> {
        instance.prepare()?;
        let path = instance.staged();
        let failed = |source| SocketError::Io { path: path.clone(), source };
        // One of this process's own number is left from a process that is gone.
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        let staged = Self { listener, instance: instance.clone(), path: path.clone() };
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(staged)
    }

    /// Takes the name in one step, from whoever had it: there is no moment without a socket.
    pub(in crate::control) fn take_name(self) -> Result<ControlSocket, SocketError> {
        let path = self.instance.path();
        let failed = |source| SocketError::Io { path: path.clone(), source };
        let file = file(&self.path).map_err(failed)?;
        let listener = self.listener.try_clone().map_err(failed)?;
        fs::rename(&self.path, &path).map_err(failed)?;
        Ok(ControlSocket { listener, instance: self.instance.clone(), file })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Where it has its name by now there is nothing left here.
        let _ = fs::remove_file(&self.path);
    }
}

/// Connects without waiting for a server whose queue is full, which is [`io::ErrorKind::WouldBlock`].
pub(in crate::control) fn connect(path: &Path) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(path)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::connect(&socket, &address)?;
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub(in crate::control) struct Peer {
    pub(in crate::control) process: u32,
    pub(in crate::control) user: u32,
}

/// Who is at the other end, as the system says: whoever listened, or whoever connected.
pub(in crate::control) fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = socket_peercred(stream)?;
    let process = u32::try_from(credentials.pid.as_raw_nonzero().get()).unwrap_or_default();
    Ok(Peer { process, user: credentials.uid.as_raw() })
}

fn file(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(directory: &tempfile::TempDir) -> Instance {
        Instance::named("test").unwrap().within(&directory.path().join("run"))
    }

    #[test]
    fn a_live_server_keeps_its_name_and_a_dead_ones_is_taken() {
        let scratch = tempfile::tempdir().unwrap();
        let instance = instance(&scratch);
        let first = ControlSocket::bind(&instance).unwrap();
        let mode = fs::metadata(instance.path()).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let error = ControlSocket::bind(&instance).unwrap_err();
        assert!(matches!(error, SocketError::Live { process, .. } if process == std::process::id()), "{error}");

        std::mem::forget(first.listener.try_clone().unwrap()); // it is live for as long as this is open
        drop(first);
        assert!(!instance.path().exists());

        drop(UnixListener::bind(instance.path()).unwrap());
        assert!(instance.path().exists(), "as a process leaves it that was killed");
        ControlSocket::bind(&instance).unwrap();
    }

    #[test]
    fn a_successor_takes_the_name_and_its_predecessor_leaves_it_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let instance = instance(&scratch);
        let old = ControlSocket::bind(&instance).unwrap();
        let staged = Staged::new(&instance).unwrap();
        let new = staged.take_name().unwrap();
        drop(old);
        connect(&instance.path()).unwrap();
        drop(new);
        assert_eq!(fs::read_dir(scratch.path().join("run")).unwrap().count(), 0);
    }

    #[test]
    fn a_successor_that_never_was_leaves_nothing_behind() {
        let scratch = tempfile::tempdir().unwrap();
        let instance = instance(&scratch);
        drop(Staged::new(&instance).unwrap());
        assert_eq!(fs::read_dir(scratch.path().join("run")).unwrap().count(), 0);
    }
}
