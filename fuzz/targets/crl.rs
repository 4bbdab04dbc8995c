//! A CRL, read, indexed and looked into: every entry that is counted is found, and none by a number of no bytes.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use pki::crl::{Crl, Crls};

fuzz_target!(|der: &[u8]| {
    let Ok(crl) = Crl::from_der(der.to_vec(), "the file") else { return };
    let issuer = &crl.issuer().text;
    assert!(!issuer.chars().any(char::is_control), "for a terminal: {issuer:?}");
    // A serial number that the bytes hold is looked for at every place; there are no more entries than places.
    let found = (0..der.len()).filter(|at| der.get(at + 1..at + 9).is_some_and(|serial| crl.find(serial).is_some()));
    assert!(found.count() == 0 || !crl.is_empty());
    assert!(crl.is_empty() || crl.len() < der.len());
    let set = Crls::new([Arc::new(crl)]);
    assert_eq!(set.iter().count(), 1);
});
