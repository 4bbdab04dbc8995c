use std::sync::{Arc, LazyLock};

use const_oid::ObjectIdentifier;
use der::asn1::{Ia5String, OctetString, Uint};
use proptest::prelude::*;
use x509_cert::Version;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::specimen::{List, extension};
use super::*;
use crate::authority::Issuer;
use crate::certificate::Signature;
use crate::specimens::{authority, now};

static CA: LazyLock<Issuer> = LazyLock::new(|| authority("Revoker", None));

fn fault(list: &List) -> CrlFault {
    match Crl::from_der(list.signed_by(&CA), "test.crl") {
        Err(CrlError::Unusable { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn with(oid: &str, critical: bool, value: &impl der::Encode) -> List {
    let extensions = vec![extension(ObjectIdentifier::new_unwrap(oid), critical, value)];
    List { extensions, ..List::default() }
}

#[test]
fn what_was_signed_is_what_is_read() {
    let mut list = with("2.5.29.20", false, &Uint::new(&[1, 0]).unwrap()).with_key_id(&CA);
    list.revoked = vec![(vec![1, 2, 3], Some(CrlReason::KeyCompromise)), (vec![9], None)];
    let crl = list.crl(&CA);
    assert_eq!((crl.issuer().text.as_str(), crl.number(), crl.len()), ("CN=Revoker", Some("0100"), 2));
    assert_eq!(crl.this_update().to_string(), "2026-11-20T00:00:00Z");
    assert_eq!(crl.next_update().to_string(), "2026-11-27T00:00:00Z");
    assert_eq!(crl.authority_key_id(), Some(data_encoding::HEXLOWER.encode(CA.key().public().key_id()).as_str()));
    assert_eq!((crl.points(), crl.is_stale(now())), (None, false));

    let date = "2026-11-19T08:30:00Z".parse().unwrap();
    let reason = Some(RevocationReason::KeyCompromise);
    assert_eq!(crl.find(&[1, 2, 3]), Some(Revoked { date, reason }));
    assert_eq!(crl.find(&[0, 9]), Some(Revoked { date, reason: None }));
    assert_eq!((crl.find(&[1, 2]), crl.find(&[]), crl.find(&[0])), (None, None, None));
}

#[test]
fn a_list_of_version_1_and_an_empty_one_are_lists() {
    let list = List { version: Version::V1, revoked: vec![(vec![5], None)], ..List::default() };
    // x509-cert writes the default out, which DER does not; openssl leaves it away.
    let mut der = list.signed_by(&CA);
    let version = der.windows(3).position(|window| window == [2, 1, 0]).unwrap();
    der.drain(version..version + 3);
    // The lengths of the whole, of two bytes, and of what is signed, of one.
    der[2] -= 3;
    der[4] -= 3;
    let crl = Crl::from_der(der, "v1.crl").unwrap();
    assert_eq!((crl.len(), crl.number()), (1, None));
    assert!(List::default().crl(&CA).is_empty());
}

#[test]
fn what_is_less_than_a_complete_list_is_refused_by_name() {
    let number = Uint::new(&[1]).unwrap();
    assert_eq!(fault(&with("2.5.29.27", true, &number)), CrlFault::Delta);
    assert_eq!(fault(&List { next_update: None, ..List::default() }), CrlFault::NoNextUpdate);
    let unknown = CrlFault::UnknownCritical { extension: "1.2.3.4".to_owned() };
    assert_eq!(fault(&with("1.2.3.4", true, &number)), unknown);
    assert!(Crl::from_der(with("1.2.3.4", false, &number).signed_by(&CA), "x").is_ok());

    let point = |change: fn(&mut IssuingDistributionPoint)| {
        let mut point = IssuingDistributionPoint {
            distribution_point: None,
            only_contains_user_certs: false,
            only_contains_ca_certs: false,
            only_some_reasons: None,
            indirect_crl: false,
            only_contains_attribute_certs: false,
        };
        change(&mut point);
        with("2.5.29.28", true, &point)
    };
    assert_eq!(fault(&point(|point| point.indirect_crl = true)), CrlFault::Indirect);
    for partial in [
        point(|point| point.only_contains_user_certs = true),
        point(|point| point.only_contains_ca_certs = true),
        point(|point| point.only_contains_attribute_certs = true),
    ] {
        assert!(matches!(fault(&partial), CrlFault::Partial { .. }));
    }
    let placed = point(|point| {
        let uri = GeneralName::UniformResourceIdentifier(Ia5String::new("http://ca.example/1.crl").unwrap());
        point.distribution_point = Some(DistributionPointName::FullName(vec![uri]));
    });
    assert_eq!(placed.crl(&CA).points(), Some(&["http://ca.example/1.crl".to_owned()][..]));
}

#[test]
fn an_extension_that_is_there_twice_or_cannot_be_read_is_refused() {
    let mut twice = List::default().with_key_id(&CA).with_key_id(&CA);
    assert_eq!(fault(&twice), CrlFault::UnreadableExtension { extension: "2.5.29.35".to_owned() });
    twice.extensions.truncate(1);
    twice.extensions[0].extn_value = OctetString::new([1, 2, 3].as_slice()).unwrap();
    assert_eq!(fault(&twice), CrlFault::UnreadableExtension { extension: "2.5.29.35".to_owned() });
}

#[test]
fn only_the_key_that_signed_is_the_signer() {
    let other = authority("Revoker", None);
    let crl = List::revoking(&[&CA.chain()[0]]).crl(&CA);
    for _ in 0..2 {
        let signed = |ca: &Issuer| crl.is_signed_by(ca.key().public().spki(), webpki::ALL_VERIFICATION_ALGS);
        assert_eq!((signed(&CA), signed(&other)), (Signature::Good, Signature::Bad));
    }
    let mut der = List { revoked: vec![(vec![0x55; 8], None)], ..List::default() }.signed_by(&CA);
    let at = der.windows(8).position(|window| window == [0x55; 8]).unwrap();
    der[at] = 0x54;
    let changed = Crl::from_der(der, "changed.crl").unwrap();
    assert_eq!(changed.is_signed_by(CA.key().public().spki(), webpki::ALL_VERIFICATION_ALGS), Signature::Bad);
}

#[test]
fn the_digest_is_of_what_is_revoked_and_of_nothing_else() {
    let digest = |lists: &[&List]| Crls::new(lists.iter().map(|list| Arc::new(list.crl(&CA)))).revoked_digest();
    let revoking = |serials: &[u8]| List {
        revoked: serials.iter().map(|serial| (vec![*serial], None)).collect(),
        ..List::default()
    };
    let later = List { this_update: "2026-11-21T00:00:00Z", ..revoking(&[2, 1]) };
    assert_eq!(digest(&[&revoking(&[1, 2])]), digest(&[&later]));
    assert_eq!(digest(&[&revoking(&[1, 2])]), digest(&[&revoking(&[2, 1, 2])]));
    assert_ne!(digest(&[&revoking(&[1, 2])]), digest(&[&revoking(&[1])]));
    assert_eq!(digest(&[]), digest(&[&revoking(&[])]));
    // The newer list counts, in whatever order they come.
    assert_eq!(digest(&[&later, &revoking(&[7])]), digest(&[&later]));
    assert_eq!(digest(&[&revoking(&[7]), &later]), digest(&[&later]));
}

#[test]
fn a_file_holds_several_lists_and_one_without_any_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.crl");
    let pem = |der: &[u8]| {
        format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", data_encoding::BASE64.encode(der))
    };
    let other = authority("Other", None);
    std::fs::write(&path, pem(&List::default().signed_by(&CA)) + &pem(&List::default().signed_by(&other))).unwrap();
    assert_eq!(Crls::read(&[&path]).unwrap().iter().count(), 2);
    std::fs::write(&path, List::default().signed_by(&CA)).unwrap();
    assert_eq!(read(&path).unwrap().len(), 1);

    let certificate = pem(&CA.chain()[0]).replace("X509 CRL", "CERTIFICATE");
    std::fs::write(&path, certificate).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.ends_with("x.crl holds no CRL (it holds: 1 certificate)"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Crl::from_der(bytes, "x");
    }

    #[test]
    fn a_damaged_list_gives_a_value_or_an_error(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| List::revoking(&[&CA.chain()[0]]).with_key_id(&CA).signed_by(&CA));
        let mut der = GOOD.clone();
        for (at, byte) in damage {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Ok(crl) = Crl::from_der(der.clone(), "x") {
            let signed = crl.is_signed_by(CA.key().public().spki(), webpki::ALL_VERIFICATION_ALGS);
            prop_assert_eq!(signed == Signature::Good, der == *GOOD);
        }
    }

    #[test]
    fn every_serial_that_is_listed_is_found_and_no_other(
        listed in prop::collection::hash_set(prop::collection::vec(1..0x80_u8, 1..12), 1..40),
        other in prop::collection::vec(1..0x80_u8, 1..12),
    ) {
        let revoked = listed.iter().map(|serial| (serial.clone(), None)).collect();
        let crl = List { revoked, ..List::default() }.crl(&CA);
        prop_assert_eq!(crl.len(), listed.len());
        prop_assert!(listed.iter().all(|serial| crl.find(serial).is_some()));
        prop_assert_eq!(crl.find(&other).is_some(), listed.contains(&other));
    }
}
