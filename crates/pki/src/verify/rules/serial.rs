//! Serial numbers are positive and of at most 20 bytes (RFC 5280 section 4.1.2.2). Of an anchor nobody asks for it:
//! roots that all trust have the number 0.

use super::{Breach, Link};
use crate::verify::verdict::Place;

const MOST_BYTES: usize = 20;

pub(super) fn check(link: &Link<'_>, found: &mut Vec<Breach>) {
    if link.place == Place::Anchor {
        return;
    }
    let serial = link.candidate.parsed.x509.tbs_certificate.raw_serial();
    let is_negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    if is_negative || serial.iter().all(|byte| *byte == 0) {
        found.push(Breach::SerialNotPositive);
    }
    if serial.len() > MOST_BYTES {
        found.push(Breach::SerialTooLong { bytes: serial.len() });
    }
}
