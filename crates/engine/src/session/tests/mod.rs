//! What a session does, driven in memory: any split of the bytes, and a clock that is a number.

mod any_order;
mod pair;
mod records;
mod serving;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use common::facts::Kind;
use proptest::prelude::*;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection};

use self::pair::{Echo, LastWord, Once, Pair, SERVER, client, server, trusting};
use super::*;
use crate::inforce::Choice;
use crate::observe::{How, Stage};
use crate::reply::Wake;
use wire::ClientHello;

/// Reads of any size: everything at once.
const WHOLE: &[usize] = &[usize::MAX];

#[test]
fn facts_are_what_was_agreed_on() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(&[]);
    let flight = pair.flight();
    pair.receive(&flight);
    pair.deliver().unwrap();
    pair.now += Duration::from_millis(30);
    pair.exchange(WHOLE).unwrap();
    let facts = pair.seen.opened.clone().unwrap();
    assert_eq!(facts.version, Some(ProtocolVersion::TLSv1_3));
    assert_eq!(facts.alpn.as_deref(), Some(&b"h2"[..]));
    assert_eq!(facts.kind, Some(Kind::Full));
    assert_eq!(facts.server_name.as_deref(), Some("localhost"));
    assert_eq!(facts.handshake, Duration::from_millis(30));
    assert_eq!(facts.suite, pair.client.negotiated_cipher_suite().map(|suite| suite.suite()));
    assert_eq!(facts.group, pair.client.negotiated_key_exchange_group().map(|group| group.name()));
    assert_eq!(pair.session.kept.capacity(), 0, "an idle connection holds no buffer");
}

#[test]
fn a_session_is_resumed_with_a_ticket() {
    for version in [&TLS13, &TLS12] {
        let config = client(version, trusting());
        for expected in [Kind::Full, Kind::Resumed] {
            let mut pair = Pair::new(&config, || Box::new(Echo));
            pair.exchange(WHOLE).unwrap();
            assert_eq!(pair.seen.opened.unwrap().kind, Some(expected), "{version:?}");
        }
    }
}

#[test]
fn the_configuration_is_chosen_by_the_whole_hello() {
    struct Named(Arc<ServerConfig>);
    impl Configs for Named {
        fn choose(&self, hello: Option<&ClientHello<'_>>, _wake: &dyn Fn() -> Wake) -> Choice {
            assert_eq!(hello.unwrap().server_name, Some("localhost"));
            assert_eq!(hello.unwrap().alpn().collect::<Vec<_>>(), [b"h2"]);
            Choice::Config(Arc::clone(&self.0))
        }
    }
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.configs = Arc::new(Named(Arc::clone(&SERVER)));
    for byte in pair.flight() {
        pair.receive(&[byte]);
    }
    assert_eq!(pair.session.phase(), Phase::Handshake);
    pair.deliver().unwrap();
}

#[test]
fn the_peer_closes() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.exchange(WHOLE).unwrap();
    pair.say(b"last words");
    pair.client.send_close_notify();
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.heard, b"last words");
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed(), "it was answered with close_notify");
    assert_eq!(pair.session.after(), After::Close, "nothing more comes, so no reset can be sent");
    assert!(matches!(pair.how(), How::PeerClosed));
}

#[test]
fn a_handshake_with_data_and_close_behind_it_in_one_read_is_taken_apart() {
    for tickets in [0, 1] {
        let mut pair = Pair::tls13(|| Box::new(Once));
        let mut config = SERVER.as_ref().clone();
        config.send_tls13_tickets = tickets;
        pair.configs = Arc::new(Arc::new(config));
        let hello = pair.flight();
        pair.receive(&hello);
        pair.deliver().unwrap();
        pair.say(b"data");
        pair.client.send_close_notify();
        pair.exchange(WHOLE).unwrap();
        assert_eq!(pair.heard, b"welcome data");
        assert!(matches!(pair.how(), How::ServiceClosed));
    }
}

#[test]
fn the_service_closes() {
    for version in [&TLS13, &TLS12] {
        let mut pair = Pair::new(&client(version, trusting()), || Box::new(Once));
        pair.exchange(WHOLE).unwrap();
        pair.say(b"once");
        pair.exchange(WHOLE).unwrap();
        assert_eq!(pair.heard, b"welcome once");
        assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
        assert_eq!(pair.session.after(), After::Linger, "the peer may be sending still");
        assert!(!pair.session.wants_bytes());
        pair.receive(b"whatever comes then is nobody's");
        assert!(pair.outbox.is_empty());
        pair.report();
        assert!(matches!(pair.seen.ended, Some((How::ServiceClosed, 4, 12))));
    }
}

