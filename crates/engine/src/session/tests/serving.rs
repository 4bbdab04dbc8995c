//! What a service may wish for, and what is told it, without a socket.

use std::any::Any;
use std::sync::Mutex;

use common::facts::ClientIdentity;
use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, CertificateError};

use super::pair::{Echo, Pair, SERVER};
use super::*;
use crate::backend::{BackendEvent, Dial, Target};
use crate::inbox::Letter;
use crate::inforce::{Choice, Detail};
use crate::observe::{How, Stage};
use crate::reply::Wake;

/// Is not ready until it is told so, and then refuses or takes.
struct Slow {
    ready: Mutex<Option<Choice>>,
    wakes: Mutex<Vec<Wake>>,
}

impl Configs for Slow {
    fn choose(&self, _hello: Option<&wire::ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice {
        self.ready.lock().unwrap().take().unwrap_or_else(|| {
            self.wakes.lock().unwrap().push(wake());
            Choice::Later
        })
    }
}

fn slow(pair: &mut Pair) -> Arc<Slow> {
    let slow = Arc::new(Slow { ready: Mutex::new(None), wakes: Mutex::default() });
    pair.configs = Arc::<Slow>::clone(&slow);
    slow
}

#[test]
fn a_session_waits_for_its_configuration() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    let slow = slow(&mut pair);
    let flight = pair.flight();
    pair.receive(&flight);
    assert_eq!((pair.session.phase(), pair.session.wants_bytes()), (Phase::Hello, false));
    assert_eq!(slow.wakes.lock().unwrap().len(), 1);
    pair.call(|session, _, turn| session.letter(Letter::Ready, turn));
    assert!(pair.outbox.is_empty(), "it was woken for nothing, and waits on");
    assert_eq!(slow.wakes.lock().unwrap().len(), 2);
    *slow.ready.lock().unwrap() = Some(Choice::Config(Arc::clone(&SERVER)));
    pair.call(|session, _, turn| session.letter(Letter::Ready, turn));
    pair.deliver().unwrap();
    pair.exchange(WHOLE).unwrap();
    pair.say(b"and goes on");
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.heard, b"and goes on");
}

#[test]
fn what_a_client_sends_while_it_waits_is_not_lost() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    let slow = slow(&mut pair);
    let flight = pair.flight();
    let (head, tail) = flight.split_at(flight.len() - 1);
    pair.receive(head);
    // The last byte of the hello and a record behind it, of which the session can make nothing yet.
    pair.receive(&[tail, &[20, 3, 3, 0, 1, 1]].concat());
    *slow.ready.lock().unwrap() = Some(Choice::Config(Arc::clone(&SERVER)));
    pair.call(|session, _, turn| session.letter(Letter::Ready, turn));
    pair.deliver().unwrap();
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.session.phase(), Phase::Open);
}

#[test]
fn a_name_that_is_not_served_is_refused_with_the_alert() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    let slow = slow(&mut pair);
    *slow.ready.lock().unwrap() = Some(Choice::Refuse(AlertDescription::UnrecognisedName));
    let flight = pair.flight();
    pair.receive(&flight);
    let refused = pair.deliver();
    assert_eq!(refused, Err(rustls::Error::AlertReceived(AlertDescription::UnrecognisedName)));
    assert_eq!(pair.session.after(), After::Linger);
    pair.report();
    let (_, cause, name) = pair.seen.failed.take().unwrap();
    assert!(matches!(cause, Cause::Refused(AlertDescription::UnrecognisedName)));
    assert_eq!(name.as_deref(), Some("localhost"));
}

#[test]
fn who_is_not_let_in_after_all_is_told_nothing_but_the_end() {
    struct Nobody;
    impl Configs for Nobody {
        fn choose(&self, _hello: Option<&wire::ClientHello<'_>>, _wake: &dyn Fn() -> Wake) -> Choice {
            Choice::Config(Arc::clone(&SERVER))
        }
        fn admit(&self, _: &Facts, _: &[CertificateDer<'static>]) -> Result<Option<Arc<ClientIdentity>>, Detail> {
            Err(Arc::new("the reason"))
        }
    }
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.configs = Arc::new(Nobody);
    pair.exchange(WHOLE).unwrap();
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert!(pair.seen.opened.is_none());
    assert!(matches!(pair.failure(), (Stage::Handshake, Cause::Denied)));
}

#[test]
fn what_rustls_refuses_without_an_alert_gets_one_in_the_clear() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    // A hello that announces more than rustls takes.
    pair.receive(&[22, 3, 1, 0, 6, 1, 1, 0, 0, 3, 3]);
    let (_, cause) = pair.failure();
    assert!(matches!(cause, Cause::Tls(_)), "{cause:?}");
    assert_eq!(pair.outbox.bytes(), [21, 3, 3, 0, 2, 2, AlertDescription::DecodeError.into()]);
    assert_eq!(pair.session.after(), After::Linger);
}

/// Closes its direction at once, hears on, and closes at the peer's end.
struct Hears;

impl Service for Hears {
    fn on_open(&mut self, out: &mut Out<'_>) {
        out.write(b"all there is");
        out.shut();
        out.write(b"too late");
    }

    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(b"too late as well");
        out.backend_write(data);
    }

    fn on_end(&mut self, end: End, out: &mut Out<'_>) {
        if end == End::Closed {
            out.shut();
        }
    }
}

