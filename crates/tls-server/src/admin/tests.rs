//! The pages over real sockets, of a server that does not exist.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;

use common::FixedClock;

use super::*;
use crate::status::Readiness;
use crate::status::tests::{Fake, source};

fn serve(address: &str, fake: Fake) -> Serving {
    let clock = Arc::new(FixedClock::new("2026-11-21T04:19:00Z".parse().unwrap()));
    let pages = Pages::new(Arc::new(fake), clock).unwrap();
    Admin::bind(&address.parse().unwrap()).unwrap().start(Arc::new(pages)).unwrap()
}

fn connect(serving: &Serving) -> TcpStream {
    let AdminAddress::Tcp(address) = serving.address() else { panic!("{}", serving.address()) };
    TcpStream::connect(address).unwrap()
}

fn answer(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(serving: &Serving, path: &str) -> String {
    answer(connect(serving), &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

#[test]
fn every_page_that_is_listed_is_there() {
    let serving = serve("127.0.0.1:0", source());
    let index = get(&serving, "/");
    let listed: Vec<_> = index.lines().filter(|line| line.starts_with('/')).collect();
    assert_eq!(listed.len(), 4, "{index}");
    for line in listed {
        let answer = get(&serving, line.split(' ').next().unwrap());
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{line}: {answer}");
    }
    assert!(get(&serving, "/metrics").contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0"));
    assert!(get(&serving, "/absent").starts_with("HTTP/1.1 404 "));
    serving.stop();
}

#[test]
fn nothing_can_be_changed_here() {
    let serving = serve("127.0.0.1:0", source());
    let answer = answer(connect(&serving), "POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("\r\nAllow: GET, HEAD\r\n"), "{answer}");
}

#[test]
fn a_head_has_no_body_and_what_is_no_request_is_told_so() {
    let serving = serve("127.0.0.1:0", source());
    let head = answer(connect(&serving), "HEAD /readyz HTTP/1.0\r\n\r\n");
    assert!(head.contains("Content-Length: 6\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(answer(connect(&serving), "\x16\x03\x01\r\n").starts_with("HTTP/1.1 400 "));
    let long = format!("GET / HTTP/1.1\r\nHost: {}", "a".repeat(9_000));
    assert!(answer(connect(&serving), &long).starts_with("HTTP/1.1 431 "));
}

#[test]
fn a_probe_is_told_the_truth() {
    let mut draining = source();
    draining.readiness = Readiness::Draining;
    let draining = serve("127.0.0.1:0", draining);
    assert!(get(&draining, "/readyz").starts_with("HTTP/1.1 503 "));
    assert!(get(&draining, "/healthz").starts_with("HTTP/1.1 200 "));
    let mut stuck = source();
    stuck.turns = false;
    let stuck = serve("127.0.0.1:0", stuck);
    assert!(get(&stuck, "/healthz").starts_with("HTTP/1.1 503 "));
}

#[test]
fn those_who_say_nothing_keep_nobody_else_waiting() {
    let serving = serve("127.0.0.1:0", source());
    let silent: Vec<_> = (0..15).map(|_| connect(&serving)).collect();
    assert!(get(&serving, "/readyz").ends_with("ready\n"));
    drop(silent);
}

#[test]
fn a_unix_socket_is_for_its_owner_and_gone_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    drop(UnixListener::bind(&path).unwrap()); // a process that ended without a word
    let address = AdminAddress::Unix(path.clone());
    let serving = serve(&address.to_string(), source());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let ready = answer(UnixStream::connect(&path).unwrap(), "GET /readyz HTTP/1.0\r\n\r\n");
    assert!(ready.ends_with("ready\n"), "{ready}");
    match Admin::bind(&address).err().unwrap() {
        AdminError::Listen { source, .. } => assert_eq!(source.kind(), ErrorKind::AddrInUse),
        other => panic!("{other}"),
    }
    serving.stop();
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    std::fs::write(&path, "precious").unwrap();
    let error = Admin::bind(&AdminAddress::Unix(path.clone())).err().unwrap();
    assert!(matches!(error, AdminError::NotASocket { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn another_process_can_go_on_with_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let address = AdminAddress::Unix(directory.path().join("admin.sock"));
    let old = serve(&address.to_string(), source());
    let new = Admin::inherited(old.duplicate().unwrap(), &address);
    old.hand_over();
    let AdminAddress::Unix(path) = &address else { unreachable!() };
    let waiting = UnixStream::connect(path).unwrap();
    let clock = Arc::new(FixedClock::new("2026-11-21T04:19:00Z".parse().unwrap()));
    let new = new.start(Arc::new(Pages::new(Arc::new(source()), clock).unwrap())).unwrap();
    assert!(answer(waiting, "GET /readyz HTTP/1.0\r\n\r\n").ends_with("ready\n"));
    new.stop();
}
