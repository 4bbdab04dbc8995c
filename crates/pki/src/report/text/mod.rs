//! The text of a report: warnings first, then in the order a person asks.

mod certificates;
mod crl;
mod detail;
mod key;
mod lines;
mod request;

pub(super) use certificates::{certificates, full_certificates};
pub(super) use crl::{crls, full_crls};
pub(super) use key::{full_key, key};
pub(super) use request::{full_request, request};

#[cfg(test)]
mod tests;
