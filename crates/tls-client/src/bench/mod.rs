//! Load on a server, and honest figures of it.
//!
//! [`run`] makes connections by a [`Plan`] on some threads, each with its own poll, and returns a [`Figures`]. What is
//! counted is the span between the warm-up and the end, on both sides: the client's own processor time is part of the
//! figures, because a load that was busy itself has measured itself.
//!
//! A certificate is verified by the verifier when it is first seen, and taken as it was verified afterwards; the
//! server's signature is checked in each handshake.

mod alarm;
mod data;
mod figures;
mod histogram;
mod line;
mod loader;
mod once;
mod plan;
pub mod plot;
mod resting;
mod server;
mod span;
mod summary;
pub mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use rustls::ClientConfig;

pub use self::figures::{ClientSide, Figures, Handshakes, Latencies, Latency, Newcomers, ServerSide};
pub use self::histogram::Histogram;
pub use self::once::Once;
pub use self::plan::{Amount, Expect, Mode, Plan};

/// What a run shows while it runs, and how it is ended early.
#[derive(Debug, Default)]
pub struct Course {
    /// Operations that are done, the warm-up's included.
    pub done: AtomicU64,
    /// Ends the run with what there is when it is set.
    pub stop: AtomicBool,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The process that was to be watched cannot be.
    #[error("watching the process {pid}: {source}")]
    Process {
        /// Its number.
        pid: u32,
        /// Why not.
        source: std::io::Error,
    },
    /// The system has no more of something.
    #[error("starting the load: {0}")]
    System(#[source] std::io::Error),
}

/// Puts the load on the server.
///
/// # Errors
/// The load could not be started. What the server does is no error: failures are counted.
pub fn run(plan: &Plan, config: &Arc<ClientConfig>, course: &Course) -> Result<Figures, BenchError> {
    match plan.mode {
        Mode::Idle | Mode::HalfOpen => resting::run(plan, config, course),
        _ => loader::run(plan, config, course),
    }
}

#[cfg(test)]
mod tests;