#[test]
fn a_direction_that_is_shut_leaves_the_other_open() {
    let mut pair = Pair::tls13(|| Box::new(Hears));
    pair.exchange(WHOLE).unwrap();
    assert_eq!(pair.heard, b"all there is");
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert!(pair.session.is_shut() && pair.session.phase() == Phase::Open);
    pair.say(b"the client goes on");
    let flight = pair.flight();
    pair.receive_to_backend(&flight, b"the client goes on");
    pair.client.send_close_notify();
    pair.exchange(WHOLE).unwrap();
    assert!(matches!(pair.how(), How::ServiceClosed));
    assert!(pair.session.is_clean());
    assert_eq!(pair.heard, b"all there is", "one close_notify, and nothing after it");
}

/// Answers what it hears of its plain side and of other threads.
struct Relays;

impl Service for Relays {
    fn on_open(&mut self, out: &mut Out<'_>) {
        let to = Target::Tcp(([127, 0, 0, 1], 1).into());
        out.dial(&Dial { to, deadline: std::time::Duration::from_secs(1) });
        out.backend_write(b"header ");
    }

    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.backend_write(data);
    }

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        match event {
            BackendEvent::Data(data) => out.write(data),
            BackendEvent::Broken(_) => out.abort(),
            _ => out.write(b"!"),
        }
    }

    fn on_message(&mut self, message: Box<dyn Any + Send>, out: &mut Out<'_>) {
        out.write(message.downcast::<String>().unwrap().as_bytes());
    }

    fn on_room(&mut self, out: &mut Out<'_>) {
        out.write(b" room");
    }
}

#[test]
fn a_service_hears_of_its_plain_side_of_room_and_of_other_threads() {
    let mut pair = Pair::tls13(|| Box::new(Relays));
    let flight = pair.flight();
    pair.receive(&flight);
    pair.deliver().unwrap();
    let flight = pair.flight();
    pair.receive_to_backend(&flight, b"header ");
    pair.call(|session, _, turn| session.backend(BackendEvent::Connected, turn));
    pair.call(|session, _, turn| session.backend(BackendEvent::Data(b" data"), turn));
    pair.call(|session, _, turn| session.letter(Letter::Tell(Box::new(" told".to_owned())), turn));
    pair.call(|session, _, turn| session.letter(Letter::Send(b" sent".to_vec()), turn));
    pair.call(|session, _, turn| session.room(turn));
    pair.deliver().unwrap();
    assert_eq!(pair.heard, b"! data told sent room");
    pair.call(|session, _, turn| session.backend(BackendEvent::Broken(io::ErrorKind::ConnectionReset), turn));
    assert!(pair.outbox.is_empty(), "a reset says enough");
    assert_eq!(pair.session.after(), After::Reset);
    assert!(matches!(pair.how(), How::Aborted));
    assert!(!pair.session.is_clean());
}

#[test]
fn a_letter_closes() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.exchange(WHOLE).unwrap();
    pair.call(|session, _, turn| session.letter(Letter::Close, turn));
    pair.deliver().unwrap();
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert!(matches!(pair.how(), How::ServiceClosed));
    pair.call(|session, _, turn| session.letter(Letter::Send(b"late".to_vec()), turn));
    assert!(pair.outbox.is_empty());
}

#[test]
fn what_is_known_of_a_fault_is_told_with_it() {
    struct Knows;
    impl Configs for Knows {
        fn choose(&self, _hello: Option<&wire::ClientHello<'_>>, _wake: &dyn Fn() -> Wake) -> Choice {
            Choice::Config(Arc::clone(&SERVER))
        }
        fn detail(&self, error: &rustls::Error) -> Option<Detail> {
            assert_ne!(*error, rustls::Error::InvalidCertificate(CertificateError::Expired));
            Some(Arc::new(7_u32))
        }
    }
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.configs = Arc::new(Knows);
    pair.receive(&[22, 3, 1, 0, 4, 14, 0, 0, 0]);
    pair.report();
    assert_eq!(pair.seen.detail, Some(7));
}

#[test]
fn a_proxy_speaks_for_its_client_however_its_header_is_split() {
    for size in [1, 7, 20, usize::MAX] {
        let mut pair = Pair::tls13(|| Box::new(Echo));
        pair.session =
            Session::server(Peer::direct(1, "10.0.0.1:9".parse().unwrap(), "10.0.0.2:443".parse().unwrap()), pair.now)
                .behind_proxy();
        let bytes = [b"PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n", &pair.flight()[..]].concat();
        for piece in bytes.chunks(size.min(bytes.len())) {
            pair.receive(piece);
        }
        pair.deliver().unwrap();
        pair.exchange(WHOLE).unwrap();
        assert_eq!(pair.session.phase(), Phase::Open);
        let Peer { address, via, local, .. } = pair.session.peer;
        assert_eq!(address, "192.0.2.1:5".parse().unwrap());
        assert_eq!((via, local), (Some("10.0.0.1:9".parse().unwrap()), "192.0.2.2:443".parse().unwrap()));
    }
}

#[test]
fn without_the_header_that_has_to_come_nobody_is_spoken_for() {
    let mut pair = Pair::tls13(|| Box::new(Echo));
    pair.session = Session::server(pair.session.peer, pair.now).behind_proxy();
    let flight = pair.flight();
    pair.receive(&flight);
    assert!(matches!(pair.failure(), (Stage::Hello, Cause::ProxyHeader(None))));
}
