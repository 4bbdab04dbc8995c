//! A server that forwards, backends on threads, and a client.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::{
    Backed, Bounds, Configs, Ended, Handle, How, Limits, Listener, Observer, Plan, ProxyHeader, Server, Settings,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, SupportedProtocolVersion};
use tls_server::services::forward::{self, Backend, Forward};

/// Nothing takes so long; what does has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that shook hands, or will with its first byte.
pub(super) type Client = StreamOwned<ClientConnection, TcpStream>;

static CERTIFICATE: LazyLock<(CertificateDer<'static>, Vec<u8>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    (made.cert.der().clone(), made.signing_key.serialize_der())
});

fn server_config() -> Arc<ServerConfig> {
    let (certificate, key) = &*CERTIFICATE;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], PrivateKeyDer::try_from(key.clone()).unwrap())
        .unwrap();
    Arc::new(config)
}

fn client_config(version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CERTIFICATE.0.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// What became of a connection.
#[derive(Debug)]
pub(super) struct End {
    pub(super) how: How,
    pub(super) backed: Backed,
}

struct Tell(Sender<End>);

impl Observer for Tell {
    fn ended(&mut self, ended: &Ended<'_>) {
        let _ = self.0.send(End { how: ended.how.clone(), backed: ended.backend.unwrap().clone() });
    }
}

/// A server that forwards.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) forward: Forward,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    ends: Receiver<End>,
    notices: Receiver<String>,
}

/// One worker, so that what it knows of backends is known.
pub(super) fn start(settings: forward::Settings) -> Running {
    start_with(settings, Limits::default(), Arc::new(server_config()))
}

pub(super) fn start_with(settings: forward::Settings, limits: Limits, configs: Arc<dyn Configs>) -> Running {
    let (notice, notices) = channel();
    let (end, ends) = channel();
    let (notice, end) = (Mutex::new(notice), Mutex::new(end));
    let tell = move |told: &forward::Notice| drop(notice.lock().unwrap().send(told.to_string()));
    let forward = Forward::start(settings, Arc::new(tell)).unwrap();
    let listener = Listener {
        name: "test".into(),
        address: "127.0.0.1:0".parse().unwrap(),
        configs,
        services: forward.services(),
        limits,
        proxy: ProxyHeader::Off,
        fingerprint: false,
    };
    let server = Server::bind(Settings {
        workers: 1,
        plan: Plan { listeners: vec![listener], bounds: Bounds::default() },
        observers: Arc::new(move |_| Box::new(Tell(end.lock().unwrap().clone()))),
        inherited: vec![],
    })
    .unwrap();
    let (address, handle) = (server.addresses()[0], server.handle());
    let thread = thread::spawn(move || {
        server.run().unwrap();
    });
    Running { address, forward, handle, thread: Some(thread), ends, notices }
}

pub(super) fn configs() -> Arc<ServerConfig> {
    server_config()
}

impl Running {
    pub(super) fn connect(&self) -> Client {
        self.connect_with(&rustls::version::TLS13)
    }

    pub(super) fn connect_with(&self, version: &'static SupportedProtocolVersion) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut client = StreamOwned::new(ClientConnection::new(client_config(version), name).unwrap(), stream);
        client.conn.complete_io(&mut client.sock).unwrap();
        client
    }

    /// How the next connection to end ended.
    pub(super) fn end(&self) -> End {
        self.ends.recv_timeout(PATIENCE).unwrap()
    }

    /// What is told next of the backends.
    pub(super) fn notice(&self) -> String {
        self.notices.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        if let (Some(thread), false) = (self.thread.take(), thread::panicking()) {
            thread.join().unwrap();
        }
    }
}

/// A backend that serves each of its connections with `serve`, on a thread each.
pub(super) fn backend(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Backend {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let serve = Arc::clone(&serve);
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            thread::spawn(move || serve(stream));
        }
    });
    Backend::Address(address)
}

/// The same on a Unix socket; it returns every byte.
pub(super) fn unix_echo(path: &Path) -> Backend {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let mut back = stream.try_clone().unwrap();
            thread::spawn(move || std::io::copy(&mut stream, &mut back).map(|_| back.shutdown(Shutdown::Write)));
        }
    });
    Backend::Unix(path.into())
}

