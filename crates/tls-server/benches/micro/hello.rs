//! A ClientHello, from bytes to what is known of it.

use std::hint::black_box;

use wire::hello::{self, Decoded};
use wire::record::Assembly;

use crate::harness::{Bench, Work};
use crate::pair::Client;

pub(crate) const BENCHES: &[Bench] = &[
    Bench { name: "a ClientHello decoded", times: TIMES, make: decoded },
    Bench { name: "a ClientHello decoded, to JA4", times: TIMES, make: fingerprinted },
];

const TIMES: u32 = 100;

fn decoded() -> Work {
    each(|hello| {
        black_box(hello);
    })
}

fn fingerprinted() -> Work {
    each(|hello| {
        black_box(wire::fingerprint::ja4(hello));
    })
}

fn each(then: fn(&wire::ClientHello<'_>)) -> Work {
    let bytes = Client::with_groups("x25519").hello();
    Box::new(move |watch| {
        watch.measure(|| {
            for _ in 0..TIMES {
                let mut assembly = Assembly::default();
                let Decoded::ClientHello(hello) = hello::decode(black_box(&bytes), &mut assembly) else {
                    panic!("rustls makes whole ClientHellos");
                };
                then(&hello);
            }
        });
    })
}
