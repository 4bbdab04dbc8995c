//! Records without rustls: what a peer may send, what it may not, and how keys change.

use rustls::ContentType;

use super::super::tls::{Protection, description};
use super::pair::{Echo, client, trusting};
use super::*;
use crate::backend::BackendEvent;

/// A session that protects its records itself from the first on, and a client that seals whatever it is told to.
struct Forger {
    pair: Pair,
    seal: Protection,
    open: Protection,
}

impl Forger {
    fn new(service: fn() -> Box<dyn Service>) -> Self {
        let mut config = client(&TLS13, trusting()).as_ref().clone();
        config.enable_secret_extraction = true;
        let mut pair = Pair::new(&Arc::new(config), service);
        pair.limits.rustls_records = 0;
        pair.exchange(WHOLE).unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let next = rustls::ClientConnection::new(client(&TLS13, trusting()), name).unwrap();
        let secrets = std::mem::replace(&mut pair.client, next).dangerous_extract_secrets().unwrap();
        let (seal, open) = (Protection::new(secrets.tx).unwrap(), Protection::new(secrets.rx).unwrap());
        assert!(matches!(pair.session.tls, Some(Tls::Records(_))), "rustls is left at once");
        Self { pair, seal, open }
    }

    fn record(&mut self, kind: ContentType, content: &[u8]) -> Vec<u8> {
        let mut outbox = Outbox::default();
        self.seal.seal(kind, content, &mut outbox).unwrap();
        outbox.bytes().to_vec()
    }

    fn send(&mut self, kind: ContentType, content: &[u8]) {
        let record = self.record(kind, content);
        self.pair.receive(&record);
    }

    /// The insides of the records that the server has to say.
    fn heard(&mut self) -> Vec<Vec<u8>> {
        let mut bytes = self.pair.outbox.bytes().to_vec();
        self.pair.outbox.clear();
        let mut rest = &mut bytes[..];
        let mut insides = Vec::new();
        while !rest.is_empty() {
            let length = usize::from(rest[3]) << 8 | usize::from(rest[4]);
            let (record, after) = rest.split_at_mut(5 + length);
            let (header, body) = record.split_at_mut(5);
            insides.push(self.open.open(header, body).unwrap().to_vec());
            rest = after;
        }
        insides
    }

    fn error(&mut self) -> rustls::Error {
        match self.pair.how() {
            How::Tls(error) => error,
            other => panic!("it ended otherwise: {other:?}"),
        }
    }
}

/// A record: its type and its content.
type Sent<'a> = (ContentType, &'a [u8]);

const DATA: ContentType = ContentType::ApplicationData;
const HANDSHAKE: ContentType = ContentType::Handshake;
const ALERT: ContentType = ContentType::Alert;

