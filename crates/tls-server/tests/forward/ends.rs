//! Each direction ends on its own, and what is cut off on one side is not ended cleanly on the other.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use engine::{DialFault, How, Limits};
use tls_server::services::forward::{Backend, Settings};

use super::harness::{ask, backend, bytes, close, configs, echo, nobody, reset, start, start_with};

#[test]
fn a_client_that_has_ended_still_gets_its_answer() {
    let server = start(Settings::new(vec![backend(|mut stream| {
        let mut request = Vec::new();
        stream.read_to_end(&mut request).unwrap();
        stream.write_all(format!("{} bytes", request.len()).as_bytes()).unwrap();
    })]));
    let mut client = server.connect();
    client.write_all(&bytes(0, 100_000)).unwrap();
    close(&mut client);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "100000 bytes");
    assert!(matches!(server.end().how, How::PeerClosed));
}

#[test]
fn a_backend_that_has_ended_still_gets_the_rest() {
    let (done, received) = channel();
    let done = Mutex::new(done);
    let server = start(Settings::new(vec![backend(move |mut stream| {
        stream.write_all(b"that is all").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        done.lock().unwrap().send(rest).unwrap();
    })]));
    let mut client = server.connect();
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert_eq!(all, "that is all");
    client.write_all(&bytes(0, 1_000_000)).unwrap();
    close(&mut client);
    assert!(received.recv().unwrap() == bytes(0, 1_000_000));
    assert!(matches!(server.end().how, How::ServiceClosed));
}

#[test]
fn a_backend_that_closes_at_once_is_a_clean_end() {
    let server = start(Settings::new(vec![backend(drop)]));
    let mut client = server.connect();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    close(&mut client);
    assert!(server.end().backed.connected.is_some());
}

#[test]
fn a_backend_that_is_absent_is_a_reset_and_no_clean_end() {
    let server = start(Settings::new(vec![Backend::Address(nobody())]));
    let mut client = server.connect();
    let error = client.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof), "{error}");
    let end = server.end();
    assert!(matches!(end.how, How::Aborted), "{end:?}");
    assert_eq!((end.backed.connected, end.backed.tries), (None, 1));
    assert_eq!(end.backed.fault, Some(DialFault::Io(ErrorKind::ConnectionRefused)));
}

#[test]
fn a_backend_that_breaks_off_is_a_reset_and_no_clean_end() {
    let server = start(Settings::new(vec![backend(|mut stream| {
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(&bytes(0, 1_000)).unwrap();
        reset(&stream);
    })]));
    let mut client = server.connect();
    client.write_all(b"give").unwrap();
    let error = client.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof), "{error}");
    assert!(matches!(server.end().how, How::Aborted));
}

#[test]
fn a_client_that_is_cut_off_is_a_reset_and_no_clean_end() {
    let (done, seen) = channel();
    let done = Mutex::new(done);
    let server = start(Settings::new(vec![backend(move |mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"ready").unwrap();
        let kind = stream.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
        done.lock().unwrap().send(kind).unwrap();
    })]));
    let mut client = server.connect();
    client.write_all(b"begin").unwrap();
    client.read_exact(&mut [0; 5]).unwrap();
    drop(client); // closes the TCP connection, without close_notify
    assert_eq!(seen.recv().unwrap(), Err(ErrorKind::ConnectionReset));
    assert!(matches!(server.end().how, How::CutOff));
}

#[test]
fn a_backend_that_never_answers_ends_with_the_silence_that_is_allowed() {
    let (done, seen) = channel();
    let done = Mutex::new(done);
    let settings = Settings::new(vec![backend(move |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
        done.lock().unwrap().send(()).unwrap();
    })]);
    let limits = Limits { idle: Duration::from_millis(300), ..Limits::default() };
    let server = start_with(settings, limits, std::sync::Arc::new(configs()));
    let mut client = server.connect();
    client.write_all(b"anybody there?").unwrap();
    let _ = client.read_to_end(&mut Vec::new());
    assert!(matches!(server.end().how, How::Idle));
    seen.recv().unwrap(); // the backend was let go
}

#[test]
fn when_all_is_over_nothing_is_held() {
    let server = start(Settings::new(vec![echo()]));
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        ask(client, b"hello");
    }
    assert_eq!(server.forward.backends()[0].connections, 20);
    for client in &mut clients {
        close(client);
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
    for _ in &clients {
        server.end();
    }
    let held = || server.forward.backends()[0].connections;
    while held() > 0 {
        std::thread::yield_now(); // the last service is dropped right after its end is told
    }
}
