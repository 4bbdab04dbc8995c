//! What single values say: each function reads one text, and says what is wrong with it and what would be right.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::time::Duration;

use common::terminal::{DurationError, parse_duration};
use ipnet::IpNet;
use pki::clients::{Rule, RuleError};

use super::nearest::nearest;
use super::problem::Fault;

/// An address to listen on or to connect to, as it was given. A host has none before it is resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// An address and a port.
    Address(SocketAddr),
    /// A host and a port.
    Host(String, u16),
}

impl Place {
    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Address(address) => address.port(),
            Self::Host(_, port) => *port,
        }
    }

    /// Whether what goes there stays on this machine, by its address or by the name `localhost` (RFC 6761 section 6.3).
    pub fn is_local(&self) -> bool {
        match self {
            Self::Address(address) => address.ip().to_canonical().is_loopback(),
            Self::Host(host, _) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                host == "localhost" || host.ends_with(".localhost")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Host(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

/// A host or an address, and a port that may be 0.
pub(super) fn place(text: &str) -> Result<Place, Fault> {
    if let Ok(address) = text.parse() {
        return Ok(Place::Address(address));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let rest = rest.trim_end_matches('/');
        return Err(Fault::new(format_args!("`{scheme}://` has no place in an address")).write(rest));
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && let (Ok(ip), Ok(port)) = (host.parse::<Ipv6Addr>(), port.parse::<u16>())
    {
        return Err(Fault::new("an IPv6 address stands in brackets").write(SocketAddr::new(ip.into(), port)));
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Err(Fault::new("there is no port").write(SocketAddr::new(ip, 8443)));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err(match text.parse::<u16>() {
            Ok(port) => Fault::new("this is a port without an address").write(format_args!("127.0.0.1:{port}")),
            Err(_) => Fault::new("there is no port").write(format_args!("{text}:8443")),
        });
    };
    let number = port_number(port)?;
    if host.is_empty() {
        return Err(Fault::new("this is a port without an address")
            .advise(format_args!("write 127.0.0.1:{number}, or 0.0.0.0:{number} for every address")));
    }
    if !is_host(host) {
        return Err(Fault::new(format_args!("`{host}` is no host and no address"))
            .advise("write it like 127.0.0.1:8443, [::1]:8443, or localhost:8443"));
    }
    Ok(Place::Host(host.to_owned(), number))
}

fn port_number(port: &str) -> Result<u16, Fault> {
    if let Ok(number) = port.parse() {
        return Ok(number);
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Err(match digits {
        true => Fault::new(format_args!("there is no port {port}")).advise("ports are from 0 to 65535"),
        false => Fault::new(format_args!("`{port}` is no port")).advise("a port is a number from 0 to 65535"),
    })
}

/// A name as DNS has them, with the underscore that some have; or an IPv4 address that is none is no name.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let numeric = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    host.len() <= 253 && !numeric && host.split('.').all(label)
}

/// The same, with a port that can be connected to.
pub(super) fn remote(text: &str) -> Result<Place, Fault> {
    match place(text)? {
        place if place.port() == 0 => {
            Err(Fault::new("nobody can be reached at port 0").advise("name the port of the service"))
        }
        place => Ok(place),
    }
}

/// A whole number, at least 1.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, Fault> {
    number(text)
}

/// The same, in 32 bits.
pub(super) fn rate(text: &str) -> Result<NonZeroU32, Fault> {
    number(text)
}

fn number<N: FromStr>(text: &str) -> Result<N, Fault> {
    text.parse().map_err(|_| {
        let digits = text.trim_start_matches('-');
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match (whole, text.starts_with('-') || digits.bytes().all(|byte| byte == b'0')) {
            (true, true) => Fault::new("this must be at least 1").advise("leave it out for no bound of its own"),
            (true, false) => Fault::new("this is more than can be counted"),
            (false, _) => Fault::new("this is no whole number"),
        }
    })
}

/// A duration.
pub(super) fn duration(text: &str) -> Result<Duration, Fault> {
    parse_duration(text).map_err(|error| match error {
        DurationError::TooLong(_) => Fault::new("this is longer than can be counted"),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Fault::new("this has no unit").write(format_args!("{text}s"))
        }
        _ => Fault::new("this is no duration").advise("write a whole number and a unit: 500ms, 45s, 30m, 12h or 90d"),
    })
}

/// A duration that is not zero.
pub(super) fn deadline(text: &str) -> Result<Duration, Fault> {
    match duration(text)? {
        Duration::ZERO => Err(Fault::new("a deadline of zero lets nobody in").advise("give some seconds, such as 10s")),
        duration => Ok(duration),
    }
}

/// `true` or `false`.
pub(super) fn switch(text: &str) -> Result<bool, Fault> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new("this is neither true nor false")),
    }
}

/// One of these words, as what it stands for.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Fault> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let fault = Fault::new(format_args!("this is none of {}", known.join(", ")));
    Err(match nearest(text, known) {
        Some(near) => fault.write(near),
        None => fault,
    })
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, Fault> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(ip));
    }
    let network: IpNet = text.parse().map_err(|_| {
        Fault::new("this is no network")
            .advise("write an address and how many of its bits count, such as 10.0.0.0/8 or ::1/128")
    })?;
    if network.trunc() != network {
        return Err(
            Fault::new(format_args!("this has bits beyond the first {}", network.prefix_len())).write(network.trunc())
        );
    }
    Ok(network)
}

