use std::collections::HashMap;
use std::time::Duration;

use common::terminal::Exit;
use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use super::*;
use crate::certificate::Inspected;
use crate::specimens::{Leaf, now};
use crate::verify::{Place, Problem, Reason};

fn client() -> Circumstances {
    Circumstances { name: Some("good.example".to_owned()), ..Circumstances::client("good.example:443") }
}

/// Every failure that there is a rule for, with our certificate shown and not.
fn everything(around: &Circumstances) -> Vec<Explanation> {
    let with_certificate = Circumstances { own_certificate: Some("me".to_owned()), ..around.clone() };
    let mut all = Vec::new();
    for number in 0..=255_u8 {
        if let alert @ (0 | 10..=122) = number {
            let description = AlertDescription::from(alert);
            if alert_name(description).parse::<u8>().is_err() {
                all.push(alert_of(description, around));
            }
        }
    }
    all.push(alert_of(AlertDescription::UnknownCA, &with_certificate));
    for why in [
        PeerIncompatible::NoCipherSuitesInCommon,
        PeerIncompatible::NoKxGroupsInCommon,
        PeerIncompatible::NoSignatureSchemesInCommon,
        PeerIncompatible::ServerDoesNotSupportTls12Or13,
        PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        PeerIncompatible::Tls12NotOffered,
        PeerIncompatible::ExtendedMasterSecretExtensionRequired,
        PeerIncompatible::NamedGroupsExtensionRequired,
        PeerIncompatible::KeyShareExtensionRequired,
        PeerIncompatible::NullCompressionRequired,
    ] {
        all.push(handshake(&Error::PeerIncompatible(why), around));
    }
    for error in [
        Error::NoApplicationProtocol,
        Error::NoCertificatesPresented,
        Error::InvalidMessage(InvalidMessage::InvalidContentType),
        Error::PeerSentOversizedRecord,
        Error::DecryptError,
        Error::General("odd".to_owned()),
    ] {
        all.push(handshake(&error, around));
    }
    for stage in [Stage::Connect, Stage::Hello, Stage::Handshake, Stage::Data] {
        all.push(interruption(&Interruption::TimedOut { stage, after: Duration::from_secs(10) }, around));
        all.push(interruption(&Interruption::Ended { stage }, around));
        all.push(interruption(&Interruption::Reset { stage }, around));
    }
    all.push(interruption(&Interruption::Refused, around));
    all.push(interruption(&Interruption::Unreachable { reason: "no route".to_owned() }, around));
    all.push(interruption(&Interruption::Unresolved { reason: "no such name".to_owned() }, around));
    all.push(not_tls("HTTP", around));
    all.extend(never_ready(around));
    all
}

fn never_ready(around: &Circumstances) -> Vec<Explanation> {
    let whys = [
        Unready::Refused("454 no".to_owned()),
        Unready::NotOffered("it offers SIZE".to_owned()),
        Unready::Misunderstood("SSH-2.0".to_owned()),
        Unready::Injected(7),
        Unready::Silent(Duration::from_secs(10)),
        Unready::Ended,
        Unready::Broken("reset".to_owned()),
    ];
    let of_peer = whys.iter().map(|why| unready(&Asked::Peer("SMTP".to_owned()), why, around));
    // A proxy has nothing to offer but the connection.
    let of_proxy = whys.iter().filter(|why| !matches!(why, Unready::NotOffered(_)));
    let of_proxy = of_proxy.map(|why| unready(&Asked::Proxy("http://proxy:3128".to_owned()), why, around));
    of_peer.chain(of_proxy).collect()
}

fn alert_of(description: AlertDescription, around: &Circumstances) -> Explanation {
    alert(description, around)
}

#[test]
fn no_two_failures_share_a_sentence() {
    for around in [client(), Circumstances::server("192.0.2.1:51234")] {
        let mut seen = HashMap::new();
        for explanation in everything(&around) {
            let again = seen.insert(explanation.sentence.clone(), explanation.clone());
            assert_eq!(again, None, "twice");
            assert_ne!(explanation.exit, Exit::Success);
            assert!(!explanation.sentence.ends_with('.'), "{explanation}");
        }
    }
}

#[test]
fn a_client_is_told_what_to_do_about_whatever_the_server_does() {
    let around = client();
    let without = everything(&around).into_iter().filter(|it| it.mend.is_none() && it.fault == Fault::Peer);
    assert_eq!(without.collect::<Vec<_>>(), []);
}

#[test]
fn what_allows_a_version_is_the_flag_that_kept_it_away() {
    for (allowed, flag) in [
        ("TLS 1.2", "--max-version away"),
        ("TLS 1.3", "--min-version and --profile away"),
        ("TLS 1.2 and TLS 1.3", "upgrade the server"),
    ] {
        let around = Circumstances { versions: Some(allowed.to_owned()), ..client() };
        let mend = alert(AlertDescription::ProtocolVersion, &around).mend.unwrap();
        assert!(mend.contains(flag), "{allowed}: {mend}");
    }
}

#[test]
fn an_alert_without_a_name_is_told_by_its_number() {
    let explanation = alert(AlertDescription::from(199), &client());
    assert!(explanation.sentence.ends_with("(alert 199)"), "{explanation}");
}

