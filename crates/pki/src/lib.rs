//! Keys, requests, certificates and CAs; one verifier, and one set of rules that explains what went wrong.

pub mod authority;
pub mod batch;
pub mod bundle;
pub mod certificate;
pub mod clients;
pub mod convert;
pub mod crl;
pub mod explain;
pub mod key;
pub mod renew;
pub mod report;
pub mod request;
#[cfg(test)]
mod specimens;
pub mod stored;
pub mod verify;
mod words;
