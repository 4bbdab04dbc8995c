//! A certificate, read and shown: text and JSON of whatever can be read, and no control characters on a terminal.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pki::report::{Certificates, json};

fuzz_target!(|der: &[u8]| {
    let mut report = Certificates::new();
    if report.add("the file", &[der], Timestamp::UNIX_EPOCH).is_err() {
        return;
    }
    for text in [report.text(), report.full_text()] {
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "for a terminal: {text:?}");
    }
    assert!(!json(&report).is_empty());
});
