//! A cipher string: what is kept can be said again, and is kept again in the same order.
//!
//! More may come with it: where no suite of TLS 1.3 is named, they all stay.
#![no_main]

use common::context::Suites;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|string: &str| {
    let Ok(suites) = Suites::parse(string) else { return };
    let kept = suites.kept();
    assert!(!kept.is_empty(), "an empty result is an error");
    let again = Suites::parse(&kept.join(":")).expect("names that were given out are known");
    let again: Vec<_> = again.kept().into_iter().filter(|name| kept.contains(name)).collect();
    assert_eq!(again, kept);
});
