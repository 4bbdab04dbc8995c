//! Requests of HTTP: however the bytes are split, the same is asked for, and no path that is taken leads out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tls_server::services::http_requests;

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let whole = http_requests([bytes]);
    let parts = http_requests(bytes.chunks(usize::from(size) + 1));
    assert_eq!(whole, parts, "in pieces of {}", usize::from(size) + 1);
});
