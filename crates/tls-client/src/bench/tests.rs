//! Loads on a server of this process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// A server that does with each connection what it is told, and the configuration of a client that trusts it.
fn server(serve: fn(&mut StreamOwned<ServerConnection, std::net::TcpStream>)) -> (SocketAddr, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.ticketer = aws_lc_rs::Ticketer::new().unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
                serve(&mut stream);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (address, Arc::new(client))
}

fn echo(stream: &mut StreamOwned<ServerConnection, std::net::TcpStream>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}

/// Answers each request with 100,000 bytes, and reads a body as long as it says.
fn pages(stream: &mut StreamOwned<ServerConnection, std::net::TcpStream>) {
    let (mut held, mut buffer) = (Vec::new(), [0; 16_384]);
    loop {
        while !held.windows(4).any(|window| window == b"\r\n\r\n") {
            let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
            held.extend_from_slice(&buffer[..count]);
        }
        let head = String::from_utf8_lossy(&held).into_owned();
        let end = head.find("\r\n\r\n").unwrap() + 4;
        let length = head
            .find("Content-Length: ")
            .map_or(0, |at| head[at + 16..].split("\r\n").next().unwrap().parse::<usize>().unwrap());
        let mut missing = length.saturating_sub(held.len() - end);
        held = held.split_off((end + length).min(held.len()));
        while missing > 0 {
            let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
            missing = missing.saturating_sub(count);
        }
        let body = if head.starts_with("GET") { 100_000 } else { 2 };
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {body}\r\n\r\n{}", "x".repeat(body));
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn plan(address: SocketAddr, mode: Mode, count: u64) -> Plan {
    Plan {
        address,
        server_name: ServerName::try_from("localhost").unwrap(),
        host: "localhost".to_owned(),
        mode,
        amount: Amount::Count(count),
        warmup: 2,
        connections: 3,
        threads: 2,
        rate: None,
        send: b"!".to_vec(),
        expect: Expect::Bytes(1),
        size: 64,
        http: None,
        hold: Duration::from_millis(1),
        newcomers: 0,
        pid: Some(std::process::id()),
        limit: Duration::from_secs(10),
    }
}

#[test]
fn visits_are_counted_with_their_kinds_and_times() {
    let (address, config) = server(echo);
    for (mode, kind) in [(Mode::Handshakes, "full"), (Mode::Resumed, "resumed")] {
        let mut config = config.as_ref().clone();
        if mode == Mode::Handshakes {
            config.resumption = rustls::client::Resumption::disabled();
        }
        let course = Course::default();
        // A ticket is used once, so that visits at the same time would need several.
        let plan = Plan { connections: 1, threads: 1, ..plan(address, mode, 40) };
        let figures = run(&plan, &Arc::new(config), &course).unwrap();
        assert_eq!((figures.operations, figures.failed.len()), (40, 0), "{figures:?}");
        let times = [&figures.latency_us.operation, &figures.latency_us.connect, &figures.latency_us.handshake];
        assert!(times.iter().all(|time| time.as_ref().is_some_and(|time| time.count >= 39 && time.p50 <= time.p99)));
        let seen = figures.handshake.unwrap();
        assert_eq!((seen.kind.as_deref(), seen.version.as_deref()), (Some(kind), Some("TLS 1.3")));
        assert!(figures.server.unwrap().cpu_us_per_operation.unwrap() > 0.0);
        assert!(course.done.load(Ordering::Relaxed) >= 40);
    }
}

#[test]
fn an_open_loop_counts_from_when_an_operation_was_due() {
    // A server that answers the first visit late: those that were due meanwhile are late as well.
    let (address, config) = server(|stream| {
        static FIRST: AtomicBool = AtomicBool::new(true);
        if FIRST.swap(false, Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(300));
        }
        echo(stream);
    });
    let plan = Plan { connections: 1, threads: 1, warmup: 0, rate: Some(100.0), ..plan(address, Mode::Handshakes, 20) };
    let figures = run(&plan, &config, &Course::default()).unwrap();
    let times = figures.latency_us.operation.unwrap();
    assert_eq!(times.count, 20);
    assert!(times.p50 > 50_000.0, "half of them were due while the first was served: {times:?}");
}

#[test]
fn kept_connections_exchange_and_transfer() {
    let (address, config) = server(echo);
    let figures = run(&plan(address, Mode::Latency, 100), &config, &Course::default()).unwrap();
    assert_eq!((figures.operations, figures.failed.len()), (100, 0), "{figures:?}");
    let long = Plan { size: 300_000, ..plan(address, Mode::Latency, 10) };
    let figures = run(&long, &config, &Course::default()).unwrap();
    assert_eq!((figures.operations, figures.failed.len()), (10, 0), "{figures:?}");

    let (address, config) = server(pages);
    for mode in [Mode::Download, Mode::Upload, Mode::Latency] {
        let plan = Plan { http: Some("/".to_owned()), size: 500_000, ..plan(address, mode, 12) };
        let figures = run(&plan, &config, &Course::default()).unwrap();
        assert!(figures.operations >= 12 && figures.failed.is_empty(), "{mode:?}: {figures:?}");
        let expected = match mode {
            Mode::Download => Some(1_200_000),
            Mode::Upload => Some(6_000_000),
            _ => None,
        };
        assert!(figures.bytes.is_some() == expected.is_some(), "{mode:?}");
        // What was under way when the span began or ended belongs to it in part.
        assert!(figures.bytes.zip(expected).is_none_or(|(bytes, all)| bytes.abs_diff(all) <= 1_500_000), "{figures:?}");
    }
}

#[test]
fn what_fails_is_counted_by_sentence_and_the_run_goes_on() {
    let (address, config) = server(|stream| drop(stream.read(&mut [0; 1])));
    let figures = run(&plan(address, Mode::Handshakes, 10), &config, &Course::default()).unwrap();
    assert_eq!(figures.operations, 0);
    assert!(!figures.valid && figures.exit_code == common::terminal::Exit::Truncated, "{figures:?}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let figures = run(&plan(free, Mode::Handshakes, 10), &config, &Course::default()).unwrap();
    assert!(figures.failed.keys().any(|why| why.contains("refused")), "{figures:?}");
    assert_eq!(figures.exit_code, common::terminal::Exit::Connect);
    let (address, config) = server(echo);
    let elsewhere =
        Plan { server_name: ServerName::try_from("elsewhere").unwrap(), ..plan(address, Mode::Handshakes, 10) };
    let figures = run(&elsewhere, &config, &Course::default()).unwrap();
    assert_eq!(figures.exit_code, common::terminal::Exit::NameMismatch, "{figures:?}");
}

#[test]
fn connections_are_held_and_newcomers_answered_beside_them() {
    let (address, config) = server(echo);
    let plan = Plan { connections: 20, newcomers: 5, ..plan(address, Mode::Idle, 1) };
    let figures = run(&plan, &config, &Course::default()).unwrap();
    assert_eq!((figures.operations, figures.newcomers.unwrap().answered), (20, (5, 5)));
    let figures = run(&Plan { mode: Mode::HalfOpen, ..plan }, &config, &Course::default()).unwrap();
    assert_eq!((figures.operations, figures.newcomers.unwrap().answered), (20, (5, 5)));
    assert_eq!(figures.ended_by_server.unwrap().0, 0, "this server has no deadline");
}

#[test]
fn a_run_is_drawn_and_told() {
    let (address, config) = server(echo);
    let figures = run(&plan(address, Mode::Handshakes, 30), &config, &Course::default()).unwrap();
    let (drawn, told) = (plot::svg(&figures), text::figures(&figures));
    assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n") && drawn.contains("p99"));
    assert!(told.contains("visits") && told.contains("the load's own CPU"), "{told}");
    let counted: u64 = figures.histogram.columns(16).iter().map(|(_, count)| count).sum();
    assert_eq!(counted, figures.histogram.count());
}
