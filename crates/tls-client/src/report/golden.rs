//! The texts of fixed reports, line by line as they must be.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::facts::Kind;
use common::terminal::Exit;
use pki::certificate::{Authority, Inspected, Key, KeyAlgorithm, Name, Names, SignatureAlgorithm};
use pki::explain::Fault;

use super::text::{self, Tone};
use super::*;

fn name(common_name: &str) -> Name {
    Name {
        text: format!("CN={common_name}"),
        common_name: Some(common_name.to_owned()),
        organization: None,
        organizational_units: Vec::new(),
    }
}

fn certificate(subject: &str, issuer: &str, days_left: i64, life: Life) -> Shown {
    let certificate = Inspected {
        subject: name(subject),
        names: Names::default(),
        not_before: "2026-11-21T00:00:00Z".parse().unwrap(),
        not_after: "2027-02-19T00:00:00Z".parse().unwrap(),
        issuer: name(issuer),
        serial: "01".to_owned(),
        version: 3,
        authority: Authority { ca: subject == issuer, path_length: None },
        key: Key { algorithm: KeyAlgorithm::Ec, bits: Some(256), curve: Some("P-256".into()), name: "P-256".into() },
        signature_algorithm: SignatureAlgorithm { name: "ecdsa-with-SHA256".to_owned(), broken: false },
        key_usage: None,
        extended_key_usage: None,
        subject_key_id: None,
        authority_key_id: None,
        issuer_urls: Vec::new(),
        self_signed: subject == issuer,
        unknown_critical: Vec::new(),
        unreadable: Vec::new(),
        fingerprint: "0123456789abcdef".repeat(4),
        pin: "AAAA".to_owned(),
    };
    Shown::Read { days_left, life, certificate: Box::new(certificate) }
}

fn leaf(days_left: i64, life: Life) -> Shown {
    let mut shown = certificate("localhost", "Latchkey local CA", days_left, life);
    if let Shown::Read { certificate, .. } = &mut shown {
        certificate.names.dns.push("localhost".to_owned());
        certificate.names.ip = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    }
    shown
}

fn handshake() -> HandshakeReport {
    HandshakeReport {
        complete: true,
        version: Some("TLS 1.3".into()),
        suite: Some("TLS_AES_128_GCM_SHA256".into()),
        group: Some("X25519MLKEM768".into()),
        forward_secret: Some(true),
        post_quantum: Some(true),
        signature: Some("ecdsa_secp256r1_sha256".into()),
        alpn: None,
        kind: Some(Kind::Full),
        round_trips: Some(1),
    }
}

/// All is well; the first address did not answer.
fn trusted() -> Report {
    let attempt = |address: &str, error: Option<&str>| Attempt {
        address: address.to_owned(),
        took_us: 210,
        error: error.map(str::to_owned),
    };
    Report {
        schema: "latchkey.report/1",
        peer: Peer {
            host: "localhost".into(),
            port: 8443,
            server_name: "localhost".into(),
            sni: Some("localhost".into()),
            starttls: None,
            proxy: None,
        },
        verdict: Verdict {
            trusted: Some(true),
            sentence: "localhost:8443 is trusted by the store's CA `local`".into(),
            mend: None,
        },
        findings: Vec::new(),
        warnings: Vec::new(),
        address: Address {
            connected: Some("127.0.0.1:8443".into()),
            attempts: vec![attempt("[::1]:8443", Some("connection refused")), attempt("127.0.0.1:8443", None)],
        },
        handshake: Some(handshake()),
        client_certificate: None,
        times: Times { resolve_us: Some(310), connect_us: Some(420), preamble_us: None, handshake_us: Some(1_950) },
        chain: vec![leaf(89, Life::Valid)],
        path: Some(Path {
            certificates: vec![
                leaf(89, Life::Valid),
                certificate("Latchkey local CA", "Latchkey local CA", 3649, Life::Valid),
            ],
            anchor: "the store's CA `local`".into(),
        }),
        exit_code: Exit::Success,
    }
}

/// An expired certificate for another name.
fn refused() -> Report {
    let finding = |exit_code, sentence: &str, mend: &str| Finding {
        exit_code,
        fault: Fault::Peer,
        sentence: sentence.to_owned(),
        mend: Some(mend.to_owned()),
    };
    let findings = vec![
        finding(
            Exit::Validity,
            "the server's certificate `localhost` expired on 2027-02-19 00:00 UTC, 3 days ago",
            "renew it and have the server use the new one, as `pki cert new example.com --profile server` makes one",
        ),
        finding(
            Exit::NameMismatch,
            "the server's certificate `localhost` is for localhost, 127.0.0.1 and ::1, not for `example.com`",
            "check it against a name that it has: --server-name localhost",
        ),
    ];
    let good = trusted();
    Report {
        peer: Peer { server_name: "example.com".into(), sni: Some("example.com".into()), ..good.peer },
        verdict: Verdict {
            trusted: Some(false),
            sentence: findings[0].sentence.clone(),
            mend: findings[0].mend.clone(),
        },
        exit_code: Exit::Validity,
        findings,
        warnings: vec![
            "something that is worth knowing, although it stopped nothing, in more words than one line".into(),
        ],
        handshake: Some(HandshakeReport { complete: false, signature: None, ..handshake() }),
        chain: vec![leaf(-4, Life::Expired)],
        path: None,
        ..good
    }
}

fn plain(_: Tone, text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_good_connection_reads_as_it_should() {
    assert_eq!(text::report(&trusted(), &plain), include_str!("golden/trusted.txt"));
}

#[test]
fn a_refused_certificate_reads_as_it_should() {
    assert_eq!(text::report(&refused(), &plain), include_str!("golden/refused.txt"));
}

#[test]
fn a_summary_is_a_few_lines() {
    assert_eq!(text::summary(&trusted(), &plain), include_str!("golden/summary.txt"));
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for report in [trusted(), refused()] {
        let text = text::report(&report, &plain);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn the_document_begins_with_its_schema_and_ends_with_its_code() {
    let document = serde_json::to_string(&refused()).unwrap();
    assert!(document.starts_with(r#"{"schema":"latchkey.report/1","#), "{document}");
    assert!(document.ends_with(r#","exit_code":32}"#), "{document}");
}
