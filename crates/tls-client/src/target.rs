//! Whom to talk to: `HOST[:PORT]`, and the name that the certificate must be for.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use rustls::pki_types::ServerName;

/// The port of a target that names none.
pub const DEFAULT_PORT: u16 = 443;

/// Where `tls-server` listens unless told otherwise.
pub const LOCAL_TARGET: &str = "localhost:8443";

/// A host, a port, and the name that is asked for (SNI) and must be in the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The host's own name unless another was given. An address is looked for among the certificate's IP names, and
    /// is not sent as SNI (RFC 6066 section 3).
    pub server_name: ServerName<'static>,
}

/// Why a target cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing before the port.
    #[error("`{0}` names no host")]
    NoHost(String),
    /// What follows the colon is no port.
    #[error("`{port}` in `{text}` is no port: a number from 1 to 65535 is")]
    Port {
        /// The whole target.
        text: String,
        /// What stands in the place of the port.
        port: String,
    },
    /// `[` without `]`, or no IPv6 address between them.
    #[error("`{0}` has brackets with no IPv6 address in them")]
    Brackets(String),
    /// A URL.
    #[error("`{text}` is a URL, and a target is HOST[:PORT]")]
    Url {
        /// The URL.
        text: String,
        /// The target in it.
        meant: String,
    },
    /// Neither a host name nor an address.
    #[error("`{0}` is neither a host name nor an IP address")]
    Name(String),
}

impl Target {
    /// The same place under another name for SNI and for the certificate.
    ///
    /// # Errors
    /// It is neither a host name nor an address.
    pub fn with_server_name(self, name: &str) -> Result<Self, TargetError> {
        Ok(Self { server_name: server_name(name)?, ..self })
    }

    /// Reads `HOST[:PORT]`, with `port` where none is given.
    ///
    /// # Errors
    /// It is no target.
    pub fn with_default_port(text: &str, port: u16) -> Result<Self, TargetError> {
        if let Some((_, rest)) = text.split_once("://") {
            let meant = rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
            return Err(TargetError::Url { text: text.to_owned(), meant });
        }
        let (host, given) = split(text)?;
        if host.is_empty() {
            return Err(TargetError::NoHost(text.to_owned()));
        }
        let port = match given {
            None => port,
            Some(digits) => match digits.parse() {
                Ok(port) if port != 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => port,
                _ => return Err(TargetError::Port { text: text.to_owned(), port: digits.to_owned() }),
            },
        };
        Ok(Self { host: host.to_owned(), port, server_name: server_name(host)? })
    }

    /// Whether the host is an address, so that there is nothing to resolve.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::with_default_port(text, DEFAULT_PORT)
    }
}

/// An address with colons stands in brackets where a port follows, and may stand alone where none does.
fn split(text: &str) -> Result<(&str, Option<&str>), TargetError> {
    let brackets = || TargetError::Brackets(text.to_owned());
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(brackets)?;
        host.parse::<Ipv6Addr>().map_err(|_| brackets())?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(brackets()),
        };
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((text, None));
    }
    Ok(match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    })
}

fn server_name(name: &str) -> Result<ServerName<'static>, TargetError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TargetError::Name(name.to_owned()))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_people_write_it() {
        for (text, host, port, shown) in [
            (LOCAL_TARGET, "localhost", 8443, "localhost:8443"),
            ("example.com", "example.com", 443, "example.com:443"),
            ("example.com:8443", "example.com", 8443, "example.com:8443"),
            ("127.0.0.1:8888", "127.0.0.1", 8888, "127.0.0.1:8888"),
            ("::1", "::1", 443, "[::1]:443"),
            ("[::1]", "::1", 443, "[::1]:443"),
            ("[2001:db8::7]:853", "2001:db8::7", 853, "[2001:db8::7]:853"),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!((target.host.as_str(), target.port, target.to_string().as_str()), (host, port, shown));
        }
    }

    #[test]
    fn an_address_is_an_ip_name() {
        let target: Target = "[::1]:8443".parse().unwrap();
        assert!(matches!(target.server_name, ServerName::IpAddress(_)));
        let named = target.with_server_name("localhost").unwrap();
        assert!(matches!(named.server_name, ServerName::DnsName(_)));
    }

    #[test]
    fn what_is_no_target_says_why() {
        for (text, said) in [
            (":8443", "`:8443` names no host"),
            ("host:", "`` in `host:` is no port: a number from 1 to 65535 is"),
            ("host:0", "`0` in `host:0` is no port: a number from 1 to 65535 is"),
            ("host:+1", "`+1` in `host:+1` is no port: a number from 1 to 65535 is"),
            ("host:65536", "`65536` in `host:65536` is no port: a number from 1 to 65535 is"),
            ("[::1", "`[::1` has brackets with no IPv6 address in them"),
            ("[localhost]:1", "`[localhost]:1` has brackets with no IPv6 address in them"),
            ("https://localhost:1/x", "`https://localhost:1/x` is a URL, and a target is HOST[:PORT]"),
            ("two words:1", "`two words` is neither a host name nor an IP address"),
        ] {
            assert_eq!(text.parse::<Target>().unwrap_err().to_string(), said);
        }
        let error = "https://localhost:1/x".parse::<Target>().unwrap_err();
        assert!(matches!(error, TargetError::Url { meant, .. } if meant == "localhost:1"));
    }
}
