//! Whether rustls may owe the peer the answer to a KeyUpdate.
//!
//! It changes its key at once and keeps the answer until there is data to send (RFC 8446 section 4.6.3). It does not say
//! so, and the answer would be lost if its keys were taken then. What can be seen is which records brought no data.

/// What is known of it. In doubt there may be something.
pub(super) struct Owed {
    /// The handshake is done.
    begun: bool,
    /// How many protected records the peer's handshake took, as far as that is known.
    flight: Option<u32>,
    doubt: bool,
}

impl Default for Owed {
    fn default() -> Self {
        Self { begun: false, flight: Some(0), doubt: false }
    }
}

impl Owed {
    /// `discard` bytes of what was `ahead` are used up, and it was data that came of it or not.
    pub(super) fn note(&mut self, ahead: &Ahead, discard: usize, is_data: bool) {
        if !self.begun {
            self.flight = self.flight.zip(ahead.protected_within(discard)).map(|(before, now)| before + now);
        } else if discard > 0 {
            self.doubt |= !is_data || ahead.first() != Some(discard);
        }
    }

    /// The handshake is done. More than one record is a certificate, or something behind the Finished.
    pub(super) fn begin(&mut self) {
        self.begun = true;
        self.doubt = self.flight != Some(1);
    }

    /// Data was sent, and everything that was owed in front of it.
    pub(super) const fn settle(&mut self) {
        self.doubt = false;
    }

    pub(super) const fn may_be_something(&self) -> bool {
        self.doubt
    }
}

/// Where the next records of a peer end, and how many of them are protected ones (RFC 8446 section 5.2).
pub(super) struct Ahead {
    ends: [(usize, u32); Self::RECORDS],
    count: usize,
}

impl Ahead {
    /// As many as a handshake's last flight has, and some more.
    const RECORDS: usize = 6;

    pub(super) fn of(input: &[u8]) -> Self {
        const PROTECTED: u8 = 23;
        let mut ahead = Self { ends: [(0, 0); Self::RECORDS], count: 0 };
        let (mut end, mut protected) = (0, 0);
        for slot in &mut ahead.ends {
            let Some(&[kind, _, _, high, low]) = input.get(end..).and_then(<[u8]>::first_chunk::<5>) else { break };
            end += 5 + usize::from(u16::from_be_bytes([high, low]));
            protected += u32::from(kind == PROTECTED);
            *slot = (end, protected);
            ahead.count += 1;
        }
        ahead
    }

    /// How long the first one is.
    fn first(&self) -> Option<usize> {
        self.ends[..self.count].first().map(|(end, _)| *end)
    }

    /// How many protected ones there are in the first `length` bytes, if those are whole records.
    fn protected_within(&self, length: usize) -> Option<u32> {
        if length == 0 {
            return Some(0);
        }
        self.ends[..self.count].iter().find(|(end, _)| *end == length).map(|(_, protected)| *protected)
    }
}
