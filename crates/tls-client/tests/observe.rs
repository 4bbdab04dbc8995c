//! One connection each to a server in this process, over a real socket: what is seen, and what the report makes of it.

#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::context::{Clients, Provider, ServerContext, Trust};
use common::terminal::Exit;
use common::{Clock as _, SystemClock};
use pki::stored;
use pki::verify::Verifier;
use rustls::{ServerConfig, ServerConnection, Stream};
use store::Location;
use tls_client::report::Report;
use tls_client::{Client, End, Observation, OnRefusal, Target, Then};

/// A fresh store's `localhost`, and a client that trusts the store's CA.
struct World {
    client: Client,
    server: ServerContext,
    verifier: Arc<Verifier>,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = store::open(&Location::directory(directory.path()), Arc::new(SystemClock)).unwrap();
        stored::local_identity(&*store, &SystemClock).unwrap();
        let identity = stored::identity(&*store, "localhost", Provider::AwsLc).unwrap();
        let mut trust = Trust::new();
        stored::anchors(&*store).unwrap().into_iter().for_each(|anchor| trust.add(anchor));
        let verifier = Arc::new(Verifier::new(Arc::new(trust), Provider::AwsLc).unwrap());
        let client = Client { limit: Duration::from_secs(5), ..Client::new(Arc::clone(&verifier)) };
        Self { client, server: ServerContext::new(&identity), verifier }
    }

    /// Serves one connection with `serve`, and says what the client saw of it.
    fn observe(
        &self,
        name: &str,
        words: Option<&[u8]>,
        serve: impl FnOnce(TcpStream, Arc<ServerConfig>) + Send + 'static,
    ) -> (Observation, Report) {
        let (target, serving) = self.serve(name, serve);
        let mut heard = Vec::new();
        let mut answer = |bytes: &[u8]| heard.extend_from_slice(bytes);
        let then = match words {
            Some(words) => Then::Say { words, answer: &mut answer },
            None => Then::Leave,
        };
        let seen = self.client.observe(&target, then).unwrap();
        serving.join().unwrap();
        assert_eq!(heard, seen.exchange.as_ref().map(|exchange| exchange.received.clone()).unwrap_or_default());
        let report = Report::new(&self.client, &seen, SystemClock.now());
        (seen, report)
    }

    fn serve(
        &self,
        name: &str,
        serve: impl FnOnce(TcpStream, Arc<ServerConfig>) + Send + 'static,
    ) -> (Target, JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let target: Target = format!("127.0.0.1:{}", listener.local_addr().unwrap().port()).parse().unwrap();
        let config = self.server.config().unwrap();
        let serving = thread::spawn(move || serve(listener.accept().unwrap().0, config));
        (target.with_server_name(name).unwrap(), serving)
    }
}

/// Answers `Hello from server!`, with close_notify or without.
fn hello(mut socket: TcpStream, config: Arc<ServerConfig>, close: bool) {
    let mut connection = ServerConnection::new(config).unwrap();
    let mut tls = Stream::new(&mut connection, &mut socket);
    let mut heard = [0; 64];
    // A client that leaves without a word is not waited for.
    let Ok(1..) = tls.read(&mut heard) else { return };
    tls.write_all(b"Hello from server!").unwrap();
    if close {
        connection.send_close_notify();
        connection.complete_io(&mut socket).ok();
    }
    socket.shutdown(Shutdown::Write).unwrap();
    while socket.read(&mut heard).is_ok_and(|count| count > 0) {}
}

#[test]
fn an_exchange_with_a_trusted_server_is_a_success() {
    let (seen, report) =
        World::new().observe("localhost", Some(b"Hello"), |socket, config| hello(socket, config, true));
    let exchange = seen.exchange.unwrap();
    assert_eq!((exchange.sent.as_slice(), exchange.received.as_slice()), (&b"Hello"[..], &b"Hello from server!"[..]));
    assert_eq!((report.exit_code, report.findings.len()), (Exit::Success, 0));
    assert!(report.verdict.sentence.ends_with("is trusted by the store's CA `local`"), "{}", report.verdict.sentence);
    let handshake = report.handshake.unwrap();
    assert_eq!(handshake.group.as_deref(), Some("X25519MLKEM768"));
    assert_eq!((handshake.forward_secret, handshake.post_quantum), (Some(true), Some(true)));
    assert_eq!(handshake.signature.as_deref(), Some("ecdsa_secp256r1_sha256"));
    assert_eq!(report.path.unwrap().certificates.len(), 2);
}

#[test]
fn an_answer_without_close_notify_is_kept_and_is_no_success() {
    let (seen, report) =
        World::new().observe("localhost", Some(b"Hello"), |socket, config| hello(socket, config, false));
    assert_eq!(seen.exchange.unwrap().received, b"Hello from server!");
    assert_eq!(report.exit_code, Exit::Truncated);
}

