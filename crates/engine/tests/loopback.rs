//! The shell, over real sockets, with rustls's own client at the other end.

mod support;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use engine::{Bounds, Cause, How, Limits, Stage};

use support::{Client, Event, Running, ask, close, limits};

#[test]
fn every_byte_comes_back_however_slowly_it_is_read() {
    let mut server = Running::start(2, Limits::default());
    const LENGTH: usize = 6 * 1024 * 1024; // more than the sockets and high water hold together
    let byte = |n: usize| (n * 7 + n / 251) as u8;
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let mut client = server.connect();
            thread::spawn(move || {
                ask(&mut client, b"shake hands");
                client.sock.set_nonblocking(true).unwrap();
                let (mut sent, mut read) = (0, 0);
                let mut buffer = vec![0; 100_000];
                while read < LENGTH {
                    let mut idle = true;
                    if sent < LENGTH {
                        let part: Vec<u8> = (sent..LENGTH.min(sent + 50_000)).map(byte).collect();
                        if let Ok(count) = client.write(&part) {
                            sent += count;
                            idle = false;
                        }
                    }
                    // Nothing is read until nothing more can be sent: the server has to stop reading.
                    if idle || sent == LENGTH {
                        match client.read(&mut buffer) {
                            Ok(count) => {
                                assert!(count > 0);
                                assert!((0..count).all(|n| buffer[n] == byte(read + n)));
                                read += count;
                            }
                            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                        }
                    }
                }
                client.sock.set_nonblocking(false).unwrap();
                close(client);
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    for _ in 0..4 {
        let event = server.event();
        assert!(matches!(event, Event::Ended(How::PeerClosed, true)), "{event:?}");
    }
    server.handle.drain(Duration::from_secs(10));
    let totals = server.join().totals;
    assert_eq!((totals.accepted, totals.full + totals.resumed, totals.failed, totals.connections), (4, 4, 0, 0));
    assert_eq!((totals.received, totals.sent), (4 * (LENGTH + 11) as u64, 4 * (LENGTH + 11) as u64));
}

#[test]
fn a_half_hello_is_dropped_at_its_deadline_and_nobody_waits_for_it() {
    let server = Running::start(1, limits(Duration::from_millis(300)));
    let started = Instant::now();
    let mut silent = server.plain();
    let mut half = server.plain();
    half.write_all(&[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]).unwrap();
    let mut client = server.connect();
    ask(&mut client, b"served in the meantime");
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    assert_eq!(half.read(&mut [0]).unwrap(), 0);
    assert!(started.elapsed() >= Duration::from_millis(300));
    for _ in 0..2 {
        let event = server.event();
        assert!(matches!(event, Event::Failed(Stage::Hello, Cause::Deadline)), "{event:?}");
    }
    ask(&mut client, b"and after it, as an open connection has a deadline of its own");
    close(client);
}

#[test]
fn no_reset_overtakes_an_alert() {
    let server = Running::start(1, Limits::default());
    for _ in 0..20 {
        let mut peer = server.plain();
        // A record that rustls refuses, and much behind it that nobody will read.
        peer.write_all(&[22, 3, 1, 0, 4, 14, 0, 0, 0]).unwrap();
        peer.write_all(&[0; 60_000]).unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        peer.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, [21, 3, 3, 0, 2, 2, 10]);
        let event = server.event();
        assert!(matches!(event, Event::Failed(Stage::Hello, Cause::Tls(_))), "{event:?}");
    }
}

#[test]
fn a_panic_ends_one_connection_and_no_other() {
    let server = Running::start(1, Limits::default());
    let (mut good, mut bad) = (server.connect(), server.connect());
    ask(&mut good, b"before");
    ask(&mut bad, b"before");
    bad.write_all(b"panic").unwrap();
    let error = bad.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{error}");
    assert!(matches!(server.event(), Event::Ended(How::Panicked, false)));
    ask(&mut good, b"after");
    close(good);
}

#[test]
fn beyond_the_limit_newcomers_wait_until_there_is_room() {
    let server = Running::start_bounded(1, Limits::default(), Bounds { connections: 2, ..Bounds::default() });
    let mut held: Vec<Client> = (0..2).map(|_| server.connect()).collect();
    for client in &mut held {
        ask(client, b"in");
    }
    let mut waiting = server.connect();
    waiting.sock.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert_eq!(waiting.flush().unwrap_err().kind(), ErrorKind::WouldBlock, "the handshake gets no answer");
    assert_eq!(server.handle.totals().connections, 2);
    close(held.remove(0));
    waiting.sock.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    ask(&mut waiting, b"in as well");
}

#[test]
fn a_drain_lets_go_on_what_is_open_and_lets_nobody_in() {
    let mut server = Running::start(2, Limits::default());
    let (mut ends, mut stays) = (server.connect(), server.connect());
    ask(&mut ends, b"open");
    ask(&mut stays, b"open");
    server.handle.drain(Duration::from_millis(400));
    // At first a newcomer may still get into the queue of a worker that was not woken yet.
    while TcpStream::connect(server.address).err().map(|error| error.kind()) != Some(ErrorKind::ConnectionRefused) {
        thread::yield_now();
    }
    ask(&mut ends, b"still open");
    close(ends);
    ask(&mut stays, b"until the deadline");
    assert_eq!(stays.read(&mut [0]).unwrap(), 0, "close_notify, not just the end of the stream");
    drop(stays);
    assert_eq!(server.join().totals.connections, 0);
}

#[test]
fn a_stop_ends_everything_at_once() {
    let mut server = Running::start(1, Limits::default());
    let (mut open, mut shaking) = (server.connect(), server.plain());
    ask(&mut open, b"open");
    shaking.write_all(&[22, 3, 1]).unwrap();
    server.handle.stop();
    server.join();
    assert_eq!(open.read(&mut [0]).unwrap(), 0, "with close_notify where it can be written");
    assert!(matches!(shaking.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn a_reset_is_told_as_one() {
    let server = Running::start(1, Limits::default());
    let mut client = server.connect();
    ask(&mut client, b"open");
    client.write_all(b"an answer that nobody reads").unwrap();
    let socket = socket2::SockRef::from(&client.sock);
    // Wait for the answer, then close with a reset.
    while client.sock.peek(&mut [0]).unwrap() == 0 {}
    socket.set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let event = server.event();
    assert!(matches!(event, Event::Ended(How::Broken(ErrorKind::ConnectionReset), _)), "{event:?}");
}

#[test]
fn a_plain_http_request_gets_one_helpful_line() -> io::Result<()> {
    let server = Running::start(1, Limits::default());
    let mut peer = server.plain();
    peer.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    peer.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    Ok(())
}
