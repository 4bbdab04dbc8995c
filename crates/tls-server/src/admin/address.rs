//! Where the admin listener listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// An address of this machine, or a Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminAddress {
    /// `127.0.0.1:9443`
    Tcp(SocketAddr),
    /// `unix:/run/latchkey/admin.sock`
    Unix(PathBuf),
}

/// What is neither.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is neither an address with a port, such as 127.0.0.1:9443, nor unix:PATH")]
pub struct AdminAddressError(String);

impl AdminAddress {
    /// Whether it is reached from this machine alone.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }

    /// What `curl` is given to read the pages.
    pub fn for_curl(&self) -> String {
        match self {
            Self::Tcp(address) => format!("http://{address}/status"),
            Self::Unix(path) => format!("--unix-socket {} http://localhost/status", path.display()),
        }
    }
}

impl FromStr for AdminAddress {
    type Err = AdminAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => text.parse().map(Self::Tcp).map_err(|_| AdminAddressError(text.to_owned())),
        }
    }
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_they_are_written() {
        for (text, local) in [("127.0.0.1:9443", true), ("[::1]:1", true), ("[::ffff:127.0.0.1]:1", true)]
            .into_iter()
            .chain([("0.0.0.0:1", false), ("192.0.2.1:9443", false), ("unix:/run/a b.sock", true)])
        {
            let address: AdminAddress = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (text, local));
        }
        for text in ["", "unix:", "localhost:9443", "127.0.0.1", "/run/admin.sock"] {
            assert!(text.parse::<AdminAddress>().is_err(), "{text}");
        }
    }
}
