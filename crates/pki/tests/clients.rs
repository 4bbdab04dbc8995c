//! Every client certificate of the fixtures, as a server would meet it: with CRLs and a rule.

#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

use std::path::PathBuf;
use std::sync::Arc;

use common::context::{Anchor, Origin, Provider, Trust};
use common::input::Blob;
use jiff::Timestamp;
use pki::clients::{Admission, Rules, identify};
use pki::crl::Crls;
use pki::explain::{Circumstances, refusal};
use pki::verify::{Revocation, Verdict, Verifier};
use rustls::AlertDescription as Alert;
use rustls_pki_types::CertificateDer;

/// What a file gets: the alert, the exit code, and a part of the first sentence in the server's log.
const REFUSED: [(&str, Alert, u8, &str); 20] = [
    ("expired", Alert::CertificateExpired, 32, "`expired` expired on 2021-01-01"),
    ("not-yet-valid", Alert::CertificateExpired, 32, "`early` is not valid before 2099-01-01"),
    ("server-only", Alert::UnsupportedCertificate, 34, "`server` is for serverAuth only and was used for clientAuth"),
    ("unknown-ca", Alert::UnknownCA, 31, "`Latchkey test stranger (not for use)` ends the chain as its root"),
    ("self-signed", Alert::UnknownCA, 31, "`selfmade` is self-signed"),
    ("missing-intermediate", Alert::UnknownCA, 31, "whose certificate was not sent along"),
    ("weak-key", Alert::CertificateUnknown, 34, "`weak` has a key that is too weak or not taken in TLS: RSA 1024"),
    (
        "revoked",
        Alert::CertificateRevoked,
        35,
        "`revoked` was revoked on 2026-01-01 00:00 UTC: its key was compromised",
    ),
    (
        "revoked-intermediate",
        Alert::CertificateRevoked,
        35,
        "`Latchkey test revoked intermediate (not for use)` was revoked",
    ),
    ("authority-as-leaf", Alert::UnsupportedCertificate, 34, "`authority` is a CA's own"),
    ("path-too-long", Alert::CertificateUnknown, 34, "allows at most 0 CAs below it"),
    (
        "name-constraint",
        Alert::CertificateUnknown,
        34,
        "`outside` has the name `outside.example.com`, which the name constraints of",
    ),
    ("unknown-critical", Alert::BadCertificate, 34, "is not known here: 1.3.6.1.4.1.32473.1"),
    ("version-1", Alert::BadCertificate, 34, "`old` is of version 1"),
    ("bad-signature", Alert::DecryptError, 34, "`forged` carries a signature that its issuer"),
    (
        "sha1-signature",
        Alert::CertificateUnknown,
        34,
        "`sha1` is signed with sha1WithRSAEncryption, whose hash is broken",
    ),
    ("not-allowed", Alert::AccessDenied, 37, "`mallory` is good, but the one allow rule does not let it in"),
    ("stale-crl", Alert::UnknownCA, 36, "whose CRL was to be replaced by 2026-02-01"),
    ("no-crl", Alert::UnknownCA, 36, "of which there is no CRL"),
    ("forged-crl", Alert::UnknownCA, 36, "whose key did not sign the CRL of that name"),
];

const TAKEN: [(&str, &str); 7] = [
    ("alice", "cn=alice"),
    ("rsa", "dns=rita.example"),
    ("ed25519", "cn=ed*"),
    ("direct", "dns=*.example"),
    ("spiffe", "uri=spiffe://example.org/ns/*/sa/web"),
    ("email", "email=*@example.com"),
    ("ou", "ou=\"Ops Team\" and not cn=mallory"),
];

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn fixture(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fixtures", path].iter().collect()
}

fn certificates(path: &str) -> Vec<CertificateDer<'static>> {
    Blob::read(&fixture(path)).unwrap().pieces().unwrap().require_certificates().unwrap()
}

fn admission(crls: &[&str], rule: &str, provider: Provider) -> Admission {
    let mut trust = Trust::new();
    for der in certificates("ca/root.pem") {
        trust.add(Anchor { der, origin: Origin::File("ca/root.pem".to_owned()) });
    }
    let crls: Vec<PathBuf> = crls.iter().map(|path| fixture(path)).collect();
    let verifier = Verifier::new(Arc::new(trust), provider).unwrap();
    let verifier = verifier.with_crls(Arc::new(Crls::read(&crls).unwrap()), Revocation::Chain).unwrap();
    Admission::new(verifier, Rules::parse(&[rule]).unwrap())
}

#[test]
fn each_bad_client_is_refused_with_its_alert_and_its_sentence() {
    for provider in [Provider::AwsLc, Provider::Ring] {
        for (name, alert, exit, says) in REFUSED {
            let (file, crls) = match name {
                "forged-crl" => ("alice", vec!["crl/root.pem", "crl/intermediate-forged.pem"]),
                name => (name, vec!["crl/all.pem"]),
            };
            let chain = certificates(&format!("client/{file}.pem"));
            let admission = admission(&crls, "not cn=mallory", provider);
            let Verdict::Refused(found) = admission.judge(&chain, now()) else { panic!("{name} is taken") };
            let first = &refusal(&found, &Circumstances::server("192.0.2.1:51234"))[0];
            assert_eq!((found.alert(), found.exit().code()), (alert, exit), "{name}: {found}");
            assert!(first.sentence.contains(says), "{name}: {first}");
            assert!(first.mend.is_some(), "{name}: {first}");
            // What may change after a handshake is looked at again when its session is resumed.
            assert!(!matches!(exit, 32 | 35..=37) || admission.admit(&chain, now()).is_err(), "{name}: {found}");
        }
    }
}

#[test]
fn each_good_client_is_let_in_by_a_rule_about_it() {
    for (name, rule) in TAKEN {
        let chain = certificates(&format!("client/{name}.pem"));
        let good = admission(&["crl/all.pem"], rule, Provider::AwsLc);
        assert!(good.judge(&chain, now()).is_trusted(), "{name}: {:?}", good.judge(&chain, now()));
        assert_eq!(good.admit(&chain, now()).unwrap(), identify(&chain[0]).unwrap());
        assert!(
            !admission(&["crl/all.pem"], &format!("cn=nobody and {rule}"), Provider::AwsLc)
                .judge(&chain, now())
                .is_trusted()
        );
    }
}

#[test]
fn a_client_is_revoked_by_the_next_list_and_the_digest_tells() {
    let chain = certificates("client/revoked.pem");
    let with = |list: &str| admission(&["crl/root.pem", list], "cn=*", Provider::AwsLc);
    let (before, after) = (with("crl/intermediate-before.pem"), with("crl/intermediate.pem"));
    assert!(before.admit(&chain, now()).is_ok());
    assert_eq!(after.admit(&chain, now()).unwrap_err().alert(), Alert::CertificateRevoked);
    assert_ne!(before.digest(), after.digest());
    // The newer of two counts.
    let both =
        admission(&["crl/root.pem", "crl/intermediate.pem", "crl/intermediate-before.pem"], "cn=*", Provider::AwsLc);
    assert_eq!(both.digest(), after.digest());
}
