//! Where a server's control socket is: by the server's name, in a directory that is its owner's only.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::SocketError;

/// The longest name; the path of a Unix socket has 107 bytes.
const LONGEST: usize = 64;
const SUFFIX: &str = ".sock";

/// One server among those of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    name: String,
    is_given: bool,
    directory: PathBuf,
}

impl Instance {
    /// The server that was given this name (`--instance`).
    ///
    /// # Errors
    /// The name is none: letters, digits, `.`, `_` and `-`, and not a `.` at the beginning.
    pub fn named(name: &str) -> Result<Self, SocketError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > LONGEST || name.starts_with('.') || !name.bytes().all(is_plain) {
            return Err(SocketError::Name { name: name.to_owned() });
        }
        Ok(Self { name: name.to_owned(), is_given: true, directory: directory() })
    }

    /// The server whose first address this is: `127.0.0.1-8443`, `_--1-8443` for `[::1]:8443`.
    pub fn listening_on(address: SocketAddr) -> Self {
        let host = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("_{}", address.ip().to_string().replace(':', "-")),
        };
        Self { name: format!("{host}-{}", address.port()), is_given: false, directory: directory() }
    }

    /// In another directory than the user's.
    #[must_use]
    pub fn within(mut self, directory: &Path) -> Self {
        directory.clone_into(&mut self.directory);
        self
    }

    /// Every server of this user that has a control socket, running or not, in the order of their names.
    ///
    /// # Errors
    /// The directory cannot be read; that there is none is no error.
    pub fn all() -> Result<Vec<Self>, SocketError> {
        Self::all_within(&directory())
    }

    pub(super) fn all_within(directory: &Path) -> Result<Vec<Self>, SocketError> {
        let failed = |source| SocketError::Io { path: directory.to_owned(), source };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        check_private(directory)?;
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(failed)?.file_name();
            names.extend(file.to_str().and_then(|file| file.strip_suffix(SUFFIX)).map(str::to_owned));
        }
        names.retain(|name| !name.is_empty() && !name.starts_with('.'));
        names.sort();
        Ok(names.into_iter().map(|name| Self { name, is_given: true, directory: directory.to_owned() }).collect())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether somebody chose the name, rather than the server's address.
    pub const fn is_given(&self) -> bool {
        self.is_given
    }

    /// The path of the socket.
    pub fn path(&self) -> PathBuf {
        self.directory.join(format!("{}{SUFFIX}", self.name))
    }

    /// Where the socket lies until it has its name.
    pub(super) fn staged(&self) -> PathBuf {
        self.directory.join(format!(".{}.{}", std::process::id(), self.name))
    }

    /// Makes the directory, if there is none, and checks that nobody else may put a socket there.
    pub(super) fn prepare(&self) -> Result<(), SocketError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.directory);
        made.map_err(|source| SocketError::Io { path: self.directory.clone(), source })?;
        check_private(&self.directory)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Whoever may write to the directory could pass for the server.
pub(super) fn check_private(directory: &Path) -> Result<(), SocketError> {
    // Not through a link, which in /tmp anybody may have put there.
    let metadata =
        fs::symlink_metadata(directory).map_err(|source| SocketError::Io { path: directory.to_owned(), source })?;
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if !metadata.is_dir() || owner != geteuid().as_raw() || mode & 0o077 != 0 {
        return Err(SocketError::Exposed { path: directory.to_owned(), owner, mode });
    }
    Ok(())
}

/// `$XDG_RUNTIME_DIR/latchkey`; without it `/run/latchkey` for root, `/tmp/latchkey-UID` for others.
fn directory() -> PathBuf {
    directory_for(std::env::var_os("XDG_RUNTIME_DIR"), geteuid().as_raw())
}

fn directory_for(runtime: Option<OsString>, user: u32) -> PathBuf {
    match runtime.map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(runtime) => runtime.join("latchkey"),
        None if user == 0 => PathBuf::from("/run/latchkey"),
        None => PathBuf::from(format!("/tmp/latchkey-{user}")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_directory_is_the_users_own() {
        let path = |runtime: Option<&str>, user| directory_for(runtime.map(OsString::from), user).display().to_string();
        assert_eq!(path(Some("/run/user/7"), 7), "/run/user/7/latchkey");
        assert_eq!(path(None, 7), "/tmp/latchkey-7");
        assert_eq!(path(Some("relative"), 0), "/run/latchkey");
        assert_eq!(path(Some(""), 0), "/run/latchkey");
    }

    #[test]
    fn a_name_is_plain_and_an_address_makes_one() {
        for name in ["", ".", "..", "../x", "a/b", "a b", "ü", &"x".repeat(65)] {
            assert!(matches!(Instance::named(name), Err(SocketError::Name { .. })), "{name}");
        }
        for (address, name) in [("127.0.0.1:8443", "127.0.0.1-8443"), ("[::1]:8443", "_--1-8443")] {
            let instance = Instance::listening_on(address.parse().unwrap());
            assert_eq!((instance.name(), instance.is_given()), (name, false));
            assert_eq!(Instance::named(name).unwrap().path(), instance.path());
        }
    }

    #[test]
    fn a_directory_that_others_may_enter_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("a/b");
        let instance = Instance::named("x").unwrap().within(&directory);
        instance.prepare().unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(instance.prepare(), Err(SocketError::Exposed { mode: 0o770, .. })));

        let link = scratch.path().join("link");
        std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
        assert!(matches!(check_private(&link), Err(SocketError::Exposed { .. })));
    }
}