/// A backend that returns every byte, and ends when its peer has.
pub(super) fn echo() -> Backend {
    backend(|mut stream| {
        let mut back = stream.try_clone().unwrap();
        if std::io::copy(&mut stream, &mut back).is_ok() {
            let _ = back.shutdown(Shutdown::Write);
        }
    })
}

/// An address where nothing listens.
pub(super) fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Listens, and lets no connection be made; for as long as it is held.
pub(super) struct Silent {
    pub(super) address: SocketAddr,
    _listener: socket2::Socket,
    _queue: Vec<TcpStream>,
}

pub(super) fn silent() -> Silent {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queue.push(stream);
        assert!(queue.len() < 100, "the queue has an end");
    }
    Silent { address, _listener: listener, _queue: queue }
}

/// Says that no more comes; what the other side still sends can be read.
pub(super) fn close(client: &mut Client) {
    client.conn.send_close_notify();
    client.flush().unwrap();
}

/// Ends a connection by a reset.
pub(super) fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

pub(super) fn ask(client: &mut Client, text: &[u8]) {
    client.write_all(text).unwrap();
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, text);
}

/// After so many bytes the stream of [`byte`] begins again.
const PERIOD: usize = 251 * 256;

static STREAM: LazyLock<Vec<u8>> = LazyLock::new(|| (0..PERIOD).map(byte).collect());

/// The byte at `offset` of a stream that shows what was lost, doubled or moved.
const fn byte(offset: usize) -> u8 {
    (offset * 7 + offset / 251) as u8
}

/// Bytes `from..from + length` of that stream.
pub(super) fn bytes(from: usize, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let rest = &STREAM[(from + bytes.len()) % PERIOD..];
        bytes.extend_from_slice(&rest[..rest.len().min(length - bytes.len())]);
    }
    bytes
}

/// Sends that stream, and makes sure that what comes is the same, both at once and without ever blocking.
pub(super) struct Exchange {
    pub(super) sent: usize,
    pub(super) received: usize,
    /// Whether what comes is read.
    pub(super) reads: bool,
    pub(super) ended: bool,
}

impl Exchange {
    pub(super) const fn new() -> Self {
        Self { sent: 0, received: 0, reads: true, ended: false }
    }

    /// Goes on until `total` bytes are sent, and, where it reads, the other side has ended; or until nothing moves
    /// for a second. Whether it is done.
    pub(super) fn run(&mut self, client: &mut Client, total: usize) -> bool {
        client.sock.set_nonblocking(true).unwrap();
        let mut closing = false;
        while !(self.sent == total && closing && !client.conn.wants_write() && (!self.reads || self.ended)) {
            if self.sent == total && !closing {
                client.conn.send_close_notify();
                closing = true;
            }
            let moved = self.write(client, total) | (self.reads && self.read(client));
            if !moved && !wait(client, self.reads) {
                return false;
            }
        }
        true
    }

    fn write(&mut self, client: &mut Client, total: usize) -> bool {
        let mut moved = false;
        if self.sent < total && !client.conn.wants_write() {
            let piece = bytes(self.sent, (total - self.sent).min(16_000));
            self.sent += client.conn.writer().write(&piece).unwrap();
        }
        while client.conn.wants_write() {
            match client.conn.write_tls(&mut client.sock) {
                Ok(_) => moved = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        moved
    }

    fn read(&mut self, client: &mut Client) -> bool {
        match client.conn.read_tls(&mut client.sock) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("{error}"),
        }
        client.conn.process_new_packets().unwrap();
        let mut piece = [0; 16_384];
        loop {
            match client.conn.reader().read(&mut piece) {
                Ok(0) => {
                    self.ended = true;
                    return true;
                }
                Ok(count) => {
                    assert!(piece[..count] == bytes(self.received, count), "what came after {}", self.received);
                    self.received += count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Until something can move; not for ever.
fn wait(client: &Client, reads: bool) -> bool {
    let mut wanted = PollFlags::empty();
    wanted.set(PollFlags::IN, reads);
    wanted.set(PollFlags::OUT, client.conn.wants_write());
    let mut polled = [PollFd::from_borrowed_fd(client.sock.as_fd(), wanted)];
    let patience = if reads { PATIENCE } else { Duration::from_secs(1) };
    let patience = Timespec { tv_sec: i64::try_from(patience.as_secs()).unwrap(), tv_nsec: 0 };
    poll(&mut polled, Some(&patience)).unwrap() > 0
}
