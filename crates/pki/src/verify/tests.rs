use std::sync::Arc;

use common::context::{Origin, Provider};
use common::terminal::Exit;
use proptest::prelude::*;
use rustls::client::danger::ServerCertVerifier;
use rustls::internal::msgs::codec::Codec as _;
use rustls::server::danger::ClientCertVerifier;
use rustls::{AlertDescription, CertificateError, DigitallySignedStruct, Error};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::*;
use crate::authority::Issuer;
use crate::certificate::{Profile, Role};
use crate::specimens::{Leaf, authority, between, now, trust};

fn verifier(anchors: &[&CertificateDer<'static>]) -> Verifier {
    Verifier::new(Arc::new(trust(anchors)), Provider::AwsLc).unwrap()
}

fn judge(anchors: &[&CertificateDer<'static>], chain: &[CertificateDer<'static>], name: &'static str) -> Verdict {
    verifier(anchors).server(chain, Some(&ServerName::try_from(name).unwrap()), now())
}

/// The problems found, for a good name.
fn problems(anchors: &[&CertificateDer<'static>], chain: &[CertificateDer<'static>]) -> Vec<Problem> {
    let verdict = judge(anchors, chain, "good.example");
    let reasons = verdict.refusal().expect("it must be refused").reasons().to_vec();
    reasons.into_iter().map(|reason| reason.problem).collect()
}

fn hierarchy() -> (Issuer, Issuer) {
    let root = authority("Root", None);
    let intermediate = authority("Intermediate", Some(&root));
    (root, intermediate)
}

#[test]
fn the_path_is_given_from_leaf_to_anchor() {
    let (root, intermediate) = hierarchy();
    let chain = [Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()];
    let verdict = judge(&[&root.chain()[0]], &chain, "good.example");
    let path = verdict.path().expect("it is good");
    let labels: Vec<String> = path.certificates.iter().map(|certificate| certificate.label()).collect();
    assert_eq!(labels, ["good.example", "Intermediate", "Root"]);
    assert_eq!(path.anchor, Origin::File("ca.pem".to_owned()));
}

#[test]
fn both_providers_agree() {
    let (root, intermediate) = hierarchy();
    let chain = [Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()];
    let trust = Arc::new(trust(&[&root.chain()[0]]));
    for provider in [Provider::AwsLc, Provider::Ring] {
        assert!(Verifier::new(Arc::clone(&trust), provider).unwrap().server(&chain, None, now()).is_trusted());
    }
}

#[test]
fn a_missing_intermediate_is_told_from_an_unknown_issuer() {
    let (root, intermediate) = hierarchy();
    let leaf = Leaf::default().issued_by(&intermediate);
    let missing = Problem::MissingIntermediate { issuer: "Intermediate".to_owned(), url: None };
    assert_eq!(problems(&[&root.chain()[0]], std::slice::from_ref(&leaf)), [missing]);

    let stranger = authority("Stranger", None);
    let chain = [leaf, intermediate.chain()[0].clone()];
    let unknown = Problem::UnknownIssuer { issuer: "Root".to_owned() };
    assert_eq!(problems(&[&stranger.chain()[0]], &chain), [unknown]);

    let with_root = [chain.as_slice(), &root.chain()[..1]].concat();
    assert_eq!(problems(&[&stranger.chain()[0]], &with_root), [Problem::UntrustedRoot]);
}

#[test]
fn a_self_signed_leaf_is_its_own_anchor_and_nobody_elses() {
    let leaf = Leaf::default().self_signed();
    assert_eq!(problems(&[], std::slice::from_ref(&leaf)), [Problem::SelfSigned]);
    assert!(judge(&[&leaf], std::slice::from_ref(&leaf), "good.example").is_trusted());
    assert!(judge(&[&leaf], std::slice::from_ref(&leaf), "127.0.0.1").is_trusted());

    let wrong_name = judge(&[&leaf], std::slice::from_ref(&leaf), "other.example");
    assert_eq!(wrong_name.exit(), Exit::NameMismatch);
    let as_client = verifier(&[&leaf]).client(std::slice::from_ref(&leaf), now());
    assert_eq!(as_client.exit(), Exit::Unsuitable);
    let late = verifier(&[&leaf]).server(std::slice::from_ref(&leaf), None, "2028-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(late.exit(), Exit::Validity);
}

#[test]
fn a_leaf_that_is_sent_twice_is_still_the_leaf() {
    let root = authority("Root", None);
    let own = Leaf::default().self_signed();
    assert_eq!(problems(&[&root.chain()[0]], &[own.clone(), own]), [Problem::SelfSigned]);
}

#[test]
fn a_path_is_found_among_namesakes() {
    let (root, intermediate) = hierarchy();
    let other = authority("Root", None);
    // More than webpki checks signatures.
    let namesakes = (0..120).map(|_| authority("Intermediate", Some(&other)).chain()[0].clone());
    let chain: Vec<CertificateDer<'static>> = std::iter::once(Leaf::default().issued_by(&intermediate))
        .chain(namesakes)
        .chain([intermediate.chain()[0].clone()])
        .collect();
    assert!(judge(&[&root.chain()[0]], &chain, "good.example").is_trusted());
    let missing = problems(&[&root.chain()[0]], &chain[..50]);
    let [Problem::OtherKey { issuer, .. }] = missing.as_slice() else { panic!("{missing:?}") };
    assert_eq!(issuer, "Intermediate");
}

#[test]
fn a_leaf_behind_its_ca_is_missed_in_front() {
    let (root, intermediate) = hierarchy();
    let (leaf, ca) = (Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone());
    let swapped = [ca.clone(), leaf.clone()];
    let out_of_order = Problem::OutOfOrder { own: "good.example".to_owned() };
    assert_eq!(problems(&[&root.chain()[0]], &swapped), [out_of_order]);

    // Of two nobody knows which belongs there.
    let two = [ca, leaf, Leaf::default().issued_by(&root)];
    assert!(problems(&[&root.chain()[0]], &two).contains(&Problem::AuthorityAsLeaf));
}

#[test]
fn an_anchor_that_is_no_ca_issues_nothing() {
    let root = authority("Root", None);
    // The same name and key as the root, but CA:FALSE.
    let anchor = Leaf { subject: "/CN=Root", ..Leaf::default() }.self_signed_with(root.key());
    let leaf = Leaf::default().issued_by(&root);
    assert_eq!(problems(&[&anchor], &[leaf]), [Problem::NotAnAuthority]);
}

#[test]
fn the_present_ca_is_found_beside_an_old_one_of_its_name() {
    let (old, new) = (authority("Root", None), authority("Root", None));
    let leaf = Leaf::default().issued_by(&new);
    assert!(judge(&[&old.chain()[0], &new.chain()[0]], std::slice::from_ref(&leaf), "good.example").is_trusted());
    let other_key = Problem::OtherKey { issuer: "Root".to_owned(), origin: "the file ca.pem".to_owned() };
    assert_eq!(problems(&[&old.chain()[0]], &[leaf]), [other_key]);
}

#[test]
fn a_changed_byte_breaks_the_signature() {
    let root = authority("Root", None);
    let mut der = Leaf::default().issued_by(&root).to_vec();
    let at = der.windows(4).rposition(|window| window == b"good").unwrap();
    der[at] = b'f';
    let verdict = judge(&[&root.chain()[0]], &[der.into()], "127.0.0.1");
    let [reason] = verdict.refusal().unwrap().reasons() else { panic!("{verdict:?}") };
    assert_eq!(reason.problem, Problem::BadSignature { issuer: "Root".to_owned() });
}

#[test]
fn every_reason_is_given_the_lowest_layer_first() {
    let (root, stranger) = (authority("Root", None), authority("Stranger", None));
    let leaf = Leaf {
        role: Role::Leaf(Profile::Client),
        validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"),
        ..Leaf::default()
    };
    let verdict = judge(&[&root.chain()[0]], &[leaf.issued_by(&stranger)], "other.example");
    let refusal = verdict.refusal().unwrap();
    let exits: Vec<u8> = refusal.reasons().iter().map(|reason| reason.problem.exit().code()).collect();
    assert_eq!(exits, [31, 32, 33, 34]);
    assert_eq!(refusal.exit(), Exit::UnknownIssuer);
    let words = refusal.to_string();
    for part in ["expired on 2026-11-18 12:00 UTC, 3 days ago", "good.example and 127.0.0.1, not for `other.example`"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn an_expired_anchor_is_named() {
    let root = authority("Root", None);
    let leaf = Leaf { validity: between("2026-11-01T00:00:00Z", "2030-01-01T00:00:00Z"), ..Leaf::default() };
    let chain = [leaf.issued_by(&root)];
    let verdict = verifier(&[&root.chain()[0]]).server(&chain, None, "2028-01-01T00:00:00Z".parse().unwrap());
    let [reason] = verdict.refusal().unwrap().reasons() else { panic!("{verdict:?}") };
    assert_eq!((reason.place, reason.problem.exit()), (Place::Anchor, Exit::Validity));
}

#[test]
fn no_certificates_are_a_refusal_and_not_a_panic() {
    assert_eq!(problems(&[], &[]), [Problem::NothingSent]);
}

#[test]
fn rustls_is_told_what_sends_the_right_alert() {
    let root = authority("Root", None);
    let expired = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"), ..Leaf::default() };
    let for_clients = Leaf { role: Role::Leaf(Profile::Client), ..Leaf::default() };
    let name = ServerName::try_from("good.example").unwrap();
    let alert_for = |leaf: CertificateDer<'static>, name: &ServerName<'_>| {
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now().as_second().cast_unsigned()));
        match verifier(&[&root.chain()[0]]).verify_server_cert(&leaf, &[], name, &[], at) {
            Err(Error::InvalidCertificate(error)) => (AlertDescription::from(error.clone()), error),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(alert_for(expired.issued_by(&root), &name).0, AlertDescription::CertificateExpired);
    assert_eq!(alert_for(for_clients.issued_by(&root), &name).0, AlertDescription::UnsupportedCertificate);
    assert_eq!(alert_for(Leaf::default().self_signed(), &name).0, AlertDescription::UnknownCA);
    let (alert, error) = alert_for(Leaf::default().issued_by(&root), &ServerName::try_from("b.example").unwrap());
    assert_eq!(alert, AlertDescription::BadCertificate);
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }));
    let refusal = take_refusal().expect("the whole refusal is there for the log");
    assert_eq!(refusal.exit(), Exit::NameMismatch);
    assert_eq!(take_refusal(), None);
}

#[test]
fn a_failed_signature_is_not_explained_by_another_connections_refusal() {
    let root = authority("Root", None);
    let verifier = verifier(&[&root.chain()[0]]);
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now().as_second().cast_unsigned()));
    let good = Leaf { role: Role::Leaf(Profile::Client), ..Leaf::default() }.issued_by(&root);
    // Two connections take turns: one comes past its certificate, the other does not, and nobody asks why.
    assert!(verifier.verify_client_cert(&good, &[], at).is_ok());
    assert!(verifier.verify_client_cert(&Leaf::default().self_signed(), &[], at).is_err());
    let signature = DigitallySignedStruct::read_bytes(&[0x04, 0x03, 0, 1, 0]).unwrap();
    assert!(ClientCertVerifier::verify_tls13_signature(&verifier, b"", &good, &signature).is_err());
    assert_eq!(take_refusal(), None);
}

