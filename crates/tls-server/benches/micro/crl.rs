//! A lookup in a list of a million revoked certificates.

use std::hint::black_box;

use pki::crl::Crl;

use crate::harness::{Bench, Work};

pub(crate) const BENCHES: &[Bench] = &[
    Bench { name: "a serial found in a CRL of a million", times: TIMES, make: found },
    Bench { name: "a serial not found in a CRL of a million", times: TIMES, make: missing },
];

const TIMES: u32 = 1000;
const ENTRIES: u64 = 1_000_000;

fn found() -> Work {
    lookups(0)
}

fn missing() -> Work {
    lookups(1)
}

/// Lookups far from each other, of serials that are listed, or are so but for their last byte.
fn lookups(last: u8) -> Work {
    let crl = Crl::from_der(list(), "a million").unwrap();
    assert_eq!(crl.len() as u64, ENTRIES);
    let mut next = 0_u64;
    Box::new(move |watch| {
        let serials: Vec<[u8; 16]> = (0..TIMES)
            .map(|_| {
                next = (next + 617_051) % ENTRIES;
                serial(next, last)
            })
            .collect();
        let count = watch.measure(|| serials.iter().filter(|serial| crl.find(black_box(*serial)).is_some()).count());
        assert_eq!(count, if last == 0 { TIMES as usize } else { 0 });
    })
}

/// As random as a CA's, and the same every time.
fn serial(number: u64, last: u8) -> [u8; 16] {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut serial = [0; 16];
    serial[0] = 0x40 | (mixed[0] & 0x3f);
    serial[1..8].copy_from_slice(&mixed[1..]);
    serial[8..15].copy_from_slice(&number.to_be_bytes()[1..]);
    serial[15] = last;
    serial
}

/// A list of version 1 (RFC 5280, section 5.1), whose signature nobody looks at.
fn list() -> Vec<u8> {
    let time = element(0x17, b"261120000000Z");
    let next = element(0x17, b"361120000000Z");
    let algorithm = element(0x30, &element(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
    let name = [element(0x06, &[0x55, 0x04, 0x03]), element(0x0c, b"A million")].concat();
    let issuer = element(0x30, &element(0x31, &element(0x30, &name)));
    let entry = |number| element(0x30, &[element(0x02, &serial(number, 0)), time.clone()].concat());
    let entries: Vec<u8> = (0..ENTRIES).flat_map(entry).collect();
    let signed = [algorithm.clone(), issuer, time.clone(), next, element(0x30, &entries)].concat();
    element(0x30, &[element(0x30, &signed), algorithm, element(0x03, &[0; 9])].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let used = &length[length.iter().position(|&byte| byte != 0).unwrap_or(length.len() - 1)..];
    let mut bytes = vec![tag];
    if content.len() >= 0x80 {
        bytes.push(0x80 | used.len() as u8);
    }
    bytes.extend_from_slice(used);
    bytes.extend_from_slice(content);
    bytes
}
