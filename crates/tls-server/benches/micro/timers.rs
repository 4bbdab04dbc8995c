//! A turn of a worker's timers.

use std::time::Duration;

use engine::measure::Turns;

use crate::harness::{Bench, Work};

pub(crate) const BENCHES: &[Bench] = &[
    Bench { name: "a turn of the timers of 10,000 idle connections", times: TURNS, make: idle },
    Bench { name: "a turn of the timers of 10,000 handshakes", times: TURNS, make: handshakes },
];

const TURNS: u32 = 1000;

fn idle() -> Work {
    turns(Duration::from_secs(300))
}

fn handshakes() -> Work {
    turns(Duration::from_secs(10))
}

/// A worker with as much to do turns some ten thousand times a second.
fn turns(left: Duration) -> Work {
    let mut turns = Turns::new(10_000, left);
    Box::new(move |watch| {
        watch.measure(|| (0..TURNS).map(|_| turns.turn(Duration::from_micros(100))).sum::<usize>());
    })
}
