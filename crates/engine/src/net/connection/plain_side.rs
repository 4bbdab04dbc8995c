//! A connection and its plain side: what is read from it and written to it, and what the service is told of it.

use super::Connection;
use crate::backend::BackendEvent;
use crate::limits::{HIGH_WATER, LOW_WATER};
use crate::net::backend::{Backend, News};
use crate::out::Wishes;
use crate::session::{Phase, Turn};

impl Connection {
    pub(super) fn may_read_backend(&self) -> bool {
        self.outbox.len() < HIGH_WATER
            && self.session.phase() == Phase::Open
            && self.backend.as_ref().is_some_and(|backend| backend.may_be_read())
    }

    /// Reads once from the plain side and lets the session have it. How much was read.
    pub(super) fn read_backend(&mut self, buffer: &mut [u8], turn: &mut Turn<'_>) -> usize {
        let Some(backend) = &mut self.backend else { return 0 };
        let count = backend.read(buffer);
        if count > 0 {
            let data = &buffer[..count];
            self.with_outbox(turn, |session, turn| session.backend(BackendEvent::Data(data), turn));
        }
        count
    }

    /// Tells the service what happened on the plain side. Whether there was something.
    pub(super) fn tell_news(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(news) = self.backend.as_mut().and_then(|backend| backend.take_news()) else { return false };
        let event = match news {
            News::Connected => BackendEvent::Connected,
            News::Failed(fault) => BackendEvent::Failed(fault),
            News::Ended => BackendEvent::End,
            News::Broken(error) => BackendEvent::Broken(error),
        };
        self.with_outbox(turn, |session, turn| session.backend(event, turn));
        true
    }

    /// Does what the service wishes of the plain side; what it passed on lies in `buffer`.
    pub(super) fn fulfil(&mut self, buffer: &[u8], turn: &mut Turn<'_>) {
        let Wishes { room, dial, backend_shut, backend_abort, .. } = std::mem::take(&mut turn.lent.wishes);
        self.room_due |= room || self.outbox.len() > LOW_WATER;
        if let Some(dial) = dial {
            match &mut self.backend {
                Some(backend) => backend.dial_again(dial, turn.now),
                None => self.backend = Some(Box::new(Backend::dial(dial, turn.now))),
            }
        }
        if let Some(backend) = &mut self.backend {
            if turn.lent.has_for_backend() && backend.write(buffer, &turn.lent.spans, &turn.lent.backend) > 0 {
                self.session.wrote(turn.now);
            }
            if backend_shut {
                backend.shut(turn.now);
            }
            if backend_abort {
                backend.abort();
            }
        }
        turn.lent.clear_backend();
    }

    pub(super) fn write_backend(&mut self, turn: &Turn<'_>) {
        if let Some(backend) = &mut self.backend
            && backend.send(turn.now) > 0
        {
            self.session.wrote(turn.now);
        }
    }

    /// The plain side is done with: it sees an orderly end only where there was one.
    pub(super) fn leave_backend(&mut self) {
        if let Some(mut backend) = self.backend.take()
            && !self.session.is_clean()
        {
            backend.abort();
        }
    }

    /// Whether there is something to do that no event will tell of.
    pub(in crate::net) fn has_news(&self) -> bool {
        self.backend.as_ref().is_some_and(|backend| backend.has_news())
    }
}
