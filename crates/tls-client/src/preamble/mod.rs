//! What is said in the clear before TLS begins: to a proxy that is to connect us, and to a server that must be asked
//! for TLS (STARTTLS).
//!
//! Each protocol is a list of steps, pure functions of bytes; one place alone moves bytes. Nobody but the
//! network vouches for what is heard here, so nothing of it is believed beyond "go on": what a peer sends behind its
//! go-ahead, in front of TLS, is refused, as it would be taken for something that came protected (CVE-2011-0411).

mod binary;
mod converse;
mod lines;
mod mail;
mod proxy;
mod starttls;
mod step;
#[cfg(test)]
mod tests;
mod xmpp;

use std::io;

pub(crate) use converse::converse;
pub use proxy::{Proxy, ProxyError};
pub use starttls::{StartTls, UnknownStartTls};
use step::Step;

use crate::target::Target;

/// What has to be said before TLS begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preamble {
    /// Who connects us; default: nobody, the target is reached directly.
    pub proxy: Option<Proxy>,
    /// The protocol that TLS is asked for in; default: none, TLS begins at once.
    pub starttls: Option<StartTls>,
}

/// Why TLS could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreambleError {
    /// The peer said no.
    #[error("{with} refused: {answer}")]
    Refused {
        /// Who was asked, and in which protocol.
        with: With,
        /// What it said, made fit to be shown.
        answer: String,
    },
    /// The peer does not offer TLS.
    #[error("{with} does not offer TLS: {answer}")]
    NotOffered {
        /// Who was asked, and in which protocol.
        with: With,
        /// What it offers, made fit to be shown.
        answer: String,
    },
    /// The peer speaks another protocol.
    #[error("{with} does not speak that protocol; it said: {answer}")]
    Misunderstood {
        /// Who was asked, and in which protocol.
        with: With,
        /// What it said, made fit to be shown.
        answer: String,
    },
    /// The peer went on in the clear behind its go-ahead.
    #[error("{with} sent {count} bytes in the clear behind its go-ahead")]
    Injected {
        /// Who was asked, and in which protocol.
        with: With,
        /// How many bytes.
        count: usize,
    },
    /// The peer said nothing more in time.
    #[error("{with} did not answer in time")]
    Deadline {
        /// Who was asked, and in which protocol.
        with: With,
    },
    /// The peer closed the connection.
    #[error("{with} closed the connection")]
    Ended {
        /// Who was asked, and in which protocol.
        with: With,
    },
    /// The connection broke.
    #[error("the connection to {with} broke: {error}")]
    Io {
        /// Who was asked, and in which protocol.
        with: With,
        /// What the system said.
        error: io::Error,
    },
}

/// Who was talked to before TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum With {
    /// The proxy.
    Proxy(Proxy),
    /// The server itself.
    Server(StartTls),
}

impl std::fmt::Display for With {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proxy(proxy) => write!(f, "the proxy {proxy}"),
            Self::Server(protocol) => write!(f, "the {} server", protocol.title()),
        }
    }
}

impl Preamble {
    /// Whether TLS begins at once.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whom to connect to on the way to `target`.
    pub(crate) fn dials<'a>(&'a self, target: &'a Target) -> (&'a str, u16) {
        match &self.proxy {
            Some(proxy) => (proxy.host(), proxy.port()),
            None => (&target.host, target.port),
        }
    }

    /// The conversations, in order.
    fn conversations(&self, target: &Target) -> Vec<(With, Vec<Step>)> {
        let proxy = self.proxy.iter().map(|proxy| (With::Proxy(proxy.clone()), proxy.steps(target)));
        let server = self.starttls.iter().map(|protocol| (With::Server(*protocol), protocol.steps(&target.host)));
        proxy.chain(server).collect()
    }
}
