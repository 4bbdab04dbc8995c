//! The header of a proxy: however it is split, the answer is that of the whole, and it takes no more than its bound.
#![no_main]

use engine::session::proxy_header::{Decoded, MAX_LENGTH, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = decode(bytes);
    for end in 0..bytes.len() {
        let part = decode(&bytes[..end]);
        assert!(part == Decoded::NeedMore || part == whole, "{part:?} after {end} bytes, then {whole:?}");
    }
    match whole {
        Decoded::Header(header) => assert!((1..=MAX_LENGTH.min(bytes.len())).contains(&header.length)),
        Decoded::NeedMore => assert!(bytes.len() < MAX_LENGTH),
        Decoded::Absent | Decoded::Malformed(_) => {}
    }
});
