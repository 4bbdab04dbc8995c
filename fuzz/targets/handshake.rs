//! One handshake message of any version and suite: its fields tile it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::handshake::{Context, TLS12, TLS13, message};

fuzz_target!(|bytes: &[u8]| {
    let Some((&[version, high, low], bytes)) = bytes.split_first_chunk() else { return };
    let version = Some(if version % 2 == 0 { TLS13 } else { TLS12 });
    let field = message(bytes, Context { version, suite: Some(u16::from_be_bytes([high, low])) });
    assert!(field.is_tiled());
    assert_eq!((field.offset, field.length), (0, bytes.len()));
});
