//! What happens to a connection goes in, lines come out.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use common::FixedClock;
use common::facts::{ClientIdentity, Facts, Kind};
use engine::observe::sets::ClosedSet;
use engine::observe::{Reason, lines};
use engine::session::proxy_header::Malformed;
use engine::{Backed, Cause, DialFault, How, Peer, Stage, Target};
use rustls::{AlertDescription, CertificateError, CipherSuite, Error, NamedGroup, PeerIncompatible, ProtocolVersion};
use serde_json::Value;
use wire::Speaks;

use super::*;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a log writes of what `happens`.
fn logged(format: LogFormat, least: Level, happens: impl FnOnce(&mut Log)) -> Vec<String> {
    let memory = Memory::default();
    let (lines, writer) = lines::start(memory.clone(), |lost| format!("{lost} lost")).unwrap();
    let clock = Arc::new(FixedClock::new("2026-11-21T04:19:00.1234567Z".parse().unwrap()));
    let circumstances = Circumstances::server("");
    let surroundings = Arc::new(Fixed { limits: Limits::default(), bounds: Bounds::default(), circumstances });
    let mut log = Log::new(lines, Style { format, least, clock, surroundings });
    happens(&mut log);
    drop(log);
    assert!(writer.finish(std::time::Duration::from_secs(20)));
    let written = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
    written.lines().map(str::to_owned).collect()
}

fn peer() -> Peer {
    Peer::direct(7, "192.0.2.1:50000".parse().unwrap(), "127.0.0.1:8443".parse().unwrap())
}

fn facts() -> Facts {
    Facts {
        version: Some(ProtocolVersion::TLSv1_3),
        suite: Some(CipherSuite::TLS13_AES_128_GCM_SHA256),
        group: Some(NamedGroup::X25519MLKEM768),
        alpn: Some(b"h2\n".to_vec()),
        kind: Some(Kind::Full),
        server_name: Some("localhost".to_owned()),
        handshake: Duration::from_micros(1_234),
        ..Facts::default()
    }
}

fn ended<'a>(facts: &'a Facts, how: &'a How) -> Ended<'a> {
    Ended {
        peer: peer(),
        facts,
        how,
        flushed: true,
        received: 18,
        sent: 19,
        greeted: Some(Duration::from_millis(1)),
        lasted: Duration::from_millis(1_500),
        backend: None,
    }
}

fn failed(cause: &Cause, stage: Stage, received: u64) -> Failed<'_> {
    let lasted = Duration::from_millis(3);
    Failed {
        peer: peer(),
        server_name: Some("localhost"),
        stage,
        cause,
        detail: None,
        received,
        greeted: Some(Duration::from_millis(1)),
        lasted,
    }
}

/// The one line, as JSON, of a handshake that failed.
fn failure(cause: Cause, stage: Stage) -> Value {
    let lines = logged(LogFormat::Json, Level::Info, |log| log.failed(&failed(&cause, stage, 100)));
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

#[test]
fn a_connection_is_one_line_of_text() {
    let lines = logged(LogFormat::Text, Level::Info, |log| log.ended(&ended(&facts(), &How::ServiceClosed)));
    assert_eq!(
        lines,
        ["2026-11-21T04:19:00.123Z INFO  connection peer=192.0.2.1:50000 sni=localhost version=TLS1.3 \
          suite=TLS_AES_128_GCM_SHA256 group=X25519MLKEM768 kind=full alpn=\"h2\\\\n\" in=18 out=19 hello=1.0ms \
          handshake=1.2ms open=1.5s lasted=1.5s ended=service_closed closed_by=us"]
    );
}

#[test]
fn the_same_connection_as_json_has_the_same_facts() {
    let lines = logged(LogFormat::Json, Level::Info, |log| log.ended(&ended(&facts(), &How::PeerClosed)));
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    let expected = [
        ("schema", "latchkey.connection/1"),
        ("time", "2026-11-21T04:19:00.123Z"),
        ("peer", "192.0.2.1:50000"),
        ("version", "TLS 1.3"),
        ("kind", "full"),
        ("alpn", "h2\\n"),
        ("ended", "peer_closed"),
        ("closed_by", "peer"),
    ];
    for (field, value) in expected {
        assert_eq!(line[field], value, "{field}");
    }
    assert_eq!((&line["handshake_ms"], &line["duration_ms"]), (&1.234.into(), &1500.0.into()));
    assert_eq!(line.get("reason"), None);
}

#[test]
fn what_is_cut_off_says_so() {
    let lines = logged(LogFormat::Json, Level::Info, |log| log.ended(&ended(&facts(), &How::CutOff)));
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&line["ended"], &line["code"], &line["fault"]), (&"cut_off".into(), &60.into(), &"peer".into()));
}