#[test]
fn an_anchor_that_is_no_certificate_is_an_error() {
    let garbage = CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x00]);
    let error = Verifier::new(Arc::new(trust(&[&garbage])), Provider::AwsLc).unwrap_err();
    assert!(error.to_string().starts_with("a certificate from the file ca.pem cannot be a trust anchor"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(
        chain in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..4),
    ) {
        let chain: Vec<CertificateDer<'static>> = chain.into_iter().map(CertificateDer::from).collect();
        let verdict = verifier(&[]).server(&chain, None, now());
        prop_assert!(!verdict.refusal().unwrap().reasons().is_empty());
    }

    #[test]
    fn a_damaged_certificate_gets_a_verdict(at in any::<prop::sample::Index>(), byte in any::<u8>(), which in 0..2_usize) {
        static SPECIMEN: std::sync::LazyLock<(CertificateDer<'static>, [CertificateDer<'static>; 2])> =
            std::sync::LazyLock::new(|| {
                let (root, intermediate) = hierarchy();
                let chain = [Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()];
                (root.chain()[0].clone(), chain)
            });
        let (root, chain) = &*SPECIMEN;
        let mut chain = chain.clone();
        let mut der = chain[which].to_vec();
        let at = at.index(der.len());
        let same = der[at] == byte;
        der[at] = byte;
        chain[which] = der.into();
        let verdict = judge(&[root], &chain, "good.example");
        prop_assert!(verdict.is_trusted() == same, "{verdict:?}");
    }
}
