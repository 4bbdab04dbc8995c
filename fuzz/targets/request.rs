//! A request, read, held to its signature and shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::report::{RequestReport, json};
use pki::request::Request;

fuzz_target!(|der: &[u8]| {
    let Ok(request) = Request::from_der(der) else { return };
    let report = RequestReport::of("the file", &request);
    for text in [report.text(), report.full_text()] {
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "for a terminal: {text:?}");
    }
    assert!(!json(&report).is_empty());
    let shown = request.check_possession().is_ok();
    assert_eq!(request.prove().is_ok(), shown);
});
