//! From a target to a TCP connection: the name resolved, then each address in order until one answers.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::target::Target;

/// What was tried, and how long it took.
#[derive(Debug, Default)]
pub struct Dialing {
    /// How long the name took; none where the target is an address.
    pub resolve: Option<Duration>,
    /// Each address that was tried, in order. Where there is a connection it is the last one's.
    pub attempts: Vec<Attempt>,
}

/// One address that was tried.
#[derive(Debug)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// From the first packet to the answer, or to giving up.
    pub took: Duration,
    /// Why there is no connection; none where there is one.
    pub error: Option<io::Error>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address, or nobody could be asked.
    #[error("the name `{host}` could not be resolved: {reason}")]
    Resolution {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No address answered. Each attempt has its own error.
    #[error("no connection could be made")]
    Connect,
}

impl Dialing {
    /// The address that is connected, else the last that was tried.
    pub fn address(&self) -> Option<SocketAddr> {
        self.attempts.last().map(|attempt| attempt.address)
    }

    /// How long the attempts took together.
    pub fn connect(&self) -> Option<Duration> {
        (!self.attempts.is_empty()).then(|| self.attempts.iter().map(|attempt| attempt.took).sum())
    }
}

/// Connects to `target`. Resolving may take `limit`, and so may all attempts together: each has an equal share of
/// what is left when it begins.
pub fn dial(target: &Target, limit: Duration) -> (Dialing, Result<TcpStream, DialError>) {
    dial_at(&target.host, target.port, limit)
}

/// The same for a host and a port.
pub(crate) fn dial_at(host: &str, port: u16, limit: Duration) -> (Dialing, Result<TcpStream, DialError>) {
    let (addresses, resolve) = match host.parse() {
        Ok(address) => (Ok(vec![SocketAddr::new(address, port)]), None),
        Err(_) => {
            let begun = Instant::now();
            let found = resolve(host, port, limit);
            (found, Some(begun.elapsed()))
        }
    };
    match addresses {
        Err(error) => (Dialing { resolve, attempts: Vec::new() }, Err(error)),
        Ok(addresses) => {
            let (attempts, outcome) = connect(&addresses, limit);
            (Dialing { resolve, attempts }, outcome)
        }
    }
}

/// Asks the system's resolver on a thread of its own, because it has no deadline that could be set.
fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, DialError> {
    let failed = |reason: String| DialError::Resolution { host: host.to_owned(), reason };
    let (answer, waiting) = mpsc::channel();
    let asked = host.to_owned();
    let ask = move || {
        // Nobody waits any more once the deadline has passed.
        let _ = answer.send((asked.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    };
    std::thread::Builder::new().name("resolver".into()).spawn(ask).map_err(|error| failed(error.to_string()))?;
    let found = match waiting.recv_timeout(limit) {
        Ok(found) => found.map_err(|error| failed(resolver_words(&error)))?,
        Err(_) => return Err(failed(format!("the resolver did not answer within {} s", limit.as_secs_f32()))),
    };
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(failed("it has no address".to_owned())) } else { Ok(addresses) }
}

/// What getaddrinfo said, without the words that std puts in front.
fn resolver_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").map(str::to_owned).unwrap_or(text)
}

fn connect(addresses: &[SocketAddr], limit: Duration) -> (Vec<Attempt>, Result<TcpStream, DialError>) {
    let deadline = Instant::now() + limit;
    let mut attempts = Vec::new();
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for &address in addresses {
        let begun = Instant::now();
        // A millisecond at least: std refuses a limit of zero.
        let share = (deadline.saturating_duration_since(begun) / left).max(Duration::from_millis(1));
        left = left.saturating_sub(1).max(1);
        let connected = TcpStream::connect_timeout(&address, share);
        let took = begun.elapsed();
        tracing::debug!(%address, ?took, error = connected.as_ref().err().map(tracing::field::display), "connecting");
        match connected {
            Ok(stream) => {
                // A handshake is small writes, each of which the peer waits for.
                let _ = stream.set_nodelay(true);
                attempts.push(Attempt { address, took, error: None });
                return (attempts, Ok(stream));
            }
            Err(error) => attempts.push(Attempt { address, took, error: Some(error) }),
        }
    }
    (attempts, Err(DialError::Connect))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn free_port() -> u16 {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn the_next_address_is_tried_when_one_refuses() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (closed, open) = ((Ipv4Addr::LOCALHOST, free_port()).into(), listener.local_addr().unwrap());
        let (attempts, outcome) = connect(&[closed, open], Duration::from_secs(5));
        assert_eq!(outcome.unwrap().peer_addr().unwrap(), open);
        let refused = attempts[0].error.as_ref().map(io::Error::kind);
        assert_eq!(refused, Some(io::ErrorKind::ConnectionRefused));
        assert!(attempts[1].error.is_none());
    }

    #[test]
    fn a_port_that_nobody_listens_on_is_an_error_with_its_attempt() {
        let target: Target = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        let (dialing, outcome) = dial(&target, Duration::from_secs(5));
        assert!(matches!(outcome, Err(DialError::Connect)));
        assert_eq!((dialing.attempts.len(), dialing.resolve), (1, None));
    }
}