#[test]
fn after_the_peers_close_a_service_may_go_on() {
    let mut pair = Pair::tls13(|| Box::new(LastWord));
    pair.exchange(WHOLE).unwrap();
    pair.client.send_close_notify();
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.heard, b"goodbye");
    assert_eq!(pair.session.phase(), Phase::Open);
    assert!(!pair.session.wants_bytes());
    pair.call(|session, _, turn| session.receive_end(turn));
    assert_eq!(pair.session.phase(), Phase::Open, "the end of the stream is no news after close_notify");
}

#[test]
fn a_stream_without_close_notify_is_cut_off() {
    let mut pair = Pair::tls13(|| Box::new(LastWord));
    pair.exchange(WHOLE).unwrap();
    pair.say(b"lost in");
    let flight = pair.flight();
    pair.receive(&flight[..flight.len() - 1]);
    pair.call(|session, _, turn| session.receive_end(turn));
    pair.deliver().unwrap();
    assert_eq!(pair.heard, b"goodbye", "what the service had to say still goes out");
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert_eq!(pair.session.after(), After::Close);
    assert!(matches!(pair.how(), How::CutOff));
}

#[test]
fn a_damaged_record_is_answered_with_its_alert_and_nothing_more() {
    for version in [&TLS13, &TLS12] {
        let mut pair = Pair::new(&client(version, trusting()), || Box::new(Echo));
        pair.exchange(WHOLE).unwrap();
        pair.say(b"good");
        let good = pair.flight();
        pair.say(b"bad");
        let mut bad = pair.flight();
        *bad.last_mut().unwrap() ^= 1;
        pair.say(b"after it");
        let after = pair.flight();
        pair.receive(&[good, bad, after].concat());
        assert_eq!(pair.deliver(), Err(rustls::Error::AlertReceived(AlertDescription::BadRecordMac)));
        assert!(pair.heard.is_empty(), "an answer that has not gone out is dropped with the connection");
        assert_eq!(pair.session.after(), After::Linger, "no reset may overtake the alert");
        pair.receive(&[23, 3, 3, 0, 1, 0]);
        assert!(pair.outbox.is_empty(), "there is one alert");
        assert!(matches!(pair.how(), How::Tls(rustls::Error::DecryptError)));
    }
}

/// Here rustls has a part of a message in its hands, and reporting the error must not make it look for the rest.
#[test]
fn a_record_within_a_handshake_message_is_an_error_and_no_panic() {
    let mut pair = Pair::new(&client(&TLS12, trusting()), || Box::new(Echo));
    let hello = pair.flight();
    pair.receive(&hello);
    pair.outbox.clear();
    pair.receive(&[22, 3, 3, 0, 6, 16, 0, 0, 33, 32, 1]); // the beginning of a ClientKeyExchange
    pair.receive(&[20, 3, 3, 0, 1, 1]); // ChangeCipherSpec
    let (stage, cause) = pair.failure();
    assert_eq!(stage, Stage::Handshake);
    assert!(matches!(cause, Cause::Tls(rustls::Error::PeerMisbehaved(_))), "{cause:?}");
}

#[test]
fn a_refused_certificate_is_the_clients_alert() {
    let mut pair = Pair::new(&client(&TLS13, RootCertStore::empty()), || Box::new(Echo));
    pair.exchange(WHOLE).unwrap_err();
    let alert = pair.flight();
    pair.receive(&alert);
    assert_eq!(pair.session.after(), After::Close);
    let (stage, cause) = pair.failure();
    assert_eq!(stage, Stage::Handshake);
    assert!(matches!(cause, Cause::Tls(rustls::Error::AlertReceived(AlertDescription::UnknownCA))), "{cause:?}");
}

#[test]
fn nothing_in_common_is_said_with_an_alert() {
    let mut pair = Pair::new(&client(&TLS12, trusting()), || Box::new(Echo));
    pair.configs = Arc::new(server(&[&TLS13]));
    let error = pair.exchange(WHOLE).unwrap_err();
    assert_eq!(error, rustls::Error::AlertReceived(AlertDescription::ProtocolVersion));
    pair.report();
    let (stage, cause, name) = pair.seen.failed.unwrap();
    assert_eq!((stage, name.as_deref()), (Stage::Handshake, Some("localhost")));
    assert!(matches!(cause, Cause::Tls(rustls::Error::PeerIncompatible(_))), "{cause:?}");
}

