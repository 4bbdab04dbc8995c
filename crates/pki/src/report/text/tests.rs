//! Texts as a person reads them.

use crate::crl::Listing;
use crate::crl::specimen::List;
use crate::report::{Certificates, CrlsReport, json};
use crate::specimens::{Leaf, authority, between, now};

#[test]
fn warnings_come_first_and_then_what_a_person_asks() {
    let leaf = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"), ..Leaf::default() };
    let mut report = Certificates::new();
    report.add("server.pem", &[leaf.issued_by(&authority("Root", None))], now()).unwrap();
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
    report.add("ca.pem", authority("Root", None).chain(), now()).unwrap();
    let text = json(&report);
    assert!(text.starts_with("{\n  \"schema\": \"latchkey.certificates/1\""), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let shown = &value["certificates"][0];
    assert_eq!(shown["subject"]["common_name"], "Root");
    assert_eq!(shown["authority"]["ca"], true);
    assert_eq!(shown["not_after"], "2027-02-01T00:00:00Z");
    assert_eq!(shown["key_usage"], serde_json::json!(["key_cert_sign", "crl_sign"]));
}

#[test]
fn many_names_are_counted_and_all_of_them_are_in_the_whole_text() {
    let names: Vec<String> = (0..30).map(|number| format!("n{number}.example")).collect();
    let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
    let leaf = Leaf { names: names.leak(), ..Leaf::default() };
    let mut report = Certificates::new();
    report.add("many.pem", &[leaf.self_signed()], now()).unwrap();
    let summary = report.text();
    assert!(summary.contains("n19.example and 10 more (--text lists them)"), "{summary}");
    assert!(!summary.contains("n20.example") && report.full_text().contains("n29.example"));
}

#[test]
fn a_certificate_that_something_follows_is_shown_with_a_warning() {
    let mut der = Leaf::default().self_signed().to_vec();
    der.extend([0; 4]);
    let mut report = Certificates::new();
    report.add("longer.pem", &[der], now()).unwrap();
    assert!(report.text().contains("warning: 4 more bytes follow its end"), "{}", report.text());
}

fn crls(list: &List, issuers: &[&[u8]]) -> CrlsReport {
    let der = list.signed_by(&authority("Root", None));
    let mut report = CrlsReport::new();
    report.add("root.crl", 1, &der, Listing::from_der(&der).unwrap(), issuers, now());
    report
}

#[test]
fn a_list_says_whose_it_is_until_when_and_what_it_revokes() {
    let root = authority("Root", None);
    let revoked: Vec<_> = (1..=25_u8).map(|serial| (vec![serial], None)).collect();
    let list = List { revoked, ..List::default() }.with_key_id(&root);
    let der = list.signed_by(&root);
    let mut report = CrlsReport::new();
    report.add("root.crl", 1, &der, Listing::from_der(&der).unwrap(), &[&root.chain()[0]], now());
    let text = report.text();
    for words in
        ["CN=Root", "25 certificates", "2026-11-27 00:00 UTC", ", by Root", "and 5 more", "    14 on 2026-11-19"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("    15 on") && report.full_text().contains("    19 on"), "{text}");
    assert!(!report.is_forged());
}

#[test]
fn a_list_that_the_named_issuer_did_not_sign_is_forged_and_one_of_nobody_named_is_not_checked() {
    let (other, stranger) = (authority("Root", None), authority("Stranger", None));
    let forged = crls(&List::default(), &[&other.chain()[0]]);
    assert!(forged.is_forged() && forged.text().contains("changed or forged"), "{}", forged.text());
    let foreign = crls(&List::default(), &[&stranger.chain()[0]]);
    assert!(foreign.is_forged() && foreign.text().contains("none of the issuers"), "{}", foreign.text());
    let unchecked = crls(&List::default(), &[]);
    assert!(!unchecked.is_forged() && unchecked.text().contains("not checked"), "{}", unchecked.text());
}

#[test]
fn a_list_that_cannot_be_used_is_shown_with_why() {
    let stale = List { next_update: Some("2026-11-20T12:00:00Z"), ..List::default() };
    let endless = List { next_update: None, ..List::default() };
    for (list, words) in [(stale, "should have been replaced"), (endless, "no nextUpdate")] {
        let text = crls(&list, &[]).text();
        assert!(text.contains(words) && text.contains("no number"), "{text}");
    }
}
