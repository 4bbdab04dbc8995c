//! Certificates, requests, CRLs and keys as a person and a program see them: one value, rendered as text or as JSON.

mod certificates;
mod crl;
mod json;
mod key;
mod refusals;
mod request;
mod text;
mod warnings;

pub use certificates::{Certificate, Certificates, FileNote, Unshown};
pub use crl::{CrlReport, CrlsReport, Signed};
pub use json::json;
pub use key::KeyReport;
pub use refusals::Refusal;
pub use request::{Possession, RequestReport};
pub use warnings::{loose_mode, warnings};
