//! What a peer speaks that is not TLS: once it is known, more bytes do not change it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::speaks::{Heard, hear, heard};

fuzz_target!(|bytes: &[u8]| {
    let whole = hear(bytes);
    for end in 0..bytes.len() {
        let part = hear(&bytes[..end]);
        assert!(part == Heard::NeedMore || part == whole, "{part:?} after {end} bytes, then {whole:?}");
    }
    let at_the_end = heard(bytes);
    assert!(whole == Heard::NeedMore || whole == Heard::Speaks(at_the_end));
});