#[test]
fn a_hello_that_cannot_be_read_goes_to_rustls_for_its_alert() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(&[22, 3, 1, 0, 4, 14, 0, 0, 0]); // a ServerHelloDone
    assert_eq!(pair.outbox.bytes(), [21, 3, 3, 0, 2, 2, 10], "unexpected_message");
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::Tls(_))));
}

#[test]
fn another_protocol_is_named() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(b"GE");
    assert!(pair.outbox.is_empty());
    pair.receive(b"T / HTTP/1.1\r\n");
    let answer = String::from_utf8(pair.outbox.bytes().to_vec()).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 ") && head.contains(&format!("Content-Length: {}\r\n", body.len())));
    assert!(body.contains("https://"));
    assert_eq!(pair.session.after(), After::Linger);
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::NotTls(Speaks::HttpRequest))));

    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(b"SSH-2.0-OpenSSH_9.2\r\n");
    assert_eq!(pair.outbox.bytes()[..3], [21, 3, 3], "an alert, for what it is worth");
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::NotTls(Speaks::Ssh))));
}

#[test]
fn a_client_of_postgresql_is_told_that_it_may_speak_tls() {
    let (kerberos, tls) = ([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30], [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
    let mut pair = Pair::tls13(|| Box::new(Echo));
    for (question, answer) in [(kerberos, b"N"), (tls, b"S")] {
        let (most, last) = question.split_at(7);
        pair.receive(most);
        assert!(pair.outbox.is_empty());
        pair.receive(last);
        assert_eq!(pair.outbox.bytes(), answer);
        pair.outbox.consume(1);
    }
    pair.say(b"select 1");
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.heard, b"select 1");

    // Whoever does not wait for the answer is no client of PostgreSQL, and no such plaintext goes anywhere.
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(&[&tls[..], b"Q\0\0\0\x04select 1"].concat());
    assert_eq!(pair.outbox.bytes()[..4], [b'S', 21, 3, 3]);
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::NotTls(Speaks::Unknown))), "{:?}", pair.failure());
}

#[test]
fn every_phase_has_its_deadline() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    let handshake = pair.started + pair.limits.handshake;
    assert_eq!(pair.session.deadline(&pair.limits), handshake);
    let hello = pair.flight();
    let (half, rest) = hello.split_at(hello.len() / 2);
    pair.now += Duration::from_secs(4);
    pair.receive(half);
    assert_eq!(pair.session.deadline(&pair.limits), handshake, "bytes do not move it");
    pair.receive(rest);
    assert_eq!((pair.session.phase(), pair.session.deadline(&pair.limits)), (Phase::Handshake, handshake));
    pair.deliver().unwrap();
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.session.deadline(&pair.limits), pair.now + pair.limits.idle);
    pair.now += Duration::from_secs(100);
    pair.say(b"still here");
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.session.deadline(&pair.limits), pair.now + pair.limits.idle, "bytes do");
    pair.now += pair.limits.idle;
    pair.call(|session, _, turn| session.deadline_passed(turn));
    assert_eq!(pair.session.deadline(&pair.limits), pair.now + pair.limits.close);
    pair.deliver().unwrap();
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert!(matches!(pair.how(), How::Idle));
}

#[test]
fn a_peer_that_closes_may_take_its_time_to_read_the_answer_until_the_server_stops() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.exchange(WHOLE).unwrap();
    pair.say(b"a question");
    pair.client.send_close_notify();
    let flight = pair.flight();
    pair.receive(&flight);
    assert_eq!(pair.session.phase(), Phase::Draining);
    assert_eq!(pair.session.deadline(&pair.limits), pair.now + pair.limits.idle);
    pair.now += Duration::from_secs(100);
    pair.session.wrote(pair.now);
    assert_eq!(pair.session.deadline(&pair.limits), pair.now + pair.limits.idle, "what it takes moves it");
    pair.call(|session, _, turn| session.stop(turn));
    let last = pair.now + pair.limits.close;
    pair.now += Duration::from_secs(1);
    pair.session.wrote(pair.now);
    assert_eq!(pair.session.deadline(&pair.limits), last, "and now nothing does");
}

