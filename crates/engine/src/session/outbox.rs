//! Bytes on their way to the peer.

/// A buffer that is filled at the end and taken from the front.
///
/// A worker has a large one, which it lends to each connection in turn. A connection has one of its own only while
/// the peer does not take what it is sent.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Initialised to its whole length, so that space costs nothing the second time.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Outbox {
    /// What is to be sent.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// How much that is.
    pub const fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing is to be sent.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The first `count` bytes have been sent.
    pub fn consume(&mut self, count: usize) {
        self.start += count.min(self.len());
        if self.is_empty() {
            self.clear();
        }
    }

    /// Forgets what is to be sent, and keeps the space.
    pub const fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.space(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.commit(bytes.len());
    }

    /// How much memory it has.
    pub const fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Adds bytes, in space of just that size where there is none yet.
    pub(crate) fn push_exactly(&mut self, bytes: &[u8]) {
        if self.buffer.is_empty() {
            self.buffer = bytes.to_vec();
            (self.start, self.end) = (0, bytes.len());
        } else {
            self.push(bytes);
        }
    }

    /// Moves everything out of `other`, into space of just that size.
    pub fn take_from(&mut self, other: &mut Self) {
        self.push_exactly(other.bytes());
        other.clear();
    }

    /// Space for at least `count` more bytes, to be filled and then [committed](Self::commit).
    pub(crate) fn space(&mut self, count: usize) -> &mut [u8] {
        if self.buffer.len() - self.end < count {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.buffer.len() - self.end < count {
                self.buffer.resize((self.end + count).max(self.buffer.len() * 2), 0);
            }
        }
        &mut self.buffer[self.end..]
    }

    /// The first `count` bytes of the space have been filled.
    pub(crate) fn commit(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let mut outbox = Outbox::default();
        let (mut sent, mut next) = (Vec::new(), 0_u8);
        for step in 0..200_usize {
            let part: Vec<u8> = (0..step % 17)
                .map(|_| {
                    next = next.wrapping_add(1);
                    next
                })
                .collect();
            outbox.push(&part);
            let taken = outbox.len().min(step % 13);
            sent.extend_from_slice(&outbox.bytes()[..taken]);
            outbox.consume(taken);
        }
        let mut own = Outbox::default();
        own.take_from(&mut outbox);
        assert!(outbox.is_empty());
        sent.extend_from_slice(own.bytes());
        assert!(sent.iter().enumerate().all(|(n, &byte)| byte == (n as u8).wrapping_add(1)));
        assert_eq!(sent.last(), Some(&next));
    }
}
