//! Handshakes and records through a session: the server's part alone.

use engine::{Out, Service};

use crate::harness::{Bench, Watch, Work};
use crate::pair::{Client, Pair};

pub(crate) const BENCHES: &[Bench] = &[
    Bench { name: "a full handshake, x25519", times: 1, make: || full("x25519") },
    Bench { name: "a full handshake, X25519MLKEM768", times: 1, make: || full("X25519MLKEM768") },
    Bench { name: "a resumed handshake, x25519", times: 1, make: resumed },
    Bench { name: "a record of 16 KiB in", times: 1, make: record_in },
    Bench { name: "a record of 16 KiB out", times: 1, make: record_out },
    Bench { name: "64 bytes in and out", times: 1, make: exchange },
];

const RECORD: usize = 16 * 1024;

/// What is done before a record is measured, so that what comes later in the life of a connection has come.
const BEFORE: usize = 256;

fn full(groups: &str) -> Work {
    let client = Client::with_groups(groups);
    Box::new(move |watch| {
        let mut pair = Pair::new(&client, || Box::new(Sink));
        pair.exchange(watch);
        assert!(!pair.is_resumed());
    })
}

fn resumed() -> Work {
    let client = Client::resuming("x25519");
    Pair::new(&client, || Box::new(Sink)).exchange(&mut Watch::default());
    Box::new(move |watch| {
        let mut pair = Pair::new(&client, || Box::new(Sink));
        pair.exchange(watch);
        assert!(pair.is_resumed());
    })
}

fn record_in() -> Work {
    after_a_while(|| Box::new(Sink), &[7; RECORD], 0)
}

fn record_out() -> Work {
    after_a_while(|| Box::new(Source), &[7], RECORD)
}

fn exchange() -> Work {
    after_a_while(|| Box::new(Echo), &[7; 64], 64)
}

/// On one connection again and again: `text` to the server, and so much back.
fn after_a_while(service: fn() -> Box<dyn Service>, text: &'static [u8], answer: usize) -> Work {
    let mut pair = Pair::new(&Client::with_groups("x25519"), service);
    pair.exchange(&mut Watch::default());
    let mut once = move |watch: &mut Watch| {
        pair.say(text, watch);
        assert_eq!(pair.deliver(), answer);
    };
    (0..BEFORE).for_each(|_| once(&mut Watch::default()));
    Box::new(once)
}

/// Takes everything.
struct Sink;

impl Service for Sink {
    fn on_data(&mut self, _: &[u8], _: &mut Out<'_>) {}
}

/// Gives a record for whatever comes.
struct Source;

impl Service for Source {
    fn on_data(&mut self, _: &[u8], out: &mut Out<'_>) {
        out.write(&[7; RECORD]);
    }
}

/// Gives back what comes.
struct Echo;

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
    }
}