#[test]
fn a_client_that_must_not_renegotiate_is_at_fault_itself() {
    let how = How::Tls(Error::AlertReceived(AlertDescription::HandshakeFailure));
    let tls12 = Facts { version: Some(rustls::ProtocolVersion::TLSv1_2), ..facts() };
    let line = |facts: &Facts| -> Value {
        let lines = logged(LogFormat::Json, Level::Info, |log| log.ended(&ended(facts, &how)));
        serde_json::from_str(&lines[0]).unwrap()
    };
    let refused = line(&tls12);
    assert_eq!((&refused["fault"], &refused["code"]), (&"peer".into(), &20.into()));
    assert!(refused["reason"].as_str().unwrap().contains("renegotiate"), "{refused}");
    assert!(!line(&facts())["reason"].as_str().unwrap().contains("renegotiate"), "TLS 1.3 has none");
}

#[test]
fn each_failure_names_stage_fault_and_reason() {
    let alert = |alert| Cause::Tls(Error::AlertReceived(alert));
    let cases = [
        (alert(AlertDescription::UnknownCA), Stage::Handshake, "unknown_ca", 20),
        (Cause::Tls(PeerIncompatible::NoCipherSuitesInCommon.into()), Stage::Handshake, "cipher suite", 21),
        (Cause::NotTls(Speaks::HttpRequest), Stage::Hello, "plain HTTP", 12),
        (Cause::Deadline, Stage::Hello, "within 10 s", 22),
        (Cause::Closed, Stage::Handshake, "middle of the handshake", 60),
        (Cause::Broken(ErrorKind::ConnectionReset), Stage::Handshake, "reset", 60),
        (Cause::Stopped, Stage::Handshake, "server stopped", 3),
    ];
    for (cause, stage, words, code) in cases {
        let line = failure(cause, stage);
        assert!(line["reason"].as_str().unwrap().contains(words), "{line}");
        assert!(line["reason"].as_str().unwrap().contains("192.0.2.1:50000"), "{line}");
        assert_eq!((&line["code"], &line["stage"]), (&code.into(), &stage.to_string().into()), "{line}");
        assert_eq!(line["server_name"], "localhost");
        assert!(["peer", "us", "network", "environment"].contains(&line["fault"].as_str().unwrap()));
    }
}

#[test]
fn a_port_scan_is_noise() {
    let scan = |log: &mut Log| log.failed(&failed(&Cause::Closed, Stage::Hello, 0));
    assert!(logged(LogFormat::Text, Level::Info, scan).is_empty());
    assert_eq!(logged(LogFormat::Text, Level::Debug, scan).len(), 1);
}

#[test]
fn quiet_leaves_what_somebody_should_look_at() {
    let all = |log: &mut Log| {
        log.ended(&ended(&facts(), &How::PeerClosed));
        log.failed(&failed(&Cause::NotTls(Speaks::Ssh), Stage::Hello, 20));
        log.failed(&failed(&Cause::Panicked, Stage::Handshake, 20));
        log.trouble(&Trouble::Full);
    };
    let lines = logged(LogFormat::Text, Level::Warn, all);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains(" ERROR failed handshake ") && lines[1].contains(" WARN  overload: "), "{lines:?}");
}

#[test]
fn trouble_of_one_kind_is_told_once_in_a_while() {
    let trouble = |log: &mut Log| {
        for _ in 0..100 {
            log.trouble(&Trouble::Full);
            log.trouble(&Trouble::Accept(ErrorKind::Other, 24));
        }
    };
    let lines = logged(LogFormat::Text, Level::Info, trouble);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("Too many open files"), "{lines:?}");
}

#[test]
fn a_connection_says_who_came_how_and_where_it_went() {
    let client = ClientIdentity {
        subject: "CN=alice,O=a\nb".into(),
        uris: vec!["spiffe://example.org/web".into()],
        dns: (0..50).map(|n| format!("{n}.example.org")).collect(),
        ..someone()
    };
    let facts = Facts { client: Some(Arc::new(client)), ja4: Some("t13d_x_y".into()), ..facts() };
    let backed = Backed {
        target: Target::Unix(Path::new("/run/db").into()),
        connected: Some(Duration::from_millis(2)),
        fault: None,
        tries: 2,
    };
    let how = How::PeerClosed;
    let mut ended = ended(&facts, &how);
    ended.peer.via = Some("192.0.2.9:4".parse().unwrap());
    ended.backend = Some(&backed);
    let text = &logged(LogFormat::Text, Level::Info, |log| log.ended(&ended))[0];
    let words = [
        " via=192.0.2.9:4 ",
        " client=\"CN=alice,O=a\\nb\" ",
        " san=spiffe://example.org/web ",
        " ja4=t13d_x_y ",
        " backend=unix:/run/db connect=2.0ms tries=2 ",
    ];
    for word in words {
        assert!(text.contains(word), "{word} in {text}");
    }
    let line: Value = serde_json::from_str(&logged(LogFormat::Json, Level::Info, |log| log.ended(&ended))[0]).unwrap();
    assert_eq!(line["client"]["dns"].as_array().unwrap().len(), 10, "a line has a bound");
    assert_eq!((&line["via"], &line["backend"]["connect_ms"]), (&"192.0.2.9:4".into(), &2.0.into()));
    assert_eq!((&line["hello_ms"], &line["open_ms"]), (&1.0.into(), &1_497.766.into()));
}