#[test]
fn what_a_peer_must_not_send_ends_the_connection_with_the_alert_that_fits() {
    let long = vec![7; (1 << 14) + 1];
    let cases: [(&str, &[Sent<'_>], AlertDescription); 15] = [
        ("a request", &[(HANDSHAKE, &[1, 0, 0, 1, 0])], AlertDescription::UnexpectedMessage),
        ("no handshake", &[(HANDSHAKE, &[])], AlertDescription::UnexpectedMessage),
        ("a third kind of update", &[(HANDSHAKE, &[24, 0, 0, 1, 2])], AlertDescription::IllegalParameter),
        ("a long update", &[(HANDSHAKE, &[24, 0, 0, 2, 0, 0])], AlertDescription::IllegalParameter),
        ("two updates", &[(HANDSHAKE, &[24, 0, 0, 1, 0, 24, 0, 0, 1, 0])], AlertDescription::UnexpectedMessage),
        ("data in an update", &[(HANDSHAKE, &[24, 0]), (DATA, b"?")], AlertDescription::UnexpectedMessage),
        ("an alert in an update", &[(HANDSHAKE, &[24]), (ALERT, &[1, 0])], AlertDescription::UnexpectedMessage),
        ("half an alert", &[(ALERT, &[1])], AlertDescription::DecodeError),
        ("two alerts", &[(ALERT, &[1, 0, 1, 0])], AlertDescription::DecodeError),
        ("warnings", &[(ALERT, &[1, 90][..]); 5], AlertDescription::DecodeError),
        ("a change of ciphers", &[(ContentType::ChangeCipherSpec, &[1])], AlertDescription::UnexpectedMessage),
        ("a heartbeat", &[(ContentType::Heartbeat, &[1, 0, 0])], AlertDescription::UnexpectedMessage),
        ("no type", &[(ContentType::from(0), &[0, 0])], AlertDescription::UnexpectedMessage),
        ("too much", &[(DATA, &long)], AlertDescription::RecordOverflow),
        ("nothing, again and again", &[(DATA, &[][..]); 33], AlertDescription::UnexpectedMessage),
    ];
    for (what, records, alert) in cases {
        let mut forger = Forger::new(|| Box::new(Echo));
        for (kind, content) in records {
            assert_eq!(forger.pair.session.phase(), Phase::Open, "{what}: not yet");
            forger.send(*kind, content);
        }
        assert_eq!(forger.heard(), [[2, alert.into(), 21]], "{what}");
        let error = forger.error();
        assert_eq!(description(&error), alert, "{what}: {error}");
        forger.send(DATA, b"more");
        assert!(forger.pair.outbox.is_empty(), "{what}: nothing is answered behind the end");
    }
}

#[test]
fn what_is_no_record_of_this_connection_ends_it() {
    let cases: [(&[u8], AlertDescription); 4] = [
        (&[22, 3, 3, 0, 1], AlertDescription::UnexpectedMessage),
        (&[23, 3, 3, 0x41, 1], AlertDescription::RecordOverflow),
        (&[23, 3, 3, 0, 0], AlertDescription::BadRecordMac),
        (&[23, 3, 3, 0, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], AlertDescription::BadRecordMac),
    ];
    for (bytes, alert) in cases {
        let mut forger = Forger::new(|| Box::new(Echo));
        forger.pair.receive(bytes);
        assert_eq!(forger.heard(), [[2, alert.into(), 21]], "{bytes:?}");
        assert_eq!(description(&forger.error()), alert);
    }
}

#[test]
fn a_peers_alert_is_the_end_and_gets_no_answer() {
    for (level, alert) in [(2, AlertDescription::InternalError), (1, AlertDescription::CertificateUnknown)] {
        let mut forger = Forger::new(|| Box::new(Echo));
        forger.send(ALERT, &[level, alert.into()]);
        assert!(forger.heard().is_empty());
        assert_eq!(forger.error(), rustls::Error::AlertReceived(alert));
    }
    let mut forger = Forger::new(|| Box::new(Echo));
    forger.send(ALERT, &[1, 90]);
    forger.send(ALERT, &[1, 0]);
    assert_eq!(forger.heard(), [[1, 0, 21]], "close_notify is answered by one");
    assert!(matches!(forger.pair.how(), How::PeerClosed));
}

#[test]
fn padding_is_taken_off_and_no_content_with_it() {
    let mut forger = Forger::new(|| Box::new(Echo));
    forger.send(ContentType::from(0), &[0, b'a', 0, 23, 0, 0, 0]);
    assert_eq!(forger.heard(), [[0, b'a', 0, 23]]);
}

#[test]
fn an_update_of_keys_may_come_in_pieces_and_be_asked_for_in_return() {
    let mut forger = Forger::new(|| Box::new(Echo));
    let pieces: [&[u8]; 3] = [&[24], &[0, 0], &[1, 1]];
    for piece in pieces {
        forger.send(HANDSHAKE, piece);
    }
    assert_eq!(forger.heard(), [[24, 0, 0, 1, 0, 22]], "under the old key");
    let stale = forger.record(DATA, b"under the old key");
    forger.pair.receive(&stale);
    assert_eq!(forger.error(), rustls::Error::DecryptError);
}

#[test]
fn keys_change_in_both_directions_as_often_as_either_side_likes() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.limits.rustls_records = 0;
    pair.exchange(WHOLE).unwrap();
    let mut said = Vec::new();
    for round in 0..200_u8 {
        if round % 3 == 0 {
            pair.client.refresh_traffic_keys().unwrap();
        }
        if let (Some(Tls::Records(records)), true) = (&mut pair.session.tls, round % 5 == 0) {
            records.limit_ours(2); // a key that is used up after one more record
        }
        pair.say(&[round; 3]);
        said.extend([round; 3]);
        pair.exchange(&[4]).unwrap();
    }
    assert_eq!(pair.heard, said);
}

#[test]
fn more_updates_in_a_row_than_anyone_needs_end_the_connection() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.limits.rustls_records = 0;
    pair.exchange(WHOLE).unwrap();
    for _ in 0..33 {
        assert_eq!(pair.session.phase(), Phase::Open);
        pair.client.refresh_traffic_keys().unwrap();
        let bytes = pair.flight();
        pair.receive(&bytes);
    }
    let error = pair.deliver().unwrap_err();
    assert_eq!(error, rustls::Error::AlertReceived(AlertDescription::UnexpectedMessage));
    assert!(matches!(pair.how(), How::Tls(rustls::Error::PeerMisbehaved(_))));
}

