use std::sync::Arc;

use common::context::Provider;
use common::terminal::Exit;
use const_oid::ObjectIdentifier;
use der::asn1::Ia5String;
use rustls::AlertDescription;
use rustls_pki_types::CertificateDer;
use x509_cert::ext::pkix::crl::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::*;
use crate::authority::Issuer;
use crate::certificate::{Profile, Role};
use crate::crl::RevocationReason;
use crate::crl::specimen::{List, extension};
use crate::specimens::{Leaf, authority, between, now, trust};
use crate::verify::{Place, Refusal, Verdict, Verifier};

struct Hierarchy {
    root: Issuer,
    intermediate: Issuer,
    chain: [CertificateDer<'static>; 2],
}

fn hierarchy() -> Hierarchy {
    let root = authority("Root", None);
    let intermediate = authority("Intermediate", Some(&root));
    let leaf = Leaf { role: Role::Leaf(Profile::Client), ..Leaf::default() }.issued_by(&intermediate);
    let chain = [leaf, intermediate.chain()[0].clone()];
    Hierarchy { root, intermediate, chain }
}

impl Hierarchy {
    fn verifier(&self, crls: Vec<Crl>, depth: Revocation) -> Result<Verifier, CrlError> {
        let verifier = Verifier::new(Arc::new(trust(&[&self.root.chain()[0]])), Provider::AwsLc).unwrap();
        verifier.with_crls(Arc::new(Crls::new(crls.into_iter().map(Arc::new))), depth)
    }

    fn refusal(&self, crls: Vec<Crl>, depth: Revocation) -> Option<Refusal> {
        let verifier = self.verifier(crls, depth).unwrap();
        let verdict = verifier.client(&self.chain, now());
        // A restored session must be told the same.
        let rechecked = verifier.recheck_client(&self.chain, now());
        assert_eq!(rechecked.err().as_ref(), verdict.refusal());
        verdict.refusal().cloned()
    }

    fn only_problem(&self, crls: Vec<Crl>) -> (Place, Problem) {
        let refusal = self.refusal(crls, Revocation::Chain).expect("it must be refused");
        let [reason] = refusal.reasons() else { panic!("{refusal}") };
        (reason.place, reason.problem.clone())
    }

    /// Good lists of both.
    fn lists(&self) -> Vec<Crl> {
        vec![List::default().crl(&self.root), List::default().crl(&self.intermediate)]
    }
}

fn issuer(name: &str) -> String {
    name.to_owned()
}

#[test]
fn a_chain_that_no_list_names_is_good() {
    let it = hierarchy();
    assert_eq!(it.refusal(it.lists(), Revocation::Chain), None);
    assert_eq!(it.refusal(vec![List::default().crl(&it.intermediate)], Revocation::LeafOnly), None);
}

#[test]
fn a_revoked_leaf_and_a_revoked_intermediate_are_refused_with_the_right_alert() {
    let it = hierarchy();
    let lists = vec![List::default().crl(&it.root), List::revoking(&[&it.chain[0]]).crl(&it.intermediate)];
    let refusal = it.refusal(lists, Revocation::Chain).unwrap();
    assert_eq!((refusal.exit(), refusal.alert()), (Exit::Revoked, AlertDescription::CertificateRevoked));
    let sentence =
        "the client's certificate `good.example` was revoked on 2026-11-19 08:30 UTC: its key was compromised";
    assert_eq!(refusal.to_string(), sentence);

    let revoking = || vec![List::revoking(&[&it.chain[1]]).crl(&it.root), List::default().crl(&it.intermediate)];
    let (place, problem) = it.only_problem(revoking());
    assert_eq!(place, Place::Sent(1));
    assert!(matches!(problem, Problem::Revoked { reason: Some(RevocationReason::KeyCompromise), .. }), "{problem:?}");
    assert_eq!(it.refusal(revoking(), Revocation::LeafOnly), None);
}

#[test]
fn a_serial_number_of_another_issuer_revokes_nothing() {
    let it = hierarchy();
    let both = [&*it.chain[0], &*it.chain[1]];
    let swapped = vec![List::revoking(&both[..1]).crl(&it.root), List::revoking(&both[1..]).crl(&it.intermediate)];
    assert_eq!(it.refusal(swapped, Revocation::Chain), None);
}

#[test]
fn an_issuer_without_a_list_leaves_it_unknown() {
    let it = hierarchy();
    let unknown = |name| Problem::RevocationUnknown { issuer: issuer(name) };
    let of_root = vec![List::default().crl(&it.root)];
    assert_eq!(it.only_problem(of_root), (Place::Sent(0), unknown("Intermediate")));
    let of_intermediate = vec![List::default().crl(&it.intermediate)];
    assert_eq!(it.only_problem(of_intermediate), (Place::Sent(1), unknown("Root")));
    let refusal = it.refusal(Vec::new(), Revocation::Chain).unwrap();
    assert_eq!((refusal.reasons().len(), refusal.exit()), (2, Exit::RevocationUnknown));
    assert_eq!(refusal.alert(), AlertDescription::UnknownCA);
}

#[test]
fn a_stale_list_leaves_it_unknown_but_what_it_revokes_stays_revoked() {
    let it = hierarchy();
    let stale =
        |list: List| List { this_update: "2026-11-01T00:00:00Z", next_update: Some("2026-11-20T12:00:00Z"), ..list };
    let lists = |list: List| vec![List::default().crl(&it.root), stale(list).crl(&it.intermediate)];
    let (_, problem) = it.only_problem(lists(List::default()));
    let next_update = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(problem, Problem::StaleCrl { issuer: issuer("Intermediate"), next_update, at: now() });
    assert!(problem.to_string().contains("24 hours ago"), "{problem}");
    let (_, problem) = it.only_problem(lists(List::revoking(&[&it.chain[0]])));
    assert!(matches!(problem, Problem::Revoked { .. }), "{problem:?}");
    // The last second of a list belongs to it.
    let verifier = it.verifier(lists(List::default()), Revocation::Chain).unwrap();
    assert!(verifier.client(&it.chain, next_update).is_trusted());
}

#[test]
fn a_list_that_its_issuer_did_not_sign_does_not_count() {
    let it = hierarchy();
    let other = authority("Intermediate", Some(&it.root));
    let forged = |list: List| vec![List::default().crl(&it.root), list.crl(&other)];
    let problem = Problem::CrlSignature { issuer: issuer("Intermediate"), origin: "test.crl".to_owned() };
    assert_eq!(it.only_problem(forged(List::default())), (Place::Sent(0), problem.clone()));
    assert_eq!(it.only_problem(forged(List::revoking(&[&it.chain[0]]).with_key_id(&other))), (Place::Sent(0), problem));
    // One of an anchor is checked before it is taken.
    let other = authority("Root", None);
    let error = it.verifier(vec![List::default().crl(&other)], Revocation::Chain).unwrap_err();
    assert!(error.to_string().contains("bears the name of `Root`, whose key did not sign it"), "{error}");
    // One that says that it is of another key may wait for that key.
    assert!(it.verifier(vec![List::default().with_key_id(&other).crl(&other)], Revocation::Chain).is_ok());
}

#[test]
fn a_list_of_each_key_of_an_issuer_serves_its_own_certificates() {
    let it = hierarchy();
    let renewed = authority("Intermediate", Some(&it.root));
    let lists = || {
        let old = List::default().with_key_id(&it.intermediate).crl(&it.intermediate);
        let new = List::revoking(&[&it.chain[0]]).with_key_id(&renewed).crl(&renewed);
        vec![List::default().crl(&it.root), old, new]
    };
    assert_eq!(it.refusal(lists(), Revocation::Chain), None);
}

#[test]
fn a_list_of_some_place_speaks_for_its_own_certificates_alone() {
    let it = hierarchy();
    let uri = GeneralName::UniformResourceIdentifier(Ia5String::new("http://ca.example/1.crl").unwrap());
    let point = IssuingDistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![uri])),
        only_contains_user_certs: false,
        only_contains_ca_certs: false,
        only_some_reasons: None,
        indirect_crl: false,
        only_contains_attribute_certs: false,
    };
    let problem = |mut list: List| {
        list.extensions.push(extension(ObjectIdentifier::new_unwrap("2.5.29.28"), true, &point));
        it.only_problem(vec![List::default().crl(&it.root), list.crl(&it.intermediate)]).1
    };
    // The certificate names no place, so it is not known whether it would be in that list; in it, it is revoked.
    let unknown = problem(List::default());
    assert!(matches!(&unknown, Problem::UnusableCrl { reason } if reason.contains("this one does not")), "{unknown:?}");
    let problem = problem(List::revoking(&[&it.chain[0]]));
    assert!(matches!(problem, Problem::Revoked { .. }), "{problem:?}");
}

