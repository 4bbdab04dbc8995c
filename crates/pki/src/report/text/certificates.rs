//! The text of certificates.

use super::detail;
use super::lines::Lines;
use crate::certificate::{Attribute, Authority, Inspected, word};
use crate::report::{Certificate, Certificates, FileNote};
use crate::words::{date, join};

pub(in crate::report) fn certificates(report: &Certificates) -> String {
    blocks(report, summary)
}

pub(in crate::report) fn full_certificates(report: &Certificates) -> String {
    blocks(report, full)
}

fn blocks(report: &Certificates, block: fn(&Certificate, &str) -> Lines) -> String {
    let notes = report.files.iter().map(note);
    let shown = report.certificates.iter().map(|one| {
        let beside = report.certificates.iter().filter(|other| other.file == one.file).count();
        let place = if beside > 1 { format!(", certificate {}", one.position) } else { String::new() };
        block(one, &place)
    });
    notes.chain(shown).map(Lines::into_text).collect::<Vec<_>>().join("\n")
}

fn note(note: &FileNote) -> Lines {
    let mut out = Lines::headed(&note.file);
    out.warnings(&note.warnings);
    if !note.also_holds.is_empty() {
        out.line("holds also", join(&note.also_holds));
    }
    out
}

fn summary(shown: &Certificate, place: &str) -> Lines {
    let it = &shown.inspected;
    let mut out = Lines::headed(&format!("{} ({}{place})", it.label(), shown.file));
    out.warnings(&shown.warnings);
    for refusal in &shown.refused_by {
        out.plain(&format!("  refused by {}: {}", refusal.who, refusal.why));
    }
    out.line("subject", &it.subject);
    out.names(&it.names);
    out.line("valid", format!("{} to {} ({})", date(it.not_before), date(it.not_after), remaining(shown)));
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
    out
}

fn full(shown: &Certificate, place: &str) -> Lines {
    let (it, rest) = (&shown.inspected, &shown.particulars);
    let mut out = summary(shown, place);
    out.line("version", it.version);
    attributes(&mut out, "subject, part by part", &rest.subject_attributes);
    attributes(&mut out, "issuer, part by part", &rest.issuer_attributes);
    detail::value(&mut out, "public key", &rest.public_key, 1);
    for (label, id) in [("issuer unique id", &rest.issuer_unique_id), ("subject unique id", &rest.subject_unique_id)] {
        if let Some(id) = id {
            out.plain(&format!("  {label}"));
            detail::hexadecimal(&mut out, id, 2);
        }
    }
    detail::extensions(&mut out, "extensions", &rest.extensions, 1);
    out.plain("  signature");
    detail::hexadecimal(&mut out, &rest.signature, 2);
    out
}

fn attributes(out: &mut Lines, heading: &str, attributes: &[Attribute]) {
    if attributes.is_empty() {
        return;
    }
    out.plain(&format!("  {heading}"));
    for Attribute { kind, value, encoding } in attributes {
        out.plain(&format!("    {kind}: {value} ({encoding})"));
    }
}

fn remaining(shown: &Certificate) -> String {
    match shown.days_left {
        0 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        days @ 2.. => format!("{days} days left"),
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
    let purposes = it.extended_key_usage.iter().flatten().map(|purpose| {
        let purpose = purpose.to_string();
        word(&purpose).map_or(purpose.clone(), str::to_owned)
    });
    let usages = it.key_usage.iter().flatten().map(ToString::to_string);
    let all: Vec<String> = purposes.chain(usages).collect();
    if all.is_empty() { "anything (it does not say)".to_owned() } else { all.join(", ") }
}
