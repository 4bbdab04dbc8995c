//! The text of a request.

use super::detail;
use super::lines::Lines;
use crate::report::{Possession, RequestReport};

pub(in crate::report) fn request(report: &RequestReport) -> String {
    summary(report).into_text()
}

pub(in crate::report) fn full_request(report: &RequestReport) -> String {
    let mut out = summary(report);
    detail::value(&mut out, "public key", &report.public_key, 1);
    detail::extensions(&mut out, "extensions asked for", &report.requested, 1);
    out.into_text()
}

fn summary(report: &RequestReport) -> Lines {
    let mut out = Lines::headed(&format!("request ({})", report.file));
    out.warnings(&report.warnings);
    out.line("subject", &report.subject);
    out.names(&report.names);
    out.line("key", &report.key);
    if !report.extensions.is_empty() {
        out.line("asks for", report.extensions.join(", "));
    }
    if !report.attributes.is_empty() {
        out.line("says also", report.attributes.join(", "));
    }
    out.line(
        "signature",
        match report.possession {
            Possession::Proven => "proves that its sender holds the private key",
            Possession::NotProven(_) => "proves nothing",
        },
    );
    out.line("pin", &report.pin);
    out
}
