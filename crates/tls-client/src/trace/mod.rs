//! What goes over the wire: every record and handshake message of a connection, as an eavesdropper sees it and as it is
//! inside.
//!
//! [`Client::trace`] makes the connection and keeps what passed; [`Trace`] is what was in it, as a value; [`text`],
//! [`html`] and [`pcapng`] are made of these.

pub mod html;
mod learned;
mod model;
pub mod pcapng;
mod secrets;
mod tap;
pub mod text;
mod words;

#[cfg(test)]
mod golden;

use std::sync::Arc;

use common::context::ContextError;
use wire::Secrets;

pub use model::{Connection, Event, Inside, Learned, Message, Shown, Total, Trace};
pub use tap::{Chunk, End, Recording};

pub(crate) use tap::{Tap, Tapped};

use crate::observation::{Client, Observation, Then};
use crate::target::Target;
use secrets::Keeper;

/// How often a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Once.
    Once,
    /// Twice, so that the second can resume the first's session.
    Resumed,
}

/// One connection: what was seen of it, what passed, and its secrets.
#[derive(Debug)]
pub struct Traced {
    /// What was seen.
    pub observation: Observation,
    /// What passed; none where there was no connection.
    pub recording: Option<Recording>,
    /// What its records can be opened with.
    pub secrets: Secrets,
}

impl Client {
    /// Connects to `target`, says `words` where there are some, and keeps everything that passed with the secrets that
    /// it can be read with. Nothing is sent past a certificate that is refused, as with [`Client::observe`].
    ///
    /// # Errors
    /// The client's own settings cannot be used; whatever the peer does is no error here.
    pub fn trace(&self, target: &Target, words: Option<&[u8]>, repeat: Repeat) -> Result<Vec<Traced>, ContextError> {
        let recorder = self.recorder();
        let mut config = Arc::unwrap_or_clone(self.config(&recorder, repeat == Repeat::Resumed)?);
        let keeper = Arc::new(Keeper::before(Arc::clone(&config.key_log)));
        config.key_log = Arc::clone(&keeper) as Arc<dyn rustls::KeyLog>;
        let config = Arc::new(config);
        let mut traced = Vec::new();
        for _ in 0..if repeat == Repeat::Resumed { 2 } else { 1 } {
            let tap = Tap::default();
            let mut unheard = |_: &[u8]| {};
            let then = match words {
                Some(words) => Then::Say { words, answer: &mut unheard },
                None => Then::Watch,
            };
            let observation = self.observe_with(Arc::clone(&config), &recorder, target, then, Some(tap.clone()))?;
            let failed = observation.failure.is_some();
            traced.push(Traced { observation, recording: tap.take(), secrets: keeper.take() });
            if failed {
                break; // there is no session to resume
            }
        }
        Ok(traced)
    }
}
