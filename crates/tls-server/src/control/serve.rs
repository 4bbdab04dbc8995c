//! What the control thread does to a server.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use common::terminal::ui;
use engine::{BindError, Handle, Plan};

use super::reload::Problem;

/// The server as it is controlled.
pub trait Serve: Send + 'static {
    /// What it acts by.
    type Plan: Send + 'static;

    /// Puts `plan` in force, and returns when every worker acts by it.
    ///
    /// # Errors
    /// Why nothing was changed.
    fn update(&self, plan: Self::Plan) -> Result<(), Vec<Problem>>;

    /// Accepts what is queued and nothing new, and ends when every connection has, or after `deadline`.
    fn drain(&self, deadline: Duration);

    /// Ends at once.
    fn stop(&self);

    /// How many connections are open.
    fn connections(&self) -> u64;

    /// A duplicate of every listening socket, with the address it is bound to.
    ///
    /// # Errors
    /// The system is short of descriptors.
    fn sockets(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>>;

    /// Another process has the sockets: stops accepting without closing a queue, and drains.
    fn hand_over(&self, deadline: Duration);
}

impl Serve for Handle {
    type Plan = Plan;

    fn update(&self, plan: Plan) -> Result<(), Vec<Problem>> {
        Self::update(self, plan).map(drop).map_err(|error| vec![problem(&error)])
    }

    fn drain(&self, deadline: Duration) {
        Self::drain(self, deadline);
    }

    fn stop(&self) {
        Self::stop(self);
    }

    fn connections(&self) -> u64 {
        self.totals().connections
    }

    fn sockets(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>> {
        Self::sockets(self)
    }

    fn hand_over(&self, deadline: Duration) {
        Self::hand_over(self, deadline);
    }
}

/// Why an address cannot be listened on, and what mends it.
pub(crate) fn problem(error: &BindError) -> Problem {
    let advice = match error {
        BindError::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
            Some(format!("stop what listens there: `ss -ltnp sport = :{}` shows it", address.port()))
        }
        _ => None,
    };
    Problem { advice, ..Problem::new(ui::chain(error)) }
}
