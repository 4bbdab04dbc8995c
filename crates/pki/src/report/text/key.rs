//! The text of a key.

use super::detail;
use super::lines::Lines;
use crate::report::KeyReport;

pub(in crate::report) fn key(report: &KeyReport) -> String {
    summary(report).into_text()
}

pub(in crate::report) fn full_key(report: &KeyReport) -> String {
    let mut out = summary(report);
    detail::value(&mut out, "public key", &report.public_key, 1);
    out.into_text()
}

fn summary(report: &KeyReport) -> Lines {
    let mut out = Lines::headed(&format!("{} key ({})", report.kind, report.file));
    out.warnings(&report.warnings);
    out.line("algorithm", &report.algorithm);
    report.protection.iter().for_each(|way| out.line("protected by", way));
    out.line("SHA-256", &report.sha256);
    out.line("pin", &report.pin);
    out
}