/// Sends on what comes, in both directions.
struct Through;

impl Service for Through {
    fn on_data(&mut self, _data: &[u8], out: &mut Out<'_>) {
        out.pass_on();
    }

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        if let BackendEvent::Data(data) = event {
            if data.starts_with(b"before") {
                out.write(b"<");
            }
            out.pass_on();
            if data.ends_with(b"after") {
                out.write(b">");
            }
        }
    }
}

#[test]
fn what_is_passed_on_to_the_plain_side_is_not_copied_when_it_is_long() {
    let mut forger = Forger::new(|| Box::new(Through));
    let long = vec![b'l'; 5000];
    let bytes = [forger.record(DATA, &long), forger.record(DATA, &long), forger.record(DATA, b"short")].concat();
    let (first, rest) = bytes.split_at(100);
    for (piece, spans, copied) in [(first, 0, 0), (rest, 2, 5)] {
        let Pair { session, buffer, lent, .. } = {
            forger.pair.buffer[HEADROOM..HEADROOM + piece.len()].copy_from_slice(piece);
            forger.pair.receive_and_keep(piece.len());
            &mut forger.pair
        };
        assert_eq!((lent.spans.len(), lent.backend.len()), (spans, copied));
        assert!(lent.spans.iter().all(|span| buffer[span.clone()] == long[..]));
        assert_eq!(session.phase(), Phase::Open);
        lent.clear();
    }
    // Bytes that trickle in are kept elsewhere, and what they hold is copied.
    let bytes = forger.record(DATA, &long);
    for piece in bytes.chunks(bytes.len() - 10) {
        forger.pair.buffer[HEADROOM..HEADROOM + piece.len()].copy_from_slice(piece);
        forger.pair.receive_and_keep(piece.len());
    }
    assert_eq!((forger.pair.lent.spans.len(), forger.pair.lent.backend.len()), (0, long.len()));
}

#[test]
fn what_is_passed_on_to_the_peer_keeps_its_place() {
    for patience in [0, 100] {
        let mut pair = Pair::tls13(|| Box::new(Through));
        pair.limits.rustls_records = patience;
        pair.exchange(WHOLE).unwrap();
        for data in [&b"plain"[..], b"before", b"after", b"before and after"] {
            pair.call(|session, _, turn| session.backend(BackendEvent::Data(data), turn));
        }
        pair.exchange(WHOLE).unwrap();
        assert_eq!(pair.heard, b"plain<beforeafter><before and after>", "after {patience} records");
        let sent = pair.heard.len() as u64;
        pair.client.send_close_notify();
        pair.exchange(WHOLE).unwrap();
        pair.call(|session, _, turn| session.receive_end(turn));
        pair.call(|session, _, turn| session.stop(turn));
        pair.report();
        assert!(matches!(pair.seen.ended, Some((_, _, counted)) if counted == sent));
    }
}

#[test]
fn nothing_follows_our_close_notify() {
    let mut forger = Forger::new(|| Box::new(Echo));
    forger.pair.call(|session, _, turn| {
        turn.lent.wishes.shut = true;
        session.pump(turn);
    });
    assert_eq!(forger.heard(), [[1, 0, 21]]);
    forger.send(HANDSHAKE, &[24, 0, 0, 1, 1]);
    assert!(forger.heard().is_empty(), "not even the answer to an update");
}
