//! The session's secrets, kept in memory so that its records can be opened, and passed on to who else wants them.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;
use wire::Secrets;

/// Keeps what rustls says, and says it to the key log that was there before.
#[derive(Debug)]
pub(super) struct Keeper {
    kept: Mutex<Secrets>,
    next: Arc<dyn KeyLog>,
}

impl Keeper {
    pub(super) fn before(next: Arc<dyn KeyLog>) -> Self {
        Self { kept: Mutex::default(), next }
    }

    /// What was kept up to now.
    pub(super) fn take(&self) -> Secrets {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeyLog for Keeper {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).add(label, client_random, secret);
        self.next.log(label, client_random, secret);
    }
}
