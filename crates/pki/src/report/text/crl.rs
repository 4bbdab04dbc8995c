//! The text of revocation lists.

use super::detail;
use super::lines::Lines;
use crate::crl::{Entry, Listing};
use crate::report::{CrlReport, CrlsReport, Signed};
use crate::words::date;

/// How many of what it revokes a summary lists.
const MAX_LISTED: usize = 20;

pub(in crate::report) fn crls(report: &CrlsReport) -> String {
    blocks(report, |crl, out| entries(out, &crl.listing, MAX_LISTED))
}

pub(in crate::report) fn full_crls(report: &CrlsReport) -> String {
    blocks(report, |crl, out| {
        detail::extensions(out, "extensions", &crl.listing.extensions, 1);
        entries(out, &crl.listing, usize::MAX);
    })
}

fn blocks(report: &CrlsReport, rest: fn(&CrlReport, &mut Lines)) -> String {
    let blocks = report.crls.iter().map(|crl| {
        let beside = report.crls.iter().filter(|other| other.file == crl.file).count();
        let place = if beside > 1 { format!(", list {}", crl.position) } else { String::new() };
        let mut out = summary(crl, &place);
        rest(crl, &mut out);
        out.into_text()
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn summary(crl: &CrlReport, place: &str) -> Lines {
    let it = &crl.listing;
    let mut out = Lines::headed(&format!("revocation list ({}{place})", crl.file));
    out.warnings(&crl.warnings);
    out.line("issuer", &it.issuer);
    if let Some(number) = &it.number {
        out.line("number", number);
    }
    out.line("made", date(it.this_update));
    out.line("next", it.next_update.map_or_else(|| "it does not say".to_owned(), date));
    out.line(
        "revokes",
        match it.revoked.len() {
            0 => "no certificate".to_owned(),
            1 => "1 certificate".to_owned(),
            count => format!("{count} certificates"),
        },
    );
    out.line(
        "signature",
        match &crl.signed {
            Signed::By(issuer) => format!("{}, by {issuer}", it.signature_algorithm),
            Signed::NotProven(_) => format!("{}, which proves nothing", it.signature_algorithm),
            Signed::NotChecked => format!("{}, not checked (--issuer CERT checks it)", it.signature_algorithm),
        },
    );
    if let Some(id) = &it.authority_key_id {
        out.line("issuer key id", id);
    }
    out.line("SHA-256", &it.fingerprint);
    out
}

fn entries(out: &mut Lines, listing: &Listing, most: usize) {
    if listing.revoked.is_empty() {
        return;
    }
    out.plain("  revoked");
    for entry in listing.revoked.iter().take(most) {
        entry_lines(out, entry);
    }
    let rest = listing.revoked.len().saturating_sub(most);
    if rest > 0 {
        out.plain(&format!("    and {rest} more (--text lists them all)"));
    }
}

fn entry_lines(out: &mut Lines, entry: &Entry) {
    let reason = entry.reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
    out.plain(&format!("    {} on {}{reason}", entry.serial, date(entry.date)));
    detail::extensions(out, "with", &entry.extensions, 3);
}
