//! What can be measured.

mod beside;
mod growth;
mod half_open;
mod held;
mod idle;
mod plan;
mod primitives;
mod reloads;
mod rounds;

use anyhow::Result;
use clap::ValueEnum;

pub(super) use beside::FLOOR;

use super::figures::Work;
use super::servers::{Contestant, Server};
use super::site::Site;

/// A server where it starts. Where it is a peer that does not start, a line says so, and it is left out.
fn unless_it_fails(contestant: Contestant, started: Result<Server>) -> Result<Option<Server>> {
    match started {
        Ok(server) => Ok(Some(server)),
        Err(error) if contestant == Contestant::Latchkey => Err(error),
        Err(error) => {
            println!("   without {}: {error:#}", contestant.name());
            Ok(None)
        }
    }
}

/// How long it may take.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) rounds: usize,
    /// A tenth of the operations: to see that it works, not how well.
    pub(super) quick: bool,
}

impl Effort {
    /// `count` operations, or a tenth of them.
    pub(super) const fn scaled(self, count: usize) -> usize {
        if self.quick { count.div_ceil(10) } else { count }
    }
}

/// One kind of work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(super) enum What {
    /// Full handshakes with a P-256 certificate, everyone as they come, through a terminator to a plain service
    Full,
    /// The same with clients that offer AES-128-GCM alone
    FullAes128,
    /// Resumed handshakes
    Resumed,
    /// Full handshakes with an RSA-2048 certificate
    Rsa,
    /// Full handshakes with clients that offer X25519MLKEM768 first
    PostQuantum,
    /// Bytes to the client, AES-256-GCM
    Download,
    /// Bytes from the client, AES-256-GCM
    Upload,
    /// 64 bytes there and back on 64 kept connections
    Exchange,
    /// Memory of a connection that is held and silent
    Idle,
    /// 2,000 half-open connections, and newcomers beside them
    HalfOpen,
    /// `tls-server hello` beside the script that people use and `openssl s_server`
    Hello,
    /// CPU of a handshake with two workers and with one
    Workers,
    /// CPU of a handshake beside up to 10,000 connections that are held
    Held,
    /// The same through `forward`, up to 8,000
    HeldForward,
    /// 100,000 names: memory, and CPU of a handshake
    Names,
    /// The slowest newcomers while the server reloads, and while it does not
    Reloads,
}

impl What {
    /// Everything, in the order in which it is measured.
    pub(super) fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The one that measured the work of this name, which may go on behind its own: `names-memory`.
    pub(super) fn of(work: &str) -> Option<Self> {
        let all = || Self::all().into_iter();
        all().find(|what| what.name() == work).or_else(|| all().find(|what| work.starts_with(&what.name())))
    }

    /// Who takes part, if they are there and nobody was left out.
    pub(super) const fn contestants(self) -> &'static [Contestant] {
        use Contestant::{Haproxy, Hitch, Latchkey, Nginx, OpensslServer, Plain, Python, Stunnel};
        match self {
            Self::Full | Self::FullAes128 | Self::Resumed | Self::Rsa | Self::PostQuantum => {
                &[Latchkey, Nginx, Haproxy, Hitch, Stunnel, Plain]
            }
            Self::Download | Self::Upload | Self::Exchange | Self::Idle => {
                &[Latchkey, Nginx, Haproxy, Hitch, Stunnel, Plain]
            }
            Self::HalfOpen => &[Latchkey, Nginx, Haproxy, Hitch],
            Self::Hello => &[Latchkey, OpensslServer, Python],
            Self::Workers | Self::Held | Self::HeldForward | Self::Names | Self::Reloads => &[Latchkey],
        }
    }

    /// Measures it.
    pub(super) fn measure(self, site: &Site, contestants: &[Contestant], effort: Effort) -> Result<Vec<Work>> {
        match self {
            Self::Idle => idle::measure(self, site, contestants, effort),
            Self::HalfOpen => half_open::measure(self, site, contestants, effort),
            Self::Workers => growth::workers(self, site, effort),
            Self::Names => growth::names(self, site, effort),
            Self::Held | Self::HeldForward => held::measure(self, site, effort),
            Self::Reloads => reloads::measure(self, site, effort),
            _ => beside::measure(self, site, contestants, effort),
        }
    }
}
