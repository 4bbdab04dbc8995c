//! Every byte arrives, in order, however fast or slow the two sides are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use tls_server::services::forward::Settings;

use super::harness::{Exchange, ask, backend, bytes, close, echo, start, unix_echo};

/// Reads to the end, and makes sure that it is the stream of [`bytes`]. How much it was.
fn count(stream: &mut TcpStream) -> usize {
    let (mut received, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => return received,
            length => {
                assert!(piece[..length] == bytes(received, length), "what came after {received}");
                received += length;
            }
        }
    }
}

#[test]
fn a_reply_that_stalls_arrives_whole() {
    let (go_on, waits) = channel();
    let waits = Mutex::new(waits);
    let server = start(Settings::new(vec![backend(move |mut stream| {
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(&bytes(0, 1_024)).unwrap();
        waits.lock().unwrap().recv().unwrap();
        stream.write_all(&bytes(1_024, 3_976)).unwrap();
    })]));
    let mut client = server.connect();
    client.write_all(b"give").unwrap();
    let mut reply = vec![0; 1_024];
    client.read_exact(&mut reply).unwrap();
    go_on.send(()).unwrap();
    client.read_to_end(&mut reply).unwrap();
    assert!(reply == bytes(0, 5_000), "{} bytes", reply.len());
}

#[test]
fn a_backend_may_speak_first() {
    let server = start(Settings::new(vec![backend(|mut stream| {
        stream.write_all(b"220 ready\r\n").unwrap();
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(b"221 bye\r\n").unwrap();
    })]));
    let mut client = server.connect();
    let mut greeting = [0; 11];
    client.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"220 ready\r\n");
    client.write_all(b"QUIT").unwrap();
    let mut farewell = String::new();
    client.read_to_string(&mut farewell).unwrap();
    assert_eq!(farewell, "221 bye\r\n");
}

#[test]
fn fifty_megabytes_go_both_ways_at_once() {
    const TOTAL: usize = 50 * 1024 * 1024;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (done, received) = channel();
        let done = Mutex::new(done);
        let server = start(Settings::new(vec![backend(move |mut stream| {
            let mut back = stream.try_clone().unwrap();
            let writer = thread::spawn(move || {
                for start in (0..TOTAL).step_by(64 * 1024) {
                    back.write_all(&bytes(start, (TOTAL - start).min(64 * 1024))).unwrap();
                }
                back.shutdown(std::net::Shutdown::Write).unwrap();
            });
            done.lock().unwrap().send(count(&mut stream)).unwrap();
            writer.join().unwrap();
        })]));
        let mut client = server.connect_with(version);
        let mut exchange = Exchange::new();
        assert!(exchange.run(&mut client, TOTAL), "stuck after {} and {}", exchange.sent, exchange.received);
        assert_eq!((exchange.sent, exchange.received), (TOTAL, TOTAL));
        assert_eq!(received.recv().unwrap(), TOTAL);
    }
}

#[test]
fn a_client_that_does_not_read_is_held_back_and_loses_nothing() {
    let server = start(Settings::new(vec![echo()]));
    let mut client = server.connect();
    let mut exchange = Exchange { reads: false, ..Exchange::new() };
    const MORE_THAN_ANY_SOCKET_HOLDS: usize = 256 * 1024 * 1024;
    assert!(!exchange.run(&mut client, MORE_THAN_ANY_SOCKET_HOLDS), "it was never held back");
    ask(&mut server.connect(), b"others are served");
    let total = exchange.sent;
    exchange.reads = true;
    assert!(exchange.run(&mut client, total));
    assert_eq!(exchange.received, total);
}

#[test]
fn a_backend_that_does_not_read_holds_its_client_back_and_nothing_is_lost() {
    let (gate, waits) = sync_channel(0);
    let (done, received) = channel();
    let (waits, done) = (Mutex::new(waits), Mutex::new(done));
    let server = start(Settings::new(vec![backend(move |mut stream| {
        waits.lock().unwrap().recv().unwrap();
        done.lock().unwrap().send(count(&mut stream)).unwrap();
    })]));
    let mut client = server.connect();
    let mut exchange = Exchange { reads: false, ..Exchange::new() };
    assert!(!exchange.run(&mut client, 256 * 1024 * 1024), "it was never held back");
    let total = exchange.sent;
    gate.send(()).unwrap();
    exchange.reads = true;
    assert!(exchange.run(&mut client, total));
    assert_eq!(received.recv().unwrap(), total);
}

#[test]
fn what_is_sent_before_the_backend_is_there_arrives() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (done, ended) = channel();
    let (all, done) = (Arc::clone(&seen), Mutex::new(done));
    let server = start(Settings::new(vec![backend(move |mut stream| {
        stream.read_to_end(&mut all.lock().unwrap()).unwrap();
        done.lock().unwrap().send(()).unwrap();
    })]));
    let mut client = server.connect();
    // Both go out at once, right behind the handshake.
    client.conn.writer().write_all(&bytes(0, 30_000)).unwrap();
    close(&mut client);
    ended.recv().unwrap();
    assert!(*seen.lock().unwrap() == bytes(0, 30_000));
}

#[test]
fn a_unix_socket_is_a_backend() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(Settings::new(vec![unix_echo(&directory.path().join("app.sock"))]));
    let mut client = server.connect();
    ask(&mut client, b"over a file");
    ask(&mut client, &bytes(0, 200_000));
    close(&mut client);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert!(server.end().backed.target.to_string().ends_with("/app.sock"));
}
