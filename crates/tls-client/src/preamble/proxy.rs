//! A proxy that makes the connection for us: HTTP CONNECT (RFC 9110 section 9.3.6) or SOCKS5 (RFC 1928).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use super::step::{Heard, Step, shown};
use crate::target::Target;

/// Who connects us, and how it is asked. The target's name is resolved by the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Socks5,
}

/// Why a proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// Another scheme, or none.
    #[error("`{0}` is no proxy that can be used: http://HOST:PORT and socks5://HOST:PORT are")]
    Scheme(String),
    /// A user, and perhaps a password: a command line is read by everybody.
    #[error("the proxy's address has a user in it, and no secret is taken from the command line")]
    Credentials,
    /// No host, no port, or something behind them.
    #[error("`{0}` is no HOST:PORT of a proxy")]
    Place(String),
}

impl Proxy {
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn steps(&self, target: &Target) -> Vec<Step> {
        match self.kind {
            Kind::Http => vec![Step::say(connect(target)), Step::Hear(http_answer)],
            Kind::Socks5 => vec![
                Step::say(&SOCKS_GREETING[..]),
                Step::Hear(socks_method),
                Step::say(socks_request(target)),
                Step::Hear(socks_answer),
            ],
        }
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = |text: &str| ProxyError::Place(text.to_owned());
        let (kind, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Kind::Http, rest),
            Some(("socks5" | "socks5h", rest)) => (Kind::Socks5, rest),
            _ if text.contains('@') => return Err(ProxyError::Credentials),
            _ => return Err(ProxyError::Scheme(text.to_owned())),
        };
        if rest.contains('@') {
            return Err(ProxyError::Credentials);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':').ok_or_else(|| place(rest))?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| place(rest))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(bare) if bare.parse::<Ipv6Addr>().is_ok() => bare,
            Some(_) => return Err(place(rest)),
            None => host,
        };
        let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        if host.is_empty() || !(is_name || host.parse::<Ipv6Addr>().is_ok()) {
            return Err(place(rest));
        }
        Ok(Self { kind, host: host.to_owned(), port })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            Kind::Http => "http",
            Kind::Socks5 => "socks5",
        };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

fn connect(target: &Target) -> Vec<u8> {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").into_bytes()
}

/// The head of a response: 2xx is yes. A body is not expected behind a yes, and not read behind a no.
fn http_answer(bytes: &[u8]) -> Heard {
    let start = b"HTTP/1.";
    if !bytes.starts_with(start.get(..bytes.len().min(start.len())).unwrap_or_default()) {
        return Heard::Misunderstood;
    }
    let Some(ends) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Heard::NeedMore };
    match bytes.split(|byte| *byte == b' ').nth(1) {
        Some([b'2', _, _]) => Heard::GoOn(ends + 4),
        Some(_) => Heard::Refused(shown(bytes)),
        None => Heard::Misunderstood,
    }
}

const SOCKS: u8 = 5;

/// Version 5, one method: none.
const SOCKS_GREETING: [u8; 3] = [SOCKS, 1, 0];

fn socks_method(bytes: &[u8]) -> Heard {
    match bytes {
        [] | [SOCKS] => Heard::NeedMore,
        [SOCKS, 0, ..] => Heard::GoOn(2),
        [SOCKS, ..] => Heard::Refused("it wants a user and a password, or another proof of who we are".to_owned()),
        _ => Heard::Misunderstood,
    }
}

/// Connect to an address or a name (RFC 1928 section 4).
fn socks_request(target: &Target) -> Vec<u8> {
    const CONNECT: [u8; 3] = [SOCKS, 1, 0];
    let mut request = CONNECT.to_vec();
    match target.address() {
        Some(IpAddr::V4(address)) => request.extend([&[1][..], &address.octets()].concat()),
        Some(IpAddr::V6(address)) => request.extend([&[4][..], &address.octets()].concat()),
        None => {
            // A name that DNS could have is shorter, and a target's was checked.
            let name = target.host.as_bytes();
            let name = name.get(..name.len().min(usize::from(u8::MAX))).unwrap_or_default();
            request.extend([3, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
            request.extend(name);
        }
    }
    request.extend(target.port.to_be_bytes());
    request
}

/// The reply, and the address that it names (RFC 1928 section 6).
fn socks_answer(bytes: &[u8]) -> Heard {
    let reason = |code| match code {
        1 => "general failure".to_owned(),
        2 => "its rules do not allow the connection".to_owned(),
        3 => "the network is unreachable".to_owned(),
        4 => "the host is unreachable".to_owned(),
        5 => "the connection was refused".to_owned(),
        6 => "TTL expired".to_owned(),
        7 => "it cannot do CONNECT".to_owned(),
        8 => "it cannot do this type of address".to_owned(),
        other => format!("reply {other}"),
    };
    let length = match bytes {
        [] | [SOCKS] => return Heard::NeedMore,
        [SOCKS, 0] | [SOCKS, 0, _] | [SOCKS, 0, _, 3] => return Heard::NeedMore,
        [SOCKS, 0, _, 1, ..] => 10,
        [SOCKS, 0, _, 4, ..] => 22,
        [SOCKS, 0, _, 3, name, ..] => 7 + usize::from(*name),
        [SOCKS, 0, ..] => return Heard::Misunderstood,
        [SOCKS, code, ..] => return Heard::Refused(reason(*code)),
        _ => return Heard::Misunderstood,
    };
    if bytes.len() < length { Heard::NeedMore } else { Heard::GoOn(length) }
}
