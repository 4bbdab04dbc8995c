use std::sync::Arc;

use common::context::Provider;
use common::terminal::Exit;
use rustls_pki_types::CertificateDer;

use crate::crl::Crls;
use crate::specimens::{Leaf, authority, now, trust};
use crate::verify::{
    Breach, Problem, Question, Revocation, Side, Strictness, Subject, Terms, Unsupported, UnusableList, Verdict,
    Verifier,
};

fn verifier(anchor: &CertificateDer<'static>, strictness: Strictness, max_depth: Option<u32>) -> Verifier {
    let verifier = Verifier::new(Arc::new(trust(&[anchor])), Provider::AwsLc).unwrap();
    verifier.with_terms(Terms { strictness, max_depth })
}

fn ask(verifier: &Verifier, chain: &[CertificateDer<'static>], name: Option<&str>) -> Verdict {
    let name = name.map(|name| name.parse::<Subject>().unwrap());
    verifier.judge(chain, &Question { side: Side::Any, name: name.as_ref(), at: now() })
}

fn problems(verdict: &Verdict) -> Vec<Problem> {
    let reasons = verdict.refusal().map(|refusal| refusal.reasons().to_vec()).unwrap_or_default();
    reasons.into_iter().map(|reason| reason.problem).collect()
}

/// A leaf that trusts itself, so that a changed byte breaks no signature that counts.
fn with_negative_serial() -> CertificateDer<'static> {
    let mut der = Leaf::default().self_signed().to_vec();
    let version = der.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap();
    // Version, then the tag and the length of the serial number.
    der[version + 7] |= 0x80;
    der.into()
}

#[test]
fn form_counts_where_it_is_asked_for() {
    let leaf = with_negative_serial();
    let chain = [leaf.clone()];
    assert!(ask(&verifier(&leaf, Strictness::Webpki, None), &chain, None).is_trusted());
    for strictness in [Strictness::Python, Strictness::Strictest, Strictness::Cabf] {
        let verdict = ask(&verifier(&leaf, strictness, None), &chain, None);
        assert_eq!(verdict.exit(), Exit::Unsuitable);
        assert_eq!(problems(&verdict), [Problem::Form { breach: Breach::SerialNotPositive, strictness }]);
    }
}

#[test]
fn what_is_issued_here_is_good_at_every_level() {
    let root = authority("Root", None);
    let intermediate = authority("Intermediate", Some(&root));
    let chain = [Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()];
    for strictness in [Strictness::Webpki, Strictness::Python, Strictness::Strictest, Strictness::Cabf] {
        let verifier = verifier(&root.chain()[0], strictness, None);
        let question = Question { side: Side::Server, name: None, at: now() };
        assert_eq!(problems(&verifier.judge(&chain, &question)), [], "{strictness}");
    }
}

#[test]
fn a_path_may_be_no_longer_than_asked_for() {
    let root = authority("Root", None);
    let intermediate = authority("Intermediate", Some(&root));
    let chain = [Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()];
    let judge = |depth| ask(&verifier(&root.chain()[0], Strictness::default(), Some(depth)), &chain, None);
    assert!(judge(1).is_trusted());
    assert_eq!(problems(&judge(0)), [Problem::TooDeep { allowed: 0, found: 1 }]);
}

#[test]
fn a_name_of_any_kind_can_be_asked_for() {
    let root = authority("Root", None);
    let names: &[&str] = &["a.example", "joe@c.example", "spiffe://d/e"];
    let chain = [Leaf { names, ..Leaf::default() }.issued_by(&root)];
    let verifier = verifier(&root.chain()[0], Strictness::default(), None);
    for good in ["a.example", "joe@C.example", "spiffe://d/e"] {
        assert!(ask(&verifier, &chain, Some(good)).is_trusted(), "{good}");
    }
    for bad in ["b.example", "Joe@c.example", "spiffe://d/f"] {
        assert_eq!(ask(&verifier, &chain, Some(bad)).exit(), Exit::NameMismatch, "{bad}");
    }
}

#[test]
fn without_a_list_nobody_knows_what_was_revoked() {
    let root = authority("Root", None);
    let chain = [Leaf::default().issued_by(&root)];
    let verifier = verifier(&root.chain()[0], Strictness::default(), None);
    let required = verifier.clone().with_any_crls(Arc::new(Crls::default()), Revocation::Chain, Vec::new());
    assert_eq!(ask(&required, &chain, None).exit(), Exit::RevocationUnknown);

    let unusable = vec![UnusableList::new(b"", "it is a delta")];
    let required = verifier.with_any_crls(Arc::new(Crls::default()), Revocation::Chain, unusable);
    let reason = "it is a delta".to_owned();
    assert_eq!(problems(&ask(&required, &chain, None)), [Problem::UnusableCrl { reason }]);
}

#[test]
fn more_than_six_cas_are_refused_by_name() {
    let root = authority("Root", None);
    let mut authorities = vec![unbounded("CA 0", &root)];
    for number in 1..7 {
        let next = unbounded(&format!("CA {number}"), authorities.last().unwrap());
        authorities.push(next);
    }
    let mut chain = vec![Leaf::default().issued_by(authorities.last().unwrap())];
    chain.extend(authorities.iter().rev().map(|authority| authority.chain()[0].clone()));
    let verdict = ask(&verifier(&root.chain()[0], Strictness::default(), None), &chain, None);
    assert_eq!(problems(&verdict), [Problem::Unsupported { feature: Unsupported::LongPath }]);
    assert!(ask(&verifier(&chain[2], Strictness::default(), None), &chain, None).is_trusted());
}

fn unbounded(name: &str, parent: &crate::authority::Issuer) -> crate::authority::Issuer {
    let plan = crate::authority::Plan {
        subject: format!("/CN={name}").parse().unwrap(),
        algorithm: crate::key::Algorithm::P256,
        validity: crate::specimens::between("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        path_len: None,
        permitted: Vec::new(),
        serial: crate::authority::Serial::random().unwrap(),
    };
    plan.intermediate(parent).unwrap()
}

#[test]
fn the_name_and_the_ca_that_does_not_permit_it_are_told() {
    let plan = crate::authority::Plan {
        subject: "/CN=Home".parse().unwrap(),
        algorithm: crate::key::Algorithm::P256,
        validity: crate::specimens::between("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        path_len: None,
        permitted: vec!["home.example".parse().unwrap()],
        serial: crate::authority::Serial::random().unwrap(),
    };
    let root = plan.root().unwrap();
    let names: &[&str] = &["a.home.example", "b.example"];
    let chain = [Leaf { names, ..Leaf::default() }.issued_by(&root)];
    let verdict = ask(&verifier(&root.chain()[0], Strictness::Strictest, None), &chain, None);
    let problem = Problem::NameConstraint { name: "b.example".to_owned(), authority: "Home".to_owned() };
    assert_eq!(problems(&verdict), [problem]);
}
