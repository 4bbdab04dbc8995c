//! What rustls asks for tickets.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256};
use rustls::server::ProducesTickets;

use super::keys::TicketKeys;
use crate::context::Clients;

/// The longest ticket that is made or looked at. A client sends it back in its ClientHello, of which a server keeps a
/// bounded part; with a chain of client certificates in it a ticket has a few kilobytes.
const LONGEST: usize = 16 * 1024;

/// How far another server's clock may be ahead of ours.
const CLOCKS_DIFFER: i64 = 60;

/// Makes and opens the tickets of one configuration.
#[derive(Debug, Clone)]
pub struct Ticketer {
    keys: Arc<TicketKeys>,
    binding: [u8; 32],
    lifetime: Duration,
}

impl Ticketer {
    /// How long a ticket lives at most: half a day, so that who comes back in the evening still saves a round of
    /// signatures. RFC 8446 allows seven days; but a key is kept for as long as its tickets live, and whoever steals it
    /// can read what TLS 1.2 sessions sent under its tickets.
    pub const LIFETIME: Duration = Duration::from_hours(12);

    /// How long a ticket lives at most where clients show certificates, because it stands for a verification.
    pub const WITH_CLIENTS: Duration = Duration::from_hours(1);

    /// Tickets under `keys` that open only with the same `binding`, for `lifetime` or [`Self::LIFETIME`], whichever is
    /// shorter.
    pub fn new(keys: Arc<TicketKeys>, binding: [u8; 32], lifetime: Duration) -> Self {
        Self { keys, binding, lifetime: lifetime.min(Self::LIFETIME) }
    }

    /// The same where clients are asked as `clients` says. A ticket of a client that needed no certificate does not
    /// open where it needs one, even if whoever made the binding forgot to put that in.
    pub(in crate::context) fn for_clients(&self, clients: &Clients) -> Self {
        let (asked, longest): (&[u8], Duration) = match clients {
            Clients::None => (b"none", self.lifetime),
            Clients::Optional(_) => (b"may", Self::WITH_CLIENTS),
            Clients::Required(_) => (b"must", Self::WITH_CLIENTS),
        };
        let mut digest = digest::Context::new(&SHA256);
        digest.update(&self.binding);
        digest.update(asked);
        let mut binding = [0; 32];
        binding.copy_from_slice(digest.finish().as_ref());
        Self { keys: Arc::clone(&self.keys), binding, lifetime: self.lifetime.min(longest) }
    }

    fn is_alive(&self, age: i64) -> bool {
        u64::try_from(age.max(0)).is_ok_and(|age| age < self.lifetime.as_secs()) && age >= -CLOCKS_DIFFER
    }
}

impl ProducesTickets for Ticketer {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(self.lifetime.as_secs()).unwrap_or(u32::MAX)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.keys.seal(plain, &self.binding).filter(|ticket| ticket.len() <= LONGEST)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        if cipher.len() > LONGEST {
            return None;
        }
        let (age, plain) = self.keys.open(cipher, &self.binding)?;
        self.is_alive(age).then_some(plain)
    }
}
