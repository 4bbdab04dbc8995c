//! A chain and its trust, cut out of the bytes and judged at every strictness: there is a verdict, a refusal has its
//! reasons, and what the strictest takes the laxest takes as well.
#![no_main]

use std::sync::Arc;

use common::context::{Anchor, Origin, Provider, Trust};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pki::explain::{Circumstances, refusal};
use pki::verify::{Question, Side, Strictness, Terms, Verifier};
use rustls::pki_types::CertificateDer;

/// Each certificate is preceded by its length in two bytes; the first is the anchor.
fn cut(mut bytes: &[u8]) -> Vec<CertificateDer<'static>> {
    let mut certificates = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (certificate, rest) = rest.split_at(length);
        certificates.push(certificate.to_vec().into());
        bytes = rest;
    }
    certificates
}

/// The middle of the life of everything in fixtures/.
fn noon() -> Timestamp {
    Timestamp::from_second(1_795_262_400).unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let mut chain = cut(bytes);
    if chain.is_empty() {
        return;
    }
    let mut trust = Trust::new();
    trust.add(Anchor { der: chain.remove(0), origin: Origin::Bytes });
    let verifier = Verifier::passing_over_bad_anchors(Arc::new(trust), Provider::Ring);
    let question = Question { side: Side::Server, name: None, at: noon() };
    let judge = |strictness| {
        let terms = Terms { strictness, max_depth: None };
        verifier.clone().with_terms(terms).judge(&chain, &question)
    };
    let laxest = judge(Strictness::Webpki);
    for strictness in [Strictness::Python, Strictness::Strictest, Strictness::Cabf] {
        let verdict = judge(strictness);
        assert!(laxest.is_trusted() || !verdict.is_trusted());
        let Some(refused) = verdict.refusal() else { continue };
        assert!(!refused.reasons().is_empty());
        for explanation in refusal(refused, &Circumstances::offline("the file")) {
            assert!(!explanation.sentence.chars().any(char::is_control), "for a terminal: {}", explanation.sentence);
        }
    }
});
