//! `forward`, with rustls's own client in front and backends on threads behind.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod bytes;
mod ends;
mod harness;
mod several;
mod who;
