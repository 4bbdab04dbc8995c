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
    out.line("SHA-256", &report.sha256);
    out.line("pin", &report.pin);
    out.text
}

fn remaining(days: i64) -> String {
    match days {
        0 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        2.. => format!("{days} days left"),
        _ => "expired".to_owned(),
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

#[cfg(test)]
mod tests {
    use crate::certificate::Inspected;
    use crate::report::{Certificates, json};
    use crate::specimens::{Leaf, authority, between, now};

    #[test]
    fn warnings_come_first_and_then_what_a_person_asks() {
        let leaf = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"), ..Leaf::default() };
        let mut report = Certificates::new();
        report.add("server.pem", 1, Inspected::from_der(&leaf.issued_by(&authority("Root", None))).unwrap(), now());
        let text = report.text();
        let labels: Vec<&str> = text.lines().filter_map(|line| line.trim_start().split("  ").next()).collect();
        assert_eq!(
            labels[..8],
            [
                "good.example (server.pem)",
                "warning: expired on 2026-11-18 12:00 UTC, 3 days ago",
                "subject",
                "names",
                "valid",
                "issuer",
                "a CA",
                "key",
            ]
        );
        assert!(text.contains("2026-11-18 12:00 UTC (expired)"), "{text}");
    }

    #[test]
    fn the_json_begins_with_its_schema_and_holds_the_same() {
        let mut report = Certificates::new();
        report.add("ca.pem", 1, Inspected::from_der(&authority("Root", None).chain()[0]).unwrap(), now());
        let text = json(&report);
        assert!(text.starts_with("{\n  \"schema\": \"latchkey.certificates/1\""), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let shown = &value["certificates"][0];
        assert_eq!(shown["subject"]["common_name"], "Root");
        assert_eq!(shown["authority"]["ca"], true);
        assert_eq!(shown["not_after"], "2027-02-01T00:00:00Z");
        assert_eq!(shown["key_usage"], serde_json::json!(["key_cert_sign", "crl_sign"]));
    }
}
