//! What a running server is doing: the same facts as a document ([`Status`]) and as metrics ([`metrics`]).
//!
//! Everything is asked for when somebody looks, from a [`Source`]; only the rates need a memory, which [`Rates`] is.

mod identities;
mod live;
mod metrics;
mod model;
mod openmetrics;
mod process;
mod rates;
mod source;
#[cfg(test)]
pub(crate) mod tests;

pub use self::live::{Live, Tell};
pub use self::metrics::{CONTENT_TYPE, metrics};
pub use self::model::Status;
pub use self::process::Process;
pub use self::rates::{Rate, Rates, Sample, Sampler};
pub use self::source::{
    About, Backend, Certificate, Certificates, LastReload, Listener, Outcome, Readiness, Reload, Source, Unusable,
};