#[test]
fn a_handshake_that_does_not_end_is_dropped_in_silence() {
    for sent in [0, 20] {
        let mut pair = Pair::tls13(|| Box::new(Echo));
        let hello = pair.flight();
        pair.receive(&hello[..sent]);
        pair.now += pair.limits.handshake;
        pair.call(|session, _, turn| session.deadline_passed(turn));
        assert!(pair.outbox.is_empty());
        assert_eq!((pair.session.after(), pair.session.kept.capacity()), (After::Close, 0));
        assert!(matches!(pair.failure(), (Stage::Hello, Cause::Deadline)));
    }
}

#[test]
fn a_connection_that_breaks_or_is_stopped_says_so() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.call(|session, _, turn| session.broken(io::ErrorKind::ConnectionReset, turn));
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::Broken(io::ErrorKind::ConnectionReset))));

    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.exchange(WHOLE).unwrap();
    pair.call(|session, _, turn| session.stop(turn));
    pair.deliver().unwrap();
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert!(matches!(pair.how(), How::Stopped));
}

/// And costs no more than it is long: this test took a minute when what was kept was copied with every read.
#[test]
fn a_hello_without_end_is_bounded() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.receive(&[22, 3, 1, 0, 5, 1, 0, 0xff, 0xf0, 3]);
    for _ in 0..2 * KEPT {
        pair.receive(&[22, 3, 1, 0, 1, 7]);
        if pair.session.phase() == Phase::Draining {
            break;
        }
        assert!(pair.session.kept.len() <= KEPT);
    }
    assert_eq!(pair.session.phase(), Phase::Draining);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_split_of_the_bytes_gives_the_same(
        sizes in prop::collection::vec(1_usize..3000, 1..12),
        small in any::<bool>(),
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..6),
        old in any::<bool>(),
        patience in 0_u32..4,
    ) {
        let sizes: Vec<usize> = sizes.into_iter().map(|size| if small { size % 7 + 1 } else { size }).collect();
        let mut pair = Pair::new(&client(if old { &TLS12 } else { &TLS13 }, trusting()), || Box::new(Echo));
        pair.limits.rustls_records = patience;
        pair.exchange(&sizes).unwrap();
        for text in &texts {
            pair.say(text);
            pair.exchange(&sizes).unwrap();
        }
        pair.client.send_close_notify();
        pair.exchange(&sizes).unwrap();
        let whole = texts.concat();
        prop_assert_eq!(&pair.heard, &whole);
        pair.report();
        let count = whole.len() as u64;
        prop_assert!(matches!(pair.seen.ended, Some((How::PeerClosed, received, sent)) if (received, sent) == (count, count)));
    }

    #[test]
    fn any_damage_ends_in_an_error_or_not_at_all(
        flight in 0_usize..5, at in any::<prop::sample::Index>(), with in 1_u8.., sizes in prop::collection::vec(1_usize..500, 1..5),
    ) {
        let mut pair = Pair::tls13(|| Box::new(Echo));
        pair.limits.rustls_records = 1;
        for n in 0..5 {
            if n >= 2 {
                pair.say(b"some data");
            }
            let mut bytes = pair.flight();
            if n == flight && !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] ^= with;
            }
            for piece in bytes.chunks(sizes[n % sizes.len()]) {
                pair.receive(piece);
            }
            if pair.deliver().is_err() {
                break;
            }
        }
        pair.call(|session, _, turn| session.receive_end(turn));
        prop_assert_eq!(pair.session.phase(), Phase::Draining);
        pair.report();
        prop_assert!(pair.seen.failed.is_some() != pair.seen.ended.is_some(), "it is told once how it ended");
    }

    #[test]
    fn any_bytes_end_in_an_error_or_wait(bytes in prop::collection::vec(any::<u8>(), 0..400), tls in any::<bool>()) {
        let mut pair = Pair::tls13(|| Box::new(Echo));
        let head: &[u8] = if tls { &[22, 3, 1, 1, 0, 1, 0, 0, 250, 3, 3] } else { &[] };
        pair.receive(&[head, &bytes].concat());
        pair.call(|session, _, turn| session.receive_end(turn));
        pair.report();
        prop_assert!(pair.seen.failed.is_some());
    }
}

/// What the session costs, beside what rustls's own connection does: a change is seen here first.
#[test]
fn an_idle_session_is_small() {
    let sizes = (size_of::<Session>(), size_of::<Tls>(), size_of::<ServerConnection>());
    assert!(sizes.0 <= 368 && sizes.1 < sizes.2, "{sizes:?}");
}