/// A name that can be one of a file.
pub(super) fn instance(text: &str) -> Result<String, Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text.len() {
        1..=64 if text.bytes().all(plain) && !text.starts_with('.') => Ok(text.to_owned()),
        _ => Err(Fault::new("this is no name for an instance")
            .advise("take 1 to 64 letters, digits, dots, hyphens and underscores, and no dot at the beginning")),
    }
}

/// The name of a listener: what fits into a line of the log.
pub(super) fn name(text: &str) -> Result<String, Fault> {
    if text == "admin" {
        return Err(Fault::new("this is the name of the admin listener").advise("take another one"));
    }
    match text.chars().count() {
        1..=64 if !text.chars().any(|letter| letter.is_control() || letter.is_whitespace()) => Ok(text.to_owned()),
        _ => Err(Fault::new("this is no name for a listener").advise("take 1 to 64 letters without spaces")),
    }
}

/// Any text that is not empty.
pub(super) fn some(text: &str) -> Result<String, Fault> {
    match text.trim() {
        "" => Err(Fault::new("this is empty").advise("leave it out")),
        _ => Ok(text.to_owned()),
    }
}

/// A rule of which clients are let in, as it was written.
pub(super) fn rule(text: &str) -> Result<String, Fault> {
    match text.parse::<Rule>() {
        Ok(_) => Ok(text.to_owned()),
        Err(RuleError { column, reason, nearest, .. }) => {
            let fault = Fault::new(format_args!("at its letter {column}: {reason}"));
            Err(match nearest {
                Some(nearest) => fault.write(nearest),
                None => fault,
            })
        }
    }
}

/// The name of an application protocol (RFC 7301 section 3.1): 1 to 255 bytes.
pub(super) fn protocol(text: &str) -> Result<String, Fault> {
    match text.len() {
        0 => Err(Fault::new("a protocol's name is not empty")),
        1..=255 if text.contains([',', ' ']) => {
            Err(Fault::new("this is more than one protocol").advise("give each on its own"))
        }
        1..=255 => Ok(text.to_owned()),
        _ => Err(Fault::new("a protocol's name has 255 bytes at most")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::problem::Advice;

    fn advice<T: fmt::Debug>(read: Result<T, Fault>) -> String {
        match read.unwrap_err().advice {
            Some(Advice::Write(value)) => value,
            Some(Advice::Say(words)) => words,
            None => String::new(),
        }
    }

    #[test]
    fn an_address_that_is_none_is_written_right() {
        for (text, right) in [
            ("8443", "127.0.0.1:8443"),
            ("::1:8443", "[::1]:8443"),
            ("[::1]", "[::1]:8443"),
            ("fe80::1", "[fe80::1]:8443"),
            ("localhost", "localhost:8443"),
            ("https://localhost:1/", "localhost:1"),
            ("127.0.0.1:99999", "ports are from 0 to 65535"),
            ("127.0.0.1:http", "a port is a number from 0 to 65535"),
            (":443", "0.0.0.0:443 for every address"),
            ("127.0.0.256:1", "localhost:8443"),
        ] {
            assert!(advice(place(text)).contains(right), "{text}");
        }
    }

    #[test]
    fn what_stays_on_this_machine_is_known() {
        for local in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
            "localhost:1",
            "db.localhost:1",
            "LOCALHOST.:1",
        ] {
            assert!(place(local).unwrap().is_local(), "{local}");
        }
        for remote in ["10.0.0.1:1", "0.0.0.0:1", "localhost.example.com:1", "db:5432"] {
            assert!(!place(remote).unwrap().is_local(), "{remote}");
        }
    }

    #[test]
    fn a_duration_needs_its_unit() {
        assert_eq!(advice(duration("10")), "10s");
        assert_eq!(deadline("0s").unwrap_err().problem, "a deadline of zero lets nobody in");
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn a_count_is_at_least_one() {
        assert_eq!(count("0").unwrap_err().problem, "this must be at least 1");
        assert_eq!(count("-3").unwrap_err().problem, "this must be at least 1");
        assert_eq!(count("99999999999999999999").unwrap_err().problem, "this is more than can be counted");
        assert_eq!(count("many").unwrap_err().problem, "this is no whole number");
    }

    #[test]
    fn a_rule_that_is_none_is_told_with_the_nearest_one() {
        assert_eq!(rule("cn=alice"), Ok("cn=alice".to_owned()));
        let fault = rule("cm=alice").unwrap_err();
        assert!(fault.problem.starts_with("at its letter 1: "), "{}", fault.problem);
    }

    #[test]
    fn a_network_has_no_bits_beyond_its_own() {
        assert_eq!(advice(network("10.1.2.3/8")), "10.0.0.0/8");
        assert_eq!(network("::1").unwrap().to_string(), "::1/128");
        assert!(network("10.0.0.0/33").is_err());
    }
}
