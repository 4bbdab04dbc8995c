//! A file of PEM or DER, taken apart: any bytes give pieces or an error that names the file.
#![no_main]

use common::Secret;
use common::input::{Blob, KeyFile, Pieces};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = Blob::new("the file", bytes.to_vec());
    let pieces = || match file.pieces() {
        Ok(pieces) => Some(pieces),
        Err(error) => {
            assert!(error.to_string().contains("the file"), "an error without the file's name: {error}");
            None
        }
    };
    let Some(first) = pieces() else { return };
    let is_cheap = !asks_for_much_work(&first);
    let _ = first.require_certificates();
    if is_cheap && let Some(again) = pieces() {
        let _ = again.require_key(Some(&Secret::new(b"for tests only".to_vec())));
    }
});

/// An encrypted key says how much work its passphrase is to cost; what bounds that is not what is tried here.
fn asks_for_much_work(pieces: &Pieces) -> bool {
    pieces.keys.iter().any(|key| matches!(key, KeyFile::Encrypted(_)))
}