#[test]
fn a_missing_client_certificate_is_told_however_the_server_says_it() {
    let asked = Circumstances { certificate_requested: true, ..client() };
    for said in [
        AlertDescription::CertificateRequired,
        AlertDescription::HandshakeFailure,
        AlertDescription::BadCertificate,
        AlertDescription::CertificateUnknown,
    ] {
        let explanation = alert(said, &asked);
        assert_eq!(explanation.exit, Exit::OwnCertificate);
        assert!(explanation.sentence.contains("none was shown"), "{explanation}");
    }
    let shown = Circumstances { own_certificate: Some("me".to_owned()), ..asked };
    let explanation = alert(AlertDescription::UnknownCA, &shown);
    assert_eq!(explanation.exit, Exit::OwnCertificate);
    assert!(explanation.sentence.contains("`me`: its issuer is not trusted there (alert unknown_ca)"), "{explanation}");
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let around = client();
    let timed_out = Interruption::TimedOut { stage: Stage::Hello, after: Duration::from_secs(10) };
    let cases = [
        (interruption(&Interruption::Unresolved { reason: String::new() }, &around), 10),
        (interruption(&Interruption::Refused, &around), 11),
        (not_tls("SSH", &around), 12),
        (handshake(&Error::InvalidMessage(InvalidMessage::InvalidContentType), &around), 12),
        (alert(AlertDescription::InternalError, &around), 20),
        (alert(AlertDescription::HandshakeFailure, &around), 21),
        (alert(AlertDescription::ProtocolVersion, &around), 21),
        (alert(AlertDescription::NoApplicationProtocol, &around), 21),
        (interruption(&timed_out, &around), 22),
        (alert(AlertDescription::CertificateRequired, &around), 40),
        (truncated(&around), 60),
    ];
    for (explanation, code) in cases {
        assert_eq!(explanation.exit.code(), code, "{explanation}");
    }
}

#[test]
fn a_reason_comes_with_the_flag_that_mends_it_on_each_side() {
    let leaf = Inspected::from_der(&Leaf::default().self_signed()).unwrap();
    let reason_with = |of, problem| Reason {
        of,
        place: Place::Sent(0),
        certificate: leaf.label(),
        subject: leaf.subject.text.clone(),
        problem,
    };
    let mend = |problem, around: &Circumstances, of| reason(&reason_with(of, problem), around).mend.unwrap();
    let server = Circumstances::server("192.0.2.1:51234");
    assert!(mend(Problem::SelfSigned, &client(), Side::Server).contains("--ca FILE"));
    assert!(mend(Problem::SelfSigned, &server, Side::Client).contains("--client-ca FILE"));

    let mismatch = Problem::NameMismatch {
        expected: "good.example".to_owned(),
        names: vec!["*.b.example".to_owned(), "b.example".to_owned()],
        common_name: None,
    };
    assert!(mend(mismatch, &client(), Side::Server).contains("--server-name b.example"));
    let missing = Problem::MissingIntermediate { issuer: "Between".to_owned(), url: None };
    assert!(mend(missing, &client(), Side::Server).starts_with("append the certificate of `Between`"));
    let expired = Problem::Expired { not_after: leaf.not_after, at: now() };
    assert!(mend(expired, &client(), Side::Server).contains("pki cert new good.example --profile server"));
}

#[test]
fn what_is_wrong_with_lists_is_ours_and_what_a_list_or_rule_says_is_the_clients() {
    let leaf = Inspected::from_der(&Leaf::default().self_signed()).unwrap();
    let around = Circumstances::server("192.0.2.1:51234");
    let explain = |problem| reason(&Reason::new(Side::Client, Place::Sent(0), &leaf, problem), &around);
    let issuer = || "CA".to_owned();
    let (date, at) = ("2026-11-19T08:30:00Z".parse().unwrap(), now());
    let ours = [
        Problem::RevocationUnknown { issuer: issuer() },
        Problem::StaleCrl { issuer: issuer(), next_update: date, at },
        Problem::CrlSignature { issuer: issuer(), origin: "x.crl".to_owned() },
    ];
    for problem in ours {
        let explanation = explain(problem);
        assert_eq!((explanation.exit, explanation.fault), (Exit::RevocationUnknown, Fault::Us), "{explanation}");
        assert!(explanation.mend.unwrap().contains("--crl FILE"));
    }
    let revoked = explain(Problem::Revoked { serial: "01".to_owned(), date, reason: None });
    assert_eq!((revoked.exit, revoked.fault), (Exit::Revoked, Fault::Peer));
    assert_eq!(revoked.sentence, "the client's certificate `good.example` was revoked on 2026-11-19 08:30 UTC");
    let not_allowed = explain(Problem::NotAllowed { rules: 3 });
    assert_eq!((not_allowed.exit, not_allowed.fault), (Exit::Identity, Fault::Peer));
    assert!(not_allowed.sentence.ends_with("is good, but none of the 3 allow rules lets it in"), "{not_allowed}");
    assert!(not_allowed.mend.unwrap().contains("explain-client"));
}

#[test]
fn a_client_is_told_that_its_certificate_is_revoked_or_not_let_in() {
    let shown = Circumstances { own_certificate: Some("me".to_owned()), certificate_requested: true, ..client() };
    for (said, why) in [
        (AlertDescription::CertificateRevoked, "`me`: it is revoked (alert certificate_revoked)"),
        (AlertDescription::AccessDenied, "`me`: it is valid, and not allowed in (alert access_denied)"),
    ] {
        let explanation = alert(said, &shown);
        assert_eq!(explanation.exit, Exit::OwnCertificate);
        assert!(explanation.sentence.ends_with(why), "{explanation}");
        assert!(explanation.mend.is_some());
    }
}
