//! A server on the engine, and rustls's own client for it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::{
    Bounds, Cause, Ended, Failed, Handle, How, Limits, Listener, Observer, Opened, Out, PerWorker, Plan, ProxyHeader,
    RunError, Server, Service, Services, Settings, Stage, Summary,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

pub(crate) type Client = StreamOwned<ClientConnection, TcpStream>;

pub(crate) static CONFIGS: LazyLock<(Arc<ServerConfig>, Arc<ClientConfig>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
});

/// Returns every byte; panics at the word.
pub(crate) struct Echo;

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        assert_ne!(data, b"panic");
        out.write(data);
    }
}

#[derive(Debug)]
pub(crate) enum Event {
    Failed(Stage, Cause),
    Ended(How, bool),
}

pub(crate) struct Tell(Sender<Event>);

impl Observer for Tell {
    fn failed(&mut self, failed: &Failed<'_>) {
        let _ = self.0.send(Event::Failed(failed.stage, failed.cause.clone()));
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let _ = self.0.send(Event::Ended(ended.how.clone(), ended.flushed));
    }
}

/// Echo on that address.
pub(crate) fn listener(address: SocketAddr) -> Listener {
    Listener {
        name: "echo".into(),
        address,
        configs: Arc::new(Arc::clone(&CONFIGS.0)),
        services: Arc::new(|_| -> Box<dyn Services> {
            Box::new(|_: &Opened<'_>| -> Box<dyn Service> { Box::new(Echo) })
        }),
        limits: Limits::default(),
        proxy: ProxyHeader::Off,
        fingerprint: false,
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) thread: Option<JoinHandle<Result<Summary, RunError>>>,
    pub(crate) events: Receiver<Event>,
}

impl Running {
    pub(crate) fn start(workers: usize, limits: Limits) -> Self {
        Self::start_bounded(workers, limits, Bounds::default())
    }

    pub(crate) fn start_bounded(workers: usize, limits: Limits, bounds: Bounds) -> Self {
        let listener = Listener { limits, ..listener("127.0.0.1:0".parse().unwrap()) };
        Self::start_plan(workers, Plan { listeners: vec![listener], bounds }, Vec::new())
    }

    pub(crate) fn start_plan(workers: usize, plan: Plan, inherited: Vec<TcpListener>) -> Self {
        let (sender, events) = channel();
        let sender = std::sync::Mutex::new(sender);
        let observers: PerWorker<dyn Observer> = Arc::new(move |_| Box::new(Tell(sender.lock().unwrap().clone())));
        let server = Server::bind(Settings { workers, plan, observers, inherited }).unwrap();
        let (address, handle) = (server.addresses()[0], server.handle());
        Self { address, handle, thread: Some(thread::spawn(move || server.run())), events }
    }

    pub(crate) fn plain(&self) -> TcpStream {
        dial(self.address)
    }

    pub(crate) fn connect(&self) -> Client {
        connect(self.address)
    }

    pub(crate) fn event(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    pub(crate) fn join(&mut self) -> Summary {
        self.thread.take().unwrap().join().unwrap().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

pub(crate) fn limits(handshake: Duration) -> Limits {
    Limits { handshake, ..Limits::default() }
}

pub(crate) fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

pub(crate) fn connect(address: SocketAddr) -> Client {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(&CONFIGS.1), name).unwrap(), dial(address))
}

pub(crate) fn ask(client: &mut Client, text: &[u8]) {
    client.write_all(text).unwrap();
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, text);
}

pub(crate) fn close(mut client: Client) {
    client.conn.send_close_notify();
    client.flush().unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "close_notify is answered with close_notify");
}