#[test]
fn what_is_wrong_beside_revocation_is_told_first() {
    let it = hierarchy();
    let leaf = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"), ..Leaf::default() };
    let chain = [leaf.issued_by(&it.intermediate), it.chain[1].clone()];
    let verifier = it.verifier(vec![List::revoking(&[&chain[0]]).crl(&it.intermediate)], Revocation::LeafOnly).unwrap();
    let verdict = verifier.client(&chain, now());
    let exits: Vec<u8> =
        verdict.refusal().unwrap().reasons().iter().map(|reason| reason.problem.exit().code()).collect();
    assert_eq!(exits, [32, 34, 35]);
}

#[test]
fn a_leaf_that_is_an_anchor_needs_no_list() {
    let leaf = Leaf { role: Role::Leaf(Profile::Client), ..Leaf::default() }.self_signed();
    let verifier = Verifier::new(Arc::new(trust(&[&leaf])), Provider::AwsLc).unwrap();
    let verifier = verifier.with_crls(Arc::new(Crls::default()), Revocation::Chain).unwrap();
    assert!(verifier.client(std::slice::from_ref(&leaf), now()).is_trusted());
    assert!(verifier.recheck_client(std::slice::from_ref(&leaf), now()).is_ok());
    let late = "2030-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(verifier.recheck_client(std::slice::from_ref(&leaf), late).unwrap_err().exit(), Exit::Validity);
}

#[test]
fn a_chain_looked_at_again_is_held_to_its_dates_and_to_nothing_that_changes_no_more() {
    let it = hierarchy();
    let verifier = it.verifier(it.lists(), Revocation::Chain).unwrap();
    let late = "2027-02-02T00:00:00Z".parse().unwrap();
    let refusal = verifier.recheck_client(&it.chain, late).unwrap_err();
    assert_eq!(refusal.exit(), Exit::Validity);
    // Both certificates, the anchor, and two lists.
    assert_eq!(refusal.reasons().len(), 5, "{refusal}");
    assert_eq!(verifier.client(&it.chain, late).refusal(), Some(&refusal));
    // Of two intermediates of one name it is not known which is the one, so all of it is verified once more.
    let other = authority("Intermediate", Some(&it.root));
    let chain = [it.chain[0].clone(), other.chain()[0].clone(), it.chain[1].clone()];
    assert!(verifier.recheck_client(&chain, now()).is_ok());
    assert!(verifier.recheck_client(&chain[..2], now()).is_err());
    assert!(verifier.recheck_client(&[], now()).is_err());
    assert!(matches!(verifier.client(&chain, now()), Verdict::Trusted(_)));
}
