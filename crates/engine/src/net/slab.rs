//! The connections of a worker, by token. A token's generation makes sure that a stale event hits nobody.
//!
//! A connection has two tokens, one for each side: they differ in one bit and lead to the same value.

use mio::Token;

/// Values by token.
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    /// Counts the values that this slot has had, from one: the tokens below 2^32 are nobody's, and the worker's to
    /// use for its listeners.
    generation: u32,
    value: Option<T>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts in a value, which is told its token. `None` at 2^32 values, which no limit allows.
    pub(super) fn insert(&mut self, value: T) -> Option<Token> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(Slot { generation: 0, value: None });
                index
            }
        };
        let slot = self.slots.get_mut(index as usize)?;
        slot.generation = if slot.generation < MOST { slot.generation + 1 } else { 1 };
        slot.value = Some(value);
        Some(token(slot.generation, index))
    }

    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        let (generation, index) = parts(token);
        self.slots.get_mut(index).filter(|slot| slot.generation == generation)?.value.as_mut()
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<T> {
        let (generation, index) = parts(token);
        let slot = self.slots.get_mut(index).filter(|slot| slot.generation == generation)?;
        let value = slot.value.take()?;
        self.free.push(index as u32);
        Some(value)
    }

    /// The tokens of all values.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let taken = self.slots.iter().enumerate().filter(|(_, slot)| slot.value.is_some());
        taken.map(|(index, slot)| token(slot.generation, index as u32)).collect()
    }
}

/// The bit of a token that says that it is of the plain side.
const BACKEND: usize = 1 << 63;

/// The greatest generation, below that bit.
const MOST: u32 = u32::MAX >> 1;

/// The token of the plain side of the connection with `token`.
pub(super) const fn backend(token: Token) -> Token {
    Token(token.0 | BACKEND)
}

/// Whether it is the token of a plain side.
pub(super) const fn is_backend(token: Token) -> bool {
    token.0 & BACKEND != 0
}

/// The token of the connection, whichever side `token` is of.
pub(super) const fn connection(token: Token) -> Token {
    Token(token.0 & !BACKEND)
}

const fn token(generation: u32, index: u32) -> Token {
    Token((generation as usize) << 32 | index as usize)
}

const fn parts(token: Token) -> (u32, usize) {
    (((token.0 & !BACKEND) >> 32) as u32, token.0 & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_token_reaches_nobody() {
        let mut slab = Slab::new();
        let first = slab.insert("first").unwrap();
        assert_eq!(slab.remove(first), Some("first"));
        let second = slab.insert("second").unwrap();
        assert_eq!(parts(first).1, parts(second).1, "the slot is used again");
        assert_eq!(slab.get_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get_mut(second), Some(&mut "second"));
        assert_eq!((slab.len(), slab.tokens()), (1, vec![second]));
        assert!(first.0 > u32::MAX as usize, "small tokens are free for listeners");
        assert_eq!(slab.get_mut(Token(0)), None);
        assert!(is_backend(backend(second)) && !is_backend(second) && connection(backend(second)) == second);
        assert_eq!(slab.get_mut(backend(second)), Some(&mut "second"), "both sides lead to the same value");
    }
}
