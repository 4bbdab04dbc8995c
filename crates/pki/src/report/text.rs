//! The text of a report: warnings first, then in the order a person asks.

use std::fmt::{Display, Write};

use super::{Certificate, Certificates, KeyReport, Possession, RequestReport};
use crate::certificate::{Authority, Inspected, Names};
use crate::words::date;

pub(super) fn certificates(report: &Certificates) -> String {
    let total = report.certificates.len();
    let blocks: Vec<String> = report.certificates.iter().map(|each| certificate(each, total)).collect();
    blocks.join("\n")
}

fn certificate(shown: &Certificate, total: usize) -> String {
    let it = &shown.inspected;
    let place = if total > 1 { format!(", certificate {}", shown.position) } else { String::new() };
    let mut out = Lines::headed(&format!("{} ({}{place})", it.label(), shown.file));
    shown.warnings.iter().for_each(|warning| out.warning(warning));
    out.line("subject", &it.subject);
    out.names(&it.names);
    out.line("valid", format!("{} to {} ({})", date(it.not_before), date(it.not_after), remaining(shown.days_left)));
    out.line("issuer", if it.self_signed { "itself".to_owned() } else { it.issuer.to_string() });
    out.line("a CA", authority(it.authority));
    out.line("key", &it.key);
    out.line("used for", uses(it));
    out.line("signature", &it.signature_algorithm);
    out.line("serial", &it.serial);
    if let Some(id) = &it.subject_key_id {
        out.line("key id", id);
    }
    if let Some(id) = it.authority_key_id.as_ref().filter(|_| !it.self_signed) {
        out.line("issuer key id", id);
    }
    out.line("SHA-256", &it.fingerprint);
    out.line("pin", &it.pin);
    out.text
}

pub(super) fn request(report: &RequestReport) -> String {
    let mut out = Lines::headed(&format!("request ({})", report.file));
    if let Possession::NotProven(why) = &report.possession {
        out.warning(why);
    }
    out.line("subject", &report.subject);
    out.names(&report.names);
    out.line("key", &report.key);
    if !report.extensions.is_empty() {
        out.line("asks for", report.extensions.join(", "));
    }
    out.line(
        "signature",
        match report.possession {
            Possession::Proven => "proves that its sender holds the private key",
            Possession::NotProven(_) => "proves nothing",
        },
    );
    out.line("pin", &report.pin);
    out.text
}

pub(super) fn key(report: &KeyReport) -> String {
    let mut out = Lines::headed(&format!("key ({})", report.file));
    out.line("algorithm", &report.algorithm);
    out.line("pin", &report.pin);
    out.text
}

fn remaining(days: i64) -> String {
    match days {
        0 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        2.. => format!("{days} days left"),
        -1 => "expired within the last day".to_owned(),
        _ => format!("expired {} days ago", days.unsigned_abs() - 1),
    }
}

fn authority(authority: Authority) -> String {
    match authority {
        Authority { ca: false, .. } => "no".to_owned(),
        Authority { path_length: None, .. } => "yes, with any number of CAs below it".to_owned(),
        Authority { path_length: Some(0), .. } => "yes, with no CA below it".to_owned(),
        Authority { path_length: Some(bound), .. } => format!("yes, with at most {bound} CAs below it"),
    }
}

fn uses(it: &Inspected) -> String {
    let purposes = it.extended_key_usage.iter().flatten().map(ToString::to_string);
    let usages = it.key_usage.iter().flatten().map(ToString::to_string);
    let all: Vec<String> = purposes.chain(usages).collect();
    if all.is_empty() { "anything (it does not say)".to_owned() } else { all.join(", ") }
}

/// Labels and values in two columns.
struct Lines {
    text: String,
}

impl Lines {
    fn headed(title: &str) -> Self {
        Self { text: format!("{title}\n") }
    }

    fn warning(&mut self, warning: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "  warning: {warning}");
    }

    fn line(&mut self, label: &str, value: impl Display) {
        let _ = writeln!(self.text, "  {label:<13}  {value}");
    }

    fn names(&mut self, names: &Names) {
        if !names.is_empty() {
            self.line("names", names);
        }
    }
}
