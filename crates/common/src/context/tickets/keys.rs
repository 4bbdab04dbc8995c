//! The keys in use: one that seals, and those that still open.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::error::Unspecified;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use super::file::{self, TicketKeysError};
use super::key::{NAME_LEN, TicketKey};
use super::ticketer::Ticketer;
use crate::Clock;

/// After so long a new key seals.
const ROTATION: SignedDuration = SignedDuration::from_hours(6);

/// Ticket keys, shared by listeners and workers.
///
/// Looking a key up takes no lock; another generation is swapped in by whoever calls [`Self::rotate_if_due`].
#[derive(Debug)]
pub struct TicketKeys {
    generation: ArcSwap<Vec<Arc<Kept>>>, // never empty; the first one seals
    clock: Arc<dyn Clock>,
    source: Source,
}

/// Where keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// This process made them, and makes new ones.
    Random,
    /// A file; a new one is what the next reading of it brings.
    File,
}

/// A key and when it began to seal.
#[derive(Debug)]
struct Kept {
    key: TicketKey,
    since: Timestamp,
}

impl TicketKeys {
    /// A new key of this process's own, known to no other.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn random(clock: Arc<dyn Clock>) -> Result<Self, TicketKeysError> {
        let key = TicketKey::random().map_err(|Unspecified| TicketKeysError::Random)?;
        Ok(Self::of(vec![key], clock, Source::Random))
    }

    /// The keys in a file, which only its owner may read: on each line one key of 32 bytes or more in Base64, the newest
    /// first. Empty lines and lines that begin with `#` say nothing. The first key seals, all of them open; they change
    /// when the file is read again, and not by themselves.
    ///
    /// # Errors
    /// The file cannot be read, may be read by others, or holds something else.
    pub fn from_file(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, TicketKeysError> {
        Ok(Self::of(file::read(path)?, clock, Source::File))
    }

    /// Makes a new key if the one that seals has done so for six hours, and forgets those whose tickets have all run
    /// out. Whether a key was made. For one thread, which calls this every so often; keys of a file stay.
    ///
    /// # Errors
    /// The system has no random bytes; the keys stay as they are.
    pub fn rotate_if_due(&self) -> Result<bool, TicketKeysError> {
        let now = self.clock.now();
        let kept = self.generation.load_full();
        if self.source == Source::File || kept.first().is_some_and(|newest| !newest.is_worn(now)) {
            return Ok(false);
        }
        let key = TicketKey::random().map_err(|Unspecified| TicketKeysError::Random)?;
        let mut next = vec![Arc::new(Kept { key, since: now })];
        next.extend(kept.iter().filter(|kept| kept.may_have_living_tickets(now)).cloned());
        self.generation.store(Arc::new(next));
        Ok(true)
    }

    /// The names of the keys in hexadecimal, the one that seals first. A name is no secret: each ticket begins with it.
    pub fn names(&self) -> Vec<String> {
        self.generation.load().iter().map(|kept| HEXLOWER.encode(kept.key.name())).collect()
    }

    pub(super) fn seal(&self, message: &[u8], binding: &[u8; 32]) -> Option<Vec<u8>> {
        let now = self.clock.now().as_second().to_be_bytes();
        self.generation.load().first()?.key.seal(&now, message, binding).ok()
    }

    /// What is in the ticket, and how many seconds ago it was made; negative where that is to come.
    pub(super) fn open(&self, ticket: &[u8], binding: &[u8; 32]) -> Option<(i64, Vec<u8>)> {
        let (name, sealed) = ticket.split_first_chunk::<NAME_LEN>()?;
        let kept = self.generation.load();
        let key = &kept.iter().find(|kept| kept.key.name() == name)?.key;
        let opened = key.open(sealed, binding)?;
        let (made, message) = opened.split_first_chunk::<8>()?;
        let age = self.clock.now().as_second().checked_sub(i64::from_be_bytes(*made))?;
        Some((age, message.to_vec()))
    }

    fn of(keys: Vec<TicketKey>, clock: Arc<dyn Clock>, source: Source) -> Self {
        let since = clock.now();
        let kept = keys.into_iter().map(|key| Arc::new(Kept { key, since })).collect();
        Self { generation: ArcSwap::from_pointee(kept), clock, source }
    }
}

impl Kept {
    /// Whether it has sealed for long enough. A clock that was set back far would keep a key for as long, so one that
    /// began in the future counts as worn.
    fn is_worn(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.since);
        age >= ROTATION || age < -ROTATION
    }

    /// Whether a ticket that it sealed, the last one included, can still be within its life.
    fn may_have_living_tickets(&self, now: Timestamp) -> bool {
        let life = SignedDuration::try_from(Ticketer::LIFETIME).unwrap_or(SignedDuration::MAX);
        now.duration_since(self.since) < ROTATION + life
    }
}