#[test]
fn a_backend_that_is_not_there_is_named() {
    let target = Target::Tcp("127.0.0.1:5432".parse().unwrap());
    let how = How::Aborted;
    let line = |tries| -> Value {
        let fault = Some(DialFault::Io(ErrorKind::ConnectionRefused));
        let backed = Backed { target: target.clone(), connected: None, fault, tries };
        let facts = facts();
        let ended = Ended { backend: Some(&backed), ..ended(&facts, &how) };
        serde_json::from_str(&logged(LogFormat::Json, Level::Info, |log| log.ended(&ended))[0]).unwrap()
    };
    let one = line(1);
    assert_eq!(
        (&one["level"], &one["fault"], &one["code"], &one["ended"]),
        (&"warn".into(), &"us".into(), &11.into(), &"aborted".into())
    );
    assert!(one["reason"].as_str().unwrap().ends_with("could not be reached: connection refused"), "{one}");
    assert!(line(3)["reason"].as_str().unwrap().contains("none of 3 backends"));
}

/// What is counted and what is told name the same word and the same side.
#[test]
fn a_failure_is_counted_as_it_is_told() {
    let mut causes = vec![
        Cause::Tls(PeerIncompatible::NoCipherSuitesInCommon.into()),
        Cause::Tls(PeerIncompatible::Tls12NotOffered.into()),
        Cause::Tls(Error::InvalidCertificate(CertificateError::Expired)),
        Cause::Tls(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        Cause::Tls(Error::InvalidCertificate(CertificateError::Revoked)),
        Cause::Tls(Error::NoCertificatesPresented),
        Cause::Tls(Error::DecryptError),
        Cause::NotTls(Speaks::HttpRequest),
        Cause::Refused(AlertDescription::UnrecognisedName),
        Cause::Refused(AlertDescription::InternalError),
        Cause::ProxyHeader(None),
        Cause::ProxyHeader(Some(Malformed::Checksum)),
        Cause::Denied,
        Cause::Memory,
        Cause::Deadline,
        Cause::Closed,
        Cause::Broken(ErrorKind::ConnectionReset),
        Cause::Stopped,
        Cause::Panicked,
    ];
    let unnamed =
        |alert| matches!(alert, AlertDescription::Unknown(_) | AlertDescription::EncryptedClientHelloRequired);
    let alerts = (0..=u8::MAX).map(AlertDescription::from).filter(|alert| !unnamed(*alert));
    causes.extend(alerts.map(|alert| Cause::Tls(Error::AlertReceived(alert))));
    let mut differ = Vec::new();
    for cause in causes {
        let counted = Reason::of(&failed(&cause, Stage::Handshake, 9));
        let line = failure(cause.clone(), Stage::Handshake);
        assert_eq!(line["cause"], counted.name(), "{line}");
        if counted != Reason::AlertOther && line["fault"] != counted.at_fault().name() {
            differ.push(line);
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn a_flood_of_failures_has_a_bound_and_says_how_many_it_left_out() {
    let flood = |log: &mut Log| {
        for _ in 0..1_000 {
            log.failed(&failed(&Cause::NotTls(Speaks::Ssh), Stage::Hello, 20));
        }
        log.turn_ended();
        log.flood.age();
        log.turn_ended();
    };
    let lines = logged(LogFormat::Text, Level::Info, flood);
    let told = lines.iter().filter(|line| line.contains(" failed handshake ")).count();
    assert!(told < 1_000, "{told}");
    assert_eq!(lines.len(), told + 1);
    assert!(
        lines[told].contains(&format!(" WARN  flood: {} failed handshakes are left out", 1_000 - told)),
        "{}",
        lines[told]
    );
}

#[test]
fn connections_go_where_they_are_sent_and_what_is_about_the_server_stays() {
    let memory = Memory::default();
    let (access, writer) = lines::start(memory.clone(), |lost| format!("{lost} lost")).unwrap();
    let stderr = logged(LogFormat::Text, Level::Warn, |log| {
        *log = log.clone().with_access(access);
        log.ended(&ended(&facts(), &How::PeerClosed));
        log.failed(&failed(&Cause::Closed, Stage::Hello, 0));
        log.trouble(&Trouble::Full);
        log.turn_ended();
    });
    assert!(writer.finish(Duration::from_secs(20)));
    let written = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
    assert_eq!((written.lines().count(), written.contains(" INFO  connection ")), (1, true), "{written}");
    assert_eq!((stderr.len(), stderr[0].contains(" overload: ")), (1, true), "{stderr:?}");
}

fn someone() -> ClientIdentity {
    ClientIdentity {
        subject: String::new(),
        issuer: "CN=ca".into(),
        common_name: None,
        organizational_units: Vec::new(),
        dns: Vec::new(),
        uris: Vec::new(),
        emails: Vec::new(),
        addresses: Vec::new(),
        serial: "01".into(),
        fingerprint: "ab".into(),
        pin: "sha256//x".into(),
        not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
    }
}
