//! A certificate, read and shown: text and JSON of whatever can be read, and no control characters on a terminal.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pki::certificate::Inspected;
use pki::report::{Certificates, json};

fuzz_target!(|der: &[u8]| {
    let Ok(inspected) = Inspected::from_der(der) else { return };
    let mut report = Certificates::new();
    report.add("the file", 1, inspected, Timestamp::UNIX_EPOCH);
    let text = report.text();
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "for a terminal: {text:?}");
    let _ = json(&report);
});
