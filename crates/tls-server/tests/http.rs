//! The service `http`, over a real connection.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::Path;

use tls_server::Builder;
use tls_server::services::{Http, HttpOptions};

use self::served::{Running, Stream};

mod served;

fn start(root: Option<&Path>) -> Running {
    let http = Http::new(HttpOptions { root: root.map(Into::into), ..HttpOptions::default() }).unwrap();
    Running::start(|context| {
        let builder = Builder::new(context).listen("127.0.0.1:0".parse().unwrap()).workers(1);
        builder.bind(move |_worker| http.clone()).unwrap()
    })
}

fn get(server: &Running, path: &str) -> (String, Vec<u8>) {
    let mut connection = server.connect();
    ask(&mut connection, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    answer(&mut connection)
}

fn ask(connection: &mut BufReader<Stream>, requests: &str) {
    connection.get_mut().write_all(requests.as_bytes()).unwrap();
}

fn head(connection: &mut BufReader<Stream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(connection.read_line(&mut head).unwrap(), 0, "the end, after {head:?}");
    }
    head
}

fn answer(connection: &mut BufReader<Stream>) -> (String, Vec<u8>) {
    let head = head(connection);
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    connection.read_exact(&mut body).unwrap();
    (head, body)
}

#[test]
fn a_visitor_sees_their_own_connection() {
    let server = start(None);
    let (head, page) = get(&server, "/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Content-Security-Policy: default-src 'none'"));
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("TLS 1.3") && page.contains("localhost"), "{page}");

    let (head, json) = get(&server, "/json");
    assert!(head.contains("\r\nCache-Control: no-store\r\n"), "{head}");
    let visit: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(visit["schema"], "latchkey.visit/1");
    assert_eq!(visit["group"], "X25519MLKEM768");
    assert_eq!(visit["server_name"], "localhost");
    assert_eq!((&visit["kind"], &visit["client_certificate"]), (&"full".into(), &serde_json::Value::Null));
    let (head, _) = get(&server, "/else");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let site = tempfile::tempdir().unwrap();
    fs::write(site.path().join("a.txt"), "first").unwrap();
    let server = start(Some(site.path()));
    let mut connection = server.connect();
    let request = |method: &str, path: &str| format!("{method} {path} HTTP/1.1\nHost: localhost\n\n");
    ask(&mut connection, &[request("GET", "/a.txt"), request("POST", "/"), request("GET", "/a.txt")].concat());
    ask(&mut connection, "GET /json HTTP/1.0\r\n\r\n");
    assert_eq!(answer(&mut connection).1, b"first");
    assert!(answer(&mut connection).0.starts_with("HTTP/1.1 405 "));
    assert_eq!(answer(&mut connection).1, b"first");
    let (head, json) = answer(&mut connection);
    assert!(head.contains("\r\nConnection: close\r\n") && json.starts_with(b"{"), "{head}");
    assert_eq!(connection.read(&mut [0]).unwrap(), 0, "close_notify, as the last request was of HTTP/1.0");
}

#[test]
fn a_large_file_arrives_whole_however_slowly_it_is_read() {
    let site = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..5_000_000_usize).map(|n| (n * 7 + n / 251) as u8).collect();
    fs::write(site.path().join("large.bin"), &content).unwrap();
    let server = start(Some(site.path()));
    let mut slow = server.connect();
    ask(&mut slow, "GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let announced = head(&mut slow);
    assert!(announced.contains("\r\nContent-Length: 5000000\r\n"), "{announced}");
    // Others are served while it does not read.
    for _ in 0..3 {
        assert!(get(&server, "/large.bin").1 == content);
    }
    let mut read = vec![0; content.len()];
    for part in read.chunks_mut(10_000) {
        slow.read_exact(part).unwrap();
    }
    assert!(read == content);
}

#[test]
fn a_file_that_shrinks_ends_in_a_cut_and_not_in_a_lie() {
    let site = tempfile::tempdir().unwrap();
    let path = site.path().join("log");
    fs::write(&path, vec![b'x'; 50_000_000]).unwrap();
    let server = start(Some(site.path()));
    let mut connection = server.connect();
    ask(&mut connection, "GET /log HTTP/1.1\r\nHost: localhost\r\n\r\n");
    head(&mut connection);
    fs::write(&path, "rotated").unwrap();
    let error = connection.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof), "{error}");
}

#[test]
fn a_client_that_asks_much_and_reads_nothing_is_answered_as_far_as_it_reads() {
    let server = start(None);
    let mut connection = server.connect();
    const COUNT: usize = 1_000;
    ask(&mut connection, &"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(COUNT));
    for _ in 0..COUNT {
        assert!(answer(&mut connection).0.starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
fn what_is_no_request_is_answered_once_and_closed() {
    let server = start(None);
    let mut connection = server.connect();
    ask(
        &mut connection,
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    ask(&mut connection, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(answer(&mut connection).0.starts_with("HTTP/1.1 400 "));
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_client_that_has_said_everything_still_gets_its_answer() {
    let site = tempfile::tempdir().unwrap();
    fs::write(site.path().join("a.txt"), "answer").unwrap();
    let server = start(Some(site.path()));
    let mut connection = server.connect();
    ask(&mut connection, "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.get_mut().conn.send_close_notify();
    connection.get_mut().flush().unwrap();
    assert_eq!(answer(&mut connection).1, b"answer");
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}
