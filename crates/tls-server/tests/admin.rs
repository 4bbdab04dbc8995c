//! The admin pages of a real server: what they count is what happened.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::io::{BufRead as _, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use common::SystemClock;
use common::context::ServerContext;
use engine::{Bounds, Configs, Limits, Listener, PerWorker, Plan, ProxyHeader, Services, Settings};
use serde_json::Value;
use tls_server::admin::{Admin, AdminAddress, Pages, Serving, services};
use tls_server::services::Echo;
use tls_server::status::{About, Live};
use tls_server::{Handle, Server};

use self::served::Running;

mod served;

/// An echo server of two workers, with its pages.
struct Watched {
    pages: Arc<Pages>,
    serving: Serving,
    handle: Handle,
    running: Running,
}

fn start() -> Watched {
    let made = Mutex::new(None);
    let running = Running::start(|context| {
        let (server, plan) = bind(context, Arc::new(|_worker| Box::new(Echo)));
        *made.lock().unwrap() = Some((server.handle(), plan));
        server
    });
    let (handle, plan) = made.lock().unwrap().take().unwrap();
    let about = About { version: "0.1.0".into(), instance: None, started: jiff::Timestamp::now(), workers: 2 };
    let live = Live::new(about, handle.clone(), Box::new(move || Arc::clone(&plan)));
    let pages = Arc::new(Pages::new(Arc::new(live), Arc::new(SystemClock)).unwrap());
    let admin = Admin::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
    Watched { serving: admin.start(Arc::clone(&pages)).unwrap(), pages, handle, running }
}

fn bind(context: &ServerContext, services: PerWorker<dyn Services>) -> (Server, Arc<Plan>) {
    let configs: Arc<dyn Configs> = Arc::new(context.config().unwrap());
    let listener = Listener {
        name: "echo".into(),
        address: "127.0.0.1:0".parse().unwrap(),
        configs,
        services,
        limits: Limits::default(),
        proxy: ProxyHeader::Off,
        fingerprint: false,
    };
    let plan = Plan { listeners: vec![listener], bounds: Bounds::default() };
    let observers: PerWorker<dyn engine::Observer> = Arc::new(|_worker| Box::new(engine::NoObserver));
    let settings = Settings { workers: 2, plan: plan.clone(), observers, inherited: Vec::new() };
    (Server::bind(settings).unwrap(), Arc::new(plan))
}

fn page(serving: &Serving, path: &str) -> String {
    let AdminAddress::Tcp(address) = serving.address() else { unreachable!() };
    let mut stream = TcpStream::connect(address).unwrap();
    ask(&mut stream, path)
}

fn ask(stream: &mut (impl Read + Write), path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    body.to_owned()
}

impl Watched {
    fn status(&self) -> Value {
        serde_json::from_str(&page(&self.serving, "/status")).unwrap()
    }

    /// The status once it is as the caller waits for.
    fn wait_for(&self, what: impl Fn(&Value) -> bool) -> Value {
        loop {
            let status = self.status();
            if what(&status) {
                return status;
            }
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_is_counted_is_what_happened() {
    let watched = start();
    let mut client = watched.running.connect();
    client.get_mut().write_all(b"hello\n").unwrap();
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    // While the connection is open its bytes are counted already.
    let status = watched.wait_for(|status| status["bytes_sent"] == 6);
    assert_eq!(status["bytes_received"], 6);
    let connections = &status["connections"];
    assert_eq!(
        (&connections["accepted"], &connections["held"], &connections["open"]),
        (&1.into(), &1.into(), &1.into())
    );
    let kind = &status["handshakes"]["by_kind"][0];
    assert_eq!((&kind["version"], &kind["kind"], &kind["count"]), (&"TLS 1.3".into(), &"full".into(), &1.into()));
    let listener = &status["listeners"][0];
    assert_eq!((&listener["name"], &listener["held"]), (&"echo".into(), &1.into()));
    assert!(!listener["addresses"][0].as_str().unwrap().ends_with(":0"), "{listener}");

    client.get_mut().conn.send_close_notify();
    client.get_mut().flush().unwrap();
    client.read_line(&mut line).unwrap();
    drop(client);
    let status = watched.wait_for(|status| status["connections"]["held"] == 0);
    assert_eq!((&status["listeners"][0]["held"], &status["connections"]["open"]), (&0.into(), &0.into()));
    assert_eq!((&status["endings"][0]["name"], &status["endings"][0]["count"]), (&"peer_closed".into(), &1.into()));
}

#[test]
fn a_client_that_speaks_something_else_is_a_failure_with_its_reason() {
    let watched = start();
    let mut stream = TcpStream::connect(watched.handle.addresses()[0]).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = watched.wait_for(|status| !status["failures"].as_array().unwrap().is_empty());
    let failure = &status["failures"][0];
    assert_eq!((&failure["reason"], &failure["fault"]), (&"not_tls_http".into(), &"peer".into()));
    let metrics = page(&watched.serving, "/metrics");
    assert!(metrics.contains("\nlatchkey_handshake_failures_total{reason=\"not_tls_http\",fault=\"peer\"} 1\n"));
    assert_eq!(page(&watched.serving, "/healthz"), "every worker turns\n");
}

#[test]
fn the_same_pages_are_served_behind_tls() {
    let watched = start();
    let over_tls = Running::start(|context| bind(context, services(Arc::clone(&watched.pages)).unwrap()).0);
    let mut client = over_tls.connect().into_inner();
    assert_eq!(ask(&mut client, "/readyz"), "ready\n");
    // Asking a worker that asks itself is no deadlock.
    let mut client = over_tls.connect().into_inner();
    assert_eq!(ask(&mut client, "/healthz"), "every worker turns\n");
    let mut client = over_tls.connect().into_inner();
    assert!(ask(&mut client, "/metrics").ends_with("# EOF\n"));
}
