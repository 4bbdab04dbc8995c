//! A cipher string: what is kept can be said again, and means the same.
#![no_main]

use common::context::Suites;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|string: &str| {
    let Ok(suites) = Suites::parse(string) else { return };
    let kept = suites.kept();
    assert!(!kept.is_empty(), "an empty result is an error");
    let again = Suites::parse(&kept.join(":")).expect("names that were given out are known");
    assert_eq!(again.kept(), kept);
});
