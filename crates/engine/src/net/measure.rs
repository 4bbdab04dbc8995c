//! What measurements reach of the engine and nobody else does.

use std::time::{Duration, Instant};

use mio::Token;

use super::timers::{Tick, Timers};

/// The timers of a worker whose connections all have the same time left.
pub struct Turns {
    timers: Timers,
    due: Vec<(Token, Tick)>,
    now: Instant,
    left: Duration,
}

impl Turns {
    /// Of so many connections, made one after the other within `left`.
    pub fn new(connections: usize, left: Duration) -> Self {
        let now = Instant::now();
        let mut turns = Self { timers: Timers::new(now), due: Vec::new(), now, left };
        for connection in 0..connections {
            let fraction = connection as f64 / connections as f64;
            turns.insert(Token(connection), now + left.mul_f64(fraction));
        }
        turns
    }

    /// A turn of the worker after `passed`: those that are due are asked, and have time left. How many they were.
    pub fn turn(&mut self, passed: Duration) -> usize {
        self.now += passed;
        self.timers.expire(self.now, &mut self.due);
        let mut due = std::mem::take(&mut self.due);
        let count = due.len();
        for (token, _) in due.drain(..) {
            self.insert(token, self.now + self.left);
        }
        self.due = due;
        std::hint::black_box(self.timers.next(self.now));
        count
    }

    fn insert(&mut self, token: Token, deadline: Instant) {
        let tick = self.timers.tick(deadline);
        self.timers.insert(token, tick);
    }
}
