//! Micro benchmarks: what the server does most, in memory and alone.
//!
//! `cargo xtask bench micro` runs them, counts their instructions, and compares. By hand:
//! `cargo bench --features measure -p tls-server -- handshake`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, whose output is for xtask and for people"
)]

mod crl;
mod harness;
mod hello;
mod pair;
mod primitives;
mod sessions;
mod timers;

fn main() {
    harness::run(&[sessions::BENCHES, timers::BENCHES, hello::BENCHES, crl::BENCHES, primitives::BENCHES].concat());
}
