//! A TLS client that says what it sees: whom it reached, what was agreed, whether the certificate is to be trusted and
//! why not.
//!
//! [`Client::observe`] makes one connection and returns everything that was seen of it, as a value even where it
//! failed. [`report`] makes of that what a person or a program reads. [`mod@bench`] makes many, and measures. [`trace`]
//! shows what went over the wire, and what was in it. Nothing here
//! prints.

pub mod bench;
mod conversation;
mod deadline;
pub mod dial;
mod observation;
pub mod preamble;
mod recorder;
pub mod report;
mod target;
mod tls;
pub mod trace;

pub use conversation::{End, Exchange};
pub use observation::{Cause, Client, Failure, Handshake, Observation, Then};
pub use recorder::{CertificateRequest, OnRefusal, Recorded};
pub use target::{DEFAULT_PORT, LOCAL_TARGET, Target, TargetError};
