//! A PKCS#12 file, opened as whatever is looked at is: with no passphrase, and within the little work that is worth.
#![no_main]

use common::input::Blob;
use common::pkcs12::Contents;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let opened = Contents::open(bytes, None);
    if let Ok(contents) = &opened {
        let shown = contents.protection.iter().chain(&contents.others);
        assert!(shown.flat_map(|text| text.chars()).all(|letter| !letter.is_control()), "for a terminal");
    }
    // The same by the way that every command takes.
    if let Ok(pieces) = Blob::new("the file", bytes.to_vec()).pieces() {
        let _ = pieces.found();
        let _ = pieces.require_key(None);
    }
});
