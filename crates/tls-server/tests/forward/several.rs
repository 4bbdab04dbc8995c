//! Several backends: shared, passed over, and come back.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use engine::How;
use tls_server::services::forward::{Backend, Balance, Fault, Settings};

use super::harness::{Running, ask, backend, close, echo, nobody, silent, start};

/// A backend that says its name.
fn named(name: &'static str) -> Backend {
    backend(move |mut stream| {
        stream.write_all(name.as_bytes()).unwrap();
        let _ = stream.read(&mut [0]);
    })
}

/// Who answers a new connection, which stays open.
fn answer(server: &Running) -> (String, super::harness::Client) {
    let mut client = server.connect();
    let mut name = [0; 1];
    client.read_exact(&mut name).unwrap();
    (String::from_utf8(name.into()).unwrap(), client)
}

#[test]
fn connections_go_round() {
    let server = start(Settings::new(vec![named("a"), named("b"), named("c")]));
    let (names, _clients): (Vec<_>, Vec<_>) = (0..6).map(|_| answer(&server)).unzip();
    assert_eq!(names.concat(), "abcabc");
    let held: Vec<_> = server.forward.backends().iter().map(|backend| backend.connections).collect();
    assert_eq!(held, [2, 2, 2]);
}

#[test]
fn the_one_with_the_fewest_connections_is_next() {
    let settings =
        Settings { balance: Balance::LeastConnections, ..Settings::new(vec![named("a"), named("b"), named("c")]) };
    let server = start(settings);
    let (names, mut clients): (Vec<_>, Vec<_>) = (0..6).map(|_| answer(&server)).unzip();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3);
    let gone = names.iter().position(|name| name == "b").unwrap();
    close(&mut clients[gone]);
    assert!(matches!(server.end().how, How::PeerClosed | How::ServiceClosed));
    while server.forward.backends()[1].connections == 2 {
        thread::yield_now();
    }
    assert_eq!(answer(&server).0, "b");
}

#[test]
fn another_is_tried_when_one_refuses() {
    let server = start(Settings::new(vec![Backend::Address(nobody()), echo()]));
    let mut client = server.connect();
    ask(&mut client, b"hello");
    close(&mut client);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert_eq!(server.end().backed.tries, 2);
    let status = server.forward.backends();
    assert_eq!((status[0].failed, status[0].last_fault), (1, Some(Fault::Refused)));
    assert_eq!((status[1].failed, status[1].reached), (0, 1));
}

#[test]
fn another_is_tried_when_one_does_not_answer_and_nothing_is_lost() {
    let silent = silent();
    let mut settings = Settings::new(vec![Backend::Address(silent.address), echo()]);
    settings.connect = Duration::from_millis(600);
    let server = start(settings);
    let mut client = server.connect();
    ask(&mut client, b"sent while the first one was silent");
    close(&mut client);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert_eq!(server.end().backed.tries, 2);
    assert_eq!(server.forward.backends()[0].last_fault, Some(Fault::Deadline));
}

#[test]
fn each_is_tried_once_and_then_it_is_over() {
    let missing = tempfile::tempdir().unwrap().path().join("gone.sock");
    let backends = vec![Backend::Address(nobody()), Backend::Unix(missing), Backend::Address(nobody())];
    let server = start(Settings::new(backends));
    assert!(server.connect().read(&mut [0]).is_err());
    let end = server.end();
    assert!(matches!(end.how, How::Aborted));
    assert_eq!(end.backed.tries, 3);
    let faults: Vec<_> = server.forward.backends().iter().map(|backend| backend.last_fault.unwrap()).collect();
    assert_eq!(faults, [Fault::Refused, Fault::Absent, Fault::Refused]);
}

#[test]
fn one_that_fails_again_and_again_is_passed_over_until_it_is_back() {
    let address = nobody();
    let server = start(Settings::new(vec![Backend::Address(address), echo()]));
    for _ in 0..5 {
        ask(&mut server.connect(), b"hello");
    }
    let told = server.notice();
    assert_eq!(told, format!("the backend {address} was not reached 3 times within 10 s: nothing listens there"));
    let status = server.forward.backends();
    assert_eq!((status[0].failed, status[0].resting), (3, 1), "after its third failure it is passed over");

    let listener = TcpListener::bind(address).unwrap();
    let accepted = thread::spawn(move || drop(listener.accept().unwrap()));
    while !accepted.is_finished() {
        let mut client = server.connect();
        client.write_all(b"hello").unwrap();
        let _ = client.read(&mut [0; 5]);
    }
    assert_eq!(server.notice(), format!("the backend {address} is reached again"));
    assert_eq!(server.forward.backends()[0].resting, 0);
}
