//! A CRL, read, shown, indexed and looked into: every entry that is counted is found, none by a number of no bytes,
//! and whatever can be used can be shown.
#![no_main]

use std::sync::Arc;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pki::crl::{Crl, Crls, Listing};
use pki::report::{CrlsReport, json};

fuzz_target!(|der: &[u8]| {
    let listing = Listing::from_der(der);
    let revoked = listing.as_ref().map_or(0, |listing| listing.revoked.len());
    let is_shown = listing.is_ok();
    if let Ok(listing) = listing {
        show(der, listing);
    }
    let Ok(crl) = Crl::from_der(der.to_vec(), "the file") else { return };
    assert!(is_shown, "it can be used, and not be shown");
    assert!(crl.len() <= revoked, "more is used than shown");
    let issuer = &crl.issuer().text;
    assert!(!issuer.chars().any(char::is_control), "for a terminal: {issuer:?}");
    // A serial number that the bytes hold is looked for at every place; there are no more entries than places.
    let found = (0..der.len()).filter(|at| der.get(at + 1..at + 9).is_some_and(|serial| crl.find(serial).is_some()));
    assert!(found.count() == 0 || !crl.is_empty());
    assert!(crl.is_empty() || crl.len() < der.len());
    let set = Crls::new([Arc::new(crl)]);
    assert_eq!(set.iter().count(), 1);
});

fn show(der: &[u8], listing: Listing) {
    let mut report = CrlsReport::new();
    report.add("the file", 1, der, listing, &[], Timestamp::UNIX_EPOCH);
    for text in [report.text(), report.full_text()] {
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "for a terminal: {text:?}");
    }
    assert!(!json(&report).is_empty());
}
