use std::sync::Arc;

use common::context::Provider;
use common::terminal::Exit;
use rustls::server::danger::ClientCertVerifier as _;
use rustls::{AlertDescription, Error};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::*;
use crate::authority::Issuer;
use crate::certificate::{Inspected, Profile, Role};
use crate::crl::Crls;
use crate::crl::specimen::List;
use crate::specimens::{Leaf, authority, now, trust};
use crate::verify::{ClientCertificates, Revocation, Verifier, take_refusal};

fn client(issuer: &Issuer) -> CertificateDer<'static> {
    let names = &["web.example", "10.0.0.1", "alice@example.com", "spiffe://example.org/ns/prod/sa/web"];
    Leaf { subject: "/O=Example/OU=eu/OU=Ops/CN=alice", names, role: Role::Leaf(Profile::Client), ..Leaf::default() }
        .issued_by(issuer)
}

fn verifier(root: &Issuer) -> Verifier {
    Verifier::new(Arc::new(trust(&[&root.chain()[0]])), Provider::AwsLc).unwrap()
}

fn crls(list: &List, issuer: &Issuer) -> Arc<Crls> {
    Arc::new(Crls::new([Arc::new(list.crl(issuer))]))
}

#[test]
fn an_identity_is_what_the_certificate_says() {
    let root = authority("Root", None);
    let leaf = client(&root);
    let said = Inspected::from_der(&leaf).unwrap();
    let identity = identify(&leaf).unwrap();
    assert_eq!((identity.subject.as_str(), identity.issuer.as_str()), ("CN=alice,OU=Ops,OU=eu,O=Example", "CN=Root"));
    assert_eq!(identity.common_name.as_deref(), Some("alice"));
    assert_eq!(identity.organizational_units, ["eu", "Ops"]);
    assert_eq!(identity.dns, ["web.example"]);
    assert_eq!(identity.uris, ["spiffe://example.org/ns/prod/sa/web"]);
    assert_eq!(identity.emails, ["alice@example.com"]);
    assert_eq!(identity.addresses, ["10.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!((identity.serial, identity.fingerprint, identity.pin), (said.serial, said.fingerprint, said.pin));
    assert_eq!(identity.not_after, said.not_after);
    assert!(identify(b"no certificate").is_err());
}

#[test]
fn a_client_that_no_rule_lets_in_is_refused_in_the_handshake() {
    let root = authority("Root", None);
    let leaf = client(&root);
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now().as_second().cast_unsigned()));
    let admission = |rules: &[&str]| Admission::new(verifier(&root), Rules::parse(rules).unwrap());
    assert!(admission(&[]).verify_client_cert(&leaf, &[], at).is_ok());
    assert!(admission(&["cn=bob", "uri=spiffe://example.org/**"]).verify_client_cert(&leaf, &[], at).is_ok());
    assert_eq!(take_refusal(), None);

    let Err(Error::InvalidCertificate(error)) = admission(&["cn=bob"]).verify_client_cert(&leaf, &[], at) else {
        panic!("it must be refused");
    };
    assert_eq!(AlertDescription::from(error), AlertDescription::AccessDenied);
    let refusal = take_refusal().unwrap();
    assert_eq!((refusal.exit(), refusal.alert()), (Exit::Identity, AlertDescription::AccessDenied));
    let sentence = "the client's certificate `alice` is good, but the one allow rule does not let it in";
    assert_eq!(refusal.to_string(), sentence);
}

#[test]
fn a_stranger_is_refused_for_being_one_whatever_the_rules_say() {
    let (root, stranger) = (authority("Root", None), authority("Stranger", None));
    let admission = Admission::new(verifier(&root), Rules::parse(&["cn=bob"]).unwrap());
    let verdict = admission.judge(&[client(&stranger)], now());
    assert_eq!(verdict.exit(), Exit::UnknownIssuer);
    assert_eq!(verdict.refusal().unwrap().reasons().len(), 1);
}

#[test]
fn a_restored_session_is_held_to_dates_lists_and_rules() {
    let root = authority("Root", None);
    let chain = [client(&root)];
    let rules = |rules: &[&str]| Rules::parse(rules).unwrap();
    let identity = Admission::new(verifier(&root), rules(&["cn=alice"])).admit(&chain, now()).unwrap();
    assert_eq!(identity, identify(&chain[0]).unwrap());
    let refused = |admission: Admission, at| admission.admit(&chain, at).unwrap_err().exit();
    assert_eq!(refused(Admission::new(verifier(&root), rules(&["cn=bob"])), now()), Exit::Identity);
    let late = "2030-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(refused(Admission::new(verifier(&root), rules(&[])), late), Exit::Validity);
    let revoking = crls(&List::revoking(&[&chain[0]]), &root);
    let verifier = verifier(&root).with_crls(revoking, Revocation::Chain).unwrap();
    assert_eq!(refused(Admission::new(verifier, rules(&[])), now()), Exit::Revoked);
}

#[test]
fn the_digest_changes_with_whom_it_lets_in_and_with_nothing_else() {
    let (root, other) = (authority("Root", None), authority("Other", None));
    let leaf = client(&root);
    let digest = |verifier: Verifier, rules: &[&str]| Admission::new(verifier, Rules::parse(rules).unwrap()).digest();
    let with = |list: &List| verifier(&root).with_crls(crls(list, &root), Revocation::Chain).unwrap();
    let plain = digest(verifier(&root), &[]);

    let later = List { this_update: "2026-11-21T00:00:00Z", ..List::revoking(&[&leaf]) };
    let same = [
        (digest(verifier(&root), &[]), plain),
        (digest(with(&List::revoking(&[&leaf])), &[]), digest(with(&later), &[])),
        (digest(verifier(&root), &["cn=a", "cn=b"]), digest(verifier(&root), &["cn=b", "cn=a"])),
    ];
    assert!(same.iter().all(|(one, other)| one == other));

    let optional = verifier(&root).with_client_certificates(ClientCertificates::Optional);
    let leaf_only = verifier(&root).with_crls(crls(&List::default(), &root), Revocation::LeafOnly).unwrap();
    let different = [
        plain,
        digest(verifier(&other), &[]),
        digest(verifier(&root), &["cn=a"]),
        digest(optional, &[]),
        digest(with(&List::default()), &[]),
        digest(leaf_only, &[]),
        digest(with(&List::revoking(&[&leaf])), &[]),
    ];
    for (index, one) in different.iter().enumerate() {
        assert!(!different[..index].contains(one), "{index}");
    }
}
