//! The beginning of a stream: however it is split, the answer is that of the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::hello::{Decoded, decode};
use wire::record::Assembly;

fuzz_target!(|bytes: &[u8]| {
    let mut fresh = Assembly::default();
    let whole = decode(bytes, &mut fresh);
    if let Decoded::ClientHello(hello) = &whole {
        hello.alpn().for_each(drop);
        hello.key_shares().for_each(drop);
        hello.extensions().for_each(drop);
    }
    let mut assembly = Assembly::default();
    for end in 0..=bytes.len() {
        match decode(&bytes[..end], &mut assembly) {
            Decoded::NeedMore => assert!(end < bytes.len() || whole == Decoded::NeedMore),
            decided => {
                assert_eq!(decided, whole, "after {end} of {} bytes", bytes.len());
                return;
            }
        }
    }
});