#[test]
fn nothing_is_sent_past_a_bad_certificate() {
    let world = World::new();
    let (seen, report) = world.observe("elsewhere.example", Some(b"secret"), |socket, config| {
        let mut connection = ServerConnection::new(config).unwrap();
        let mut socket = socket;
        let mut heard = Vec::new();
        let ended = Stream::new(&mut connection, &mut socket).read_to_end(&mut heard);
        assert!(ended.is_err() && heard.is_empty(), "{ended:?} {heard:?}");
    });
    assert!(seen.exchange.is_none());
    assert_eq!(report.exit_code, Exit::NameMismatch);
    assert_eq!((report.chain.len(), report.path), (1, None));
}

#[test]
fn who_was_told_to_go_on_past_it_is_warned_and_served() {
    let mut world = World::new();
    world.client.on_refusal = OnRefusal::DangerouslyGoOn;
    let (seen, report) =
        world.observe("elsewhere.example", Some(b"Hello"), |socket, config| hello(socket, config, true));
    assert_eq!(seen.exchange.as_ref().unwrap().received, b"Hello from server!");
    assert_eq!(report.exit_code, Exit::NameMismatch);
    let forgiving = Report::forgiving(&world.client, &seen, SystemClock.now());
    assert_eq!((forgiving.exit_code, forgiving.verdict.trusted), (Exit::Success, Some(false)));
    assert!(forgiving.warnings.iter().any(|warning| warning.contains("elsewhere.example")), "{:?}", forgiving.warnings);
}

#[test]
fn a_refusal_that_comes_after_the_handshake_is_waited_for() {
    let mut world = World::new();
    world.server.clients = Clients::Required(world.verifier.clone());
    let (seen, report) = world.observe("localhost", None, |mut socket, config| {
        let mut connection = ServerConnection::new(config).unwrap();
        while connection.is_handshaking() {
            if connection.complete_io(&mut socket).is_err() {
                break;
            }
        }
        socket.shutdown(Shutdown::Write).unwrap();
    });
    assert!(seen.handshake.unwrap().complete, "TLS 1.3 refuses after the client's handshake is over");
    assert_eq!(report.exit_code, Exit::OwnCertificate);
    let request = report.client_certificate.unwrap();
    assert_eq!((request.authorities, request.sent), (vec!["CN=Latchkey local CA".to_owned()], None));
}

#[test]
fn a_server_that_says_nothing_is_given_its_deadline() {
    let mut world = World::new();
    world.client.limit = Duration::from_millis(200);
    let (_, report) = world.observe("localhost", None, |mut socket, _| {
        let mut heard = [0; 4096];
        while socket.read(&mut heard).is_ok_and(|count| count > 0) {}
    });
    assert_eq!(report.exit_code, Exit::Deadline);
    assert_eq!(report.verdict.trusted, None);
}

#[test]
fn a_greeting_that_comes_in_pieces_is_named() {
    let (_, report) = World::new().observe("localhost", None, |mut socket, _| {
        let mut heard = [0; 4096];
        for piece in ["220 ", "mail.example ", "ESMTP\r\n"] {
            socket.write_all(piece.as_bytes()).unwrap();
        }
        while socket.read(&mut heard).is_ok_and(|count| count > 0) {}
    });
    assert_eq!(report.exit_code, Exit::NotTls);
    assert!(report.verdict.sentence.contains("SMTP"), "{}", report.verdict.sentence);
}

#[test]
fn an_answer_that_never_ends_is_given_its_deadline() {
    let mut world = World::new();
    world.client.limit = Duration::from_millis(500);
    let (seen, report) = world.observe("localhost", Some(b"more"), |mut socket, config| {
        let mut connection = ServerConnection::new(config).unwrap();
        let mut tls = Stream::new(&mut connection, &mut socket);
        // Until the client goes: each piece comes before it would call the answer over.
        while tls.write_all(b".").and_then(|()| tls.flush()).is_ok() {
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    assert_eq!(seen.exchange.unwrap().end, End::TooLong);
    assert_eq!(report.exit_code, Exit::Success);
}

#[test]
fn an_alert_that_is_only_a_warning_is_named_where_nothing_follows_it() {
    let world = World::new();
    for (number, name) in [(0, "close_notify"), (112, "unrecognized_name")] {
        let (_, report) = world.observe("localhost", None, move |mut socket, _| {
            socket.write_all(&[21, 3, 3, 0, 2, 1, number]).unwrap();
            socket.shutdown(Shutdown::Write).unwrap();
            socket.read_to_end(&mut Vec::new()).unwrap_or_default();
        });
        assert_eq!(report.exit_code, Exit::Alert);
        assert!(report.verdict.sentence.ends_with(&format!("(alert {name})")), "{}", report.verdict.sentence);
    }
}
