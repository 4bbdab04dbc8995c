//! What the hot path allocates: where rustls protects records what it does for each in each direction, else nothing.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use engine::session::{Address, HEADROOM, Lent, Outbox, Session, Turn};
use engine::{
    Bounds, Limits, Listener, NoObserver, Opened, Out, Peer, Plan, ProxyHeader, Server, Service, Services, Settings,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, SupportedProtocolVersion};

/// The system's allocator, which counts what is asked of it on threads that want to be counted.
struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

impl Counting {
    fn note() {
        // While a thread ends there is nothing to ask any more, and nothing that is measured.
        if COUNTED.try_with(Cell::get).unwrap_or(false) {
            COUNT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[expect(unsafe_code, reason = "an allocator cannot be counted without being one; every call is the system's")]
// SAFETY: what is returned comes from the system's allocator, with the layout that was asked for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::note();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static CONFIGS: LazyLock<(Arc<ServerConfig>, RootCertStore)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    server.enable_secret_extraction = true;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    (Arc::new(server), roots)
});

fn client(version: &'static SupportedProtocolVersion) -> ClientConnection {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(CONFIGS.1.clone())
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap()
}

struct Echo;

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
    }
}

/// What rustls allocates for a record that it opens and for one that it seals.
const EACH_RECORD: u64 = 2;
const RECORDS: u64 = 200;

/// A session and its client in memory.
struct Pair {
    client: ClientConnection,
    session: Session,
    limits: Limits,
    buffer: Vec<u8>,
    lent: Lent,
    outbox: Outbox,
    address: Address,
}

impl Pair {
    fn open(version: &'static SupportedProtocolVersion, rustls_records: u32) -> Self {
        let here = "127.0.0.1:1".parse().unwrap();
        let peer = Peer::direct(1, here, here);
        let mut pair = Self {
            client: client(version),
            session: Session::server(peer, Instant::now()),
            limits: Limits { rustls_records, ..Limits::default() },
            buffer: vec![0; HEADROOM + 64 * 1024],
            lent: Lent::default(),
            outbox: Outbox::default(),
            address: Address::nowhere(),
        };
        while pair.client.is_handshaking() || pair.client.wants_write() {
            let flight = pair.flight();
            pair.receive(&flight);
            pair.deliver();
        }
        pair
    }

    fn flight(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// How many allocations it took.
    fn receive(&mut self, bytes: &[u8]) -> u64 {
        self.buffer[HEADROOM..HEADROOM + bytes.len()].copy_from_slice(bytes);
        let mut services = |_: &Opened<'_>| -> Box<dyn Service> { Box::new(Echo) };
        let mut turn = Turn {
            now: Instant::now(),
            limits: &self.limits,
            configs: &CONFIGS.0,
            services: &mut services,
            observer: &mut NoObserver,
            lent: &mut self.lent,
            outbox: &mut self.outbox,
            backend_waiting: 0,
            fingerprint: false,
            address: &self.address,
        };
        counted(|| self.session.receive(&mut self.buffer, bytes.len(), &mut turn))
    }

    fn deliver(&mut self) -> Vec<u8> {
        let mut bytes = self.outbox.bytes();
        let mut heard = Vec::new();
        while !bytes.is_empty() {
            self.client.read_tls(&mut bytes).unwrap();
            self.client.process_new_packets().unwrap();
            let _ = self.client.reader().read_to_end(&mut heard);
        }
        self.outbox.clear();
        heard
    }
}

/// The tests of this file take turns, as there is one counter.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many allocations `call` makes on this thread.
fn counted(call: impl FnOnce()) -> u64 {
    let before = COUNT.load(Ordering::Relaxed);
    COUNTED.set(true);
    call();
    COUNTED.set(false);
    COUNT.load(Ordering::Relaxed) - before
}

#[test]
fn a_record_costs_what_rustls_allocates_for_it_or_nothing() {
    let _turn = turn();
    for (version, rustls_records, each) in [(&TLS13, u32::MAX, EACH_RECORD), (&TLS12, 0, EACH_RECORD), (&TLS13, 0, 0)] {
        let mut pair = Pair::open(version, rustls_records);
        for (round, size) in [1_usize, 100, 16_000].into_iter().cycle().take(30).enumerate() {
            let said = vec![b'x'; size];
            pair.client.writer().write_all(&said).unwrap();
            let flight = pair.flight();
            let count = pair.receive(&flight);
            assert_eq!(pair.deliver(), said);
            // In the first rounds what the worker lends grows to its size.
            assert!(round < 6 || count == each, "{count} allocations for {size} bytes in {version:?}");
        }
    }
}

#[test]
fn an_idle_session_at_a_record_boundary_holds_no_buffer() {
    let _turn = turn();
    for (version, rustls_records) in [(&TLS13, u32::MAX), (&TLS12, 0), (&TLS13, 0)] {
        let mut pair = Pair::open(version, rustls_records);
        assert_eq!(pair.session.held(), 0, "after the handshake");
        pair.client.writer().write_all(b"in two pieces").unwrap();
        let flight = pair.flight();
        let (one, two) = flight.split_at(flight.len() / 2);
        pair.receive(one);
        assert!(pair.session.held() > 0, "half a record is kept");
        pair.receive(two);
        assert_eq!(pair.session.held(), 0, "and given back when it is whole");
        assert_eq!(pair.deliver(), b"in two pieces");
    }
}

#[test]
fn a_worker_allocates_nothing_for_a_record() {
    let _turn = turn();
    let listener = Listener {
        name: "test".into(),
        address: "127.0.0.1:0".parse().unwrap(),
        configs: Arc::new(Arc::clone(&CONFIGS.0)),
        services: Arc::new(|_worker| -> Box<dyn Services> {
            COUNTED.set(true); // this is the worker's thread
            Box::new(|_: &Opened<'_>| -> Box<dyn Service> { Box::new(Echo) })
        }),
        limits: Limits::default(),
        proxy: ProxyHeader::Off,
        fingerprint: false,
    };
    let settings = Settings {
        workers: 1,
        plan: Plan { listeners: vec![listener], bounds: Bounds::default() },
        observers: Arc::new(|_worker| Box::new(NoObserver)),
        inherited: Vec::new(),
    };
    let server = Server::bind(settings).unwrap();
    let (address, handle) = (server.addresses()[0], server.handle());
    let running = thread::spawn(move || server.run());

    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.set_nodelay(true).unwrap();
    let mut client = StreamOwned::new(client(&TLS13), socket);
    let mut answer = [0; 1000];
    let mut ask = || {
        client.write_all(&[b'x'; 1000]).unwrap();
        client.read_exact(&mut answer).unwrap();
    };
    (0..20).for_each(|_| ask()); // the handshake, and what is lent grows to its size
    let before = COUNT.load(Ordering::Relaxed);
    (0..RECORDS).for_each(|_| ask());
    let count = COUNT.load(Ordering::Relaxed) - before;
    assert_eq!(count, 0, "{RECORDS} records");

    drop(client);
    handle.stop();
    running.join().unwrap().unwrap();
}
