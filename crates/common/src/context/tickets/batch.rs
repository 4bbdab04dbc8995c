//! The keys of a thread for tickets: the one that it seals with, and those that it has opened with last. To make one
//! costs more than to use it.

use std::cell::RefCell;

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;

use super::key::{NAME_LEN, TicketKey};

pub(super) const SALT_LEN: usize = 24;

/// Tickets sealed with one salt: so few that random nonces of 96 bits do not repeat among them, and so many that what
/// another salt costs is not seen.
const TICKETS: u64 = 1 << 20;

/// Salts that are remembered: those of some threads, whose tickets come back to any.
const REMEMBERED: usize = 8;

thread_local! {
    static SEALING: RefCell<Option<(Salted, u64)>> = const { RefCell::new(None) };
    static OPENING: RefCell<Remembered> = const { RefCell::new(Remembered { keys: Vec::new(), next: 0 }) };
}

/// A key that was made of a ticket key and a salt.
struct Salted {
    name: [u8; NAME_LEN],
    salt: [u8; SALT_LEN],
    cipher: LessSafeKey,
}

struct Remembered {
    keys: Vec<Salted>,
    next: usize,
}

/// Lets `seal` use a salt, and the key that belongs to it, for one more ticket.
pub(super) fn next<T>(
    key: &TicketKey,
    seal: impl FnOnce(&[u8; SALT_LEN], &LessSafeKey) -> Result<T, Unspecified>,
) -> Result<T, Unspecified> {
    SEALING.with_borrow_mut(|sealing| {
        if !sealing.as_ref().is_some_and(|(salted, sealed)| salted.name == *key.name() && *sealed < TICKETS) {
            let mut salt = [0; SALT_LEN];
            rand::fill(&mut salt)?;
            *sealing = Some((Salted::new(key, &salt)?, 0));
        }
        let (salted, sealed) = sealing.as_mut().ok_or(Unspecified)?;
        *sealed += 1;
        seal(&salted.salt, &salted.cipher)
    })
}

/// Lets `open` use the key that belongs to a salt.
pub(super) fn with<T>(
    key: &TicketKey,
    salt: &[u8; SALT_LEN],
    open: impl FnOnce(&LessSafeKey) -> Result<T, Unspecified>,
) -> Result<T, Unspecified> {
    OPENING.with_borrow_mut(|remembered| {
        let is_it = |salted: &&Salted| salted.name == *key.name() && salted.salt == *salt;
        if let Some(salted) = remembered.keys.iter().find(is_it) {
            return open(&salted.cipher);
        }
        let salted = Salted::new(key, salt)?;
        let opened = open(&salted.cipher)?; // only what opened something is remembered
        remembered.keep(salted);
        Ok(opened)
    })
}

impl Salted {
    fn new(key: &TicketKey, salt: &[u8; SALT_LEN]) -> Result<Self, Unspecified> {
        Ok(Self { name: *key.name(), salt: *salt, cipher: key.cipher(salt)? })
    }
}

impl Remembered {
    fn keep(&mut self, salted: Salted) {
        if self.keys.len() < REMEMBERED {
            self.keys.push(salted);
        } else if let Some(oldest) = self.keys.get_mut(self.next) {
            *oldest = salted;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }
}
