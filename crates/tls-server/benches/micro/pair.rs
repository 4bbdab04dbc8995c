//! A session of the server's and a client in memory.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use common::context::{Anchor, ClientContext, Groups, Identity, Origin, Policy, Provider, ServerContext, Trust};
use engine::session::{Address, HEADROOM, Lent, Outbox, Phase, Session, Turn};
use engine::{Limits, NoObserver, Opened, Peer, Service, Services};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig};

use crate::harness::Watch;

/// A self-signed P-256 certificate for `localhost`.
static CERTIFIED: LazyLock<(CertificateDer<'static>, Vec<u8>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    (made.cert.der().clone(), made.signing_key.serialize_der())
});

/// The configuration that `tls-server` has unasked.
static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let (certificate, key) = &*CERTIFIED;
    let key = PrivateKeyDer::try_from(key.clone()).unwrap();
    let identity = Identity::from_der("a benchmark's", vec![certificate.clone()], key, Provider::AwsLc).unwrap();
    ServerContext::new(&identity).config().unwrap()
});

/// A client's configuration.
pub(crate) struct Client(Arc<ClientConfig>);

impl Client {
    /// One that offers these groups and resumes nothing.
    pub(crate) fn with_groups(groups: &str) -> Self {
        let mut config = Self::resuming(groups).0.as_ref().clone();
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    /// One that resumes its last session.
    pub(crate) fn resuming(groups: &str) -> Self {
        let mut trust = Trust::new();
        let (der, origin) = (CERTIFIED.0.clone(), Origin::Bytes);
        trust.add(Anchor { der, origin });
        let mut context = ClientContext::webpki(&trust, Provider::AwsLc).unwrap();
        context.policy = Policy { groups: Groups::parse(groups, Provider::AwsLc).unwrap(), ..Policy::default() };
        context.resumption = true;
        Self(context.config().unwrap())
    }

    pub(crate) fn hello(&self) -> Vec<u8> {
        Pair::new(self, || panic!("it never opens")).flight()
    }
}

pub(crate) struct Pair {
    client: ClientConnection,
    session: Session,
    services: Box<dyn Services>,
    limits: Limits,
    now: Instant,
    buffer: Vec<u8>,
    lent: Lent,
    address: Address,
    outbox: Outbox,
}

impl Pair {
    pub(crate) fn new(client: &Client, service: fn() -> Box<dyn Service>) -> Self {
        let here = "127.0.0.1:1".parse().unwrap();
        let now = Instant::now();
        LazyLock::force(&SERVER);
        Self {
            client: ClientConnection::new(Arc::clone(&client.0), ServerName::try_from("localhost").unwrap()).unwrap(),
            session: Session::server(Peer::direct(1, here, here), now),
            services: Box::new(move |_: &Opened<'_>| service()),
            limits: Limits::default(),
            now,
            buffer: vec![0; HEADROOM + 256 * 1024],
            lent: Lent::default(),
            address: Address::nowhere(),
            outbox: Outbox::default(),
        }
    }

    /// Until both have no more to say; the server's part is measured.
    pub(crate) fn exchange(&mut self, watch: &mut Watch) {
        loop {
            let bytes = self.flight();
            if bytes.is_empty() {
                break;
            }
            self.receive(&bytes, watch);
            self.deliver();
        }
        assert_eq!(self.session.phase(), Phase::Open);
    }

    /// The client says so much, which goes to the server at once.
    pub(crate) fn say(&mut self, text: &[u8], watch: &mut Watch) {
        self.client.writer().write_all(text).unwrap();
        let bytes = self.flight();
        self.receive(&bytes, watch);
    }

    /// The client takes what it was sent. How much plaintext that was.
    pub(crate) fn deliver(&mut self) -> usize {
        let (mut bytes, mut heard) = (self.outbox.bytes(), Vec::new());
        while !bytes.is_empty() {
            self.client.read_tls(&mut bytes).unwrap();
            let there = self.client.process_new_packets().unwrap().plaintext_bytes_to_read();
            let start = heard.len();
            heard.resize(start + there, 0);
            self.client.reader().read_exact(&mut heard[start..]).unwrap();
        }
        self.outbox.clear();
        heard.len()
    }

    pub(crate) fn is_resumed(&self) -> bool {
        self.client.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    fn receive(&mut self, bytes: &[u8], watch: &mut Watch) {
        self.buffer[HEADROOM..HEADROOM + bytes.len()].copy_from_slice(bytes);
        let mut turn = Turn {
            now: self.now,
            limits: &self.limits,
            configs: &*SERVER,
            services: &mut *self.services,
            observer: &mut NoObserver,
            lent: &mut self.lent,
            outbox: &mut self.outbox,
            backend_waiting: 0,
            fingerprint: false,
            address: &self.address,
        };
        watch.measure(|| self.session.receive(&mut self.buffer, bytes.len(), &mut turn));
    }

    fn flight(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).unwrap();
        }
        bytes
    }
}
