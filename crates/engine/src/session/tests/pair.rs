//! A session and an in-memory rustls client as one value.

use std::io::{self, Read, Write};
use std::sync::{Arc, LazyLock};

use rustls::client::{ClientConfig, ClientConnection};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::super::*;
use crate::Opened;
use crate::observe::{Ended, Failed, How, Stage};

static CERTIFIED: LazyLock<(CertificateDer<'static>, Vec<u8>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    (made.cert.der().clone(), made.signing_key.serialize_der())
});

pub(super) static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| server(&[&TLS13, &TLS12]));

pub(super) fn server(versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(CERTIFIED.1.clone()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFIED.0.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".into()];
    config.send_tls13_tickets = 1;
    config.ticketer = aws_lc_rs::Ticketer::new().unwrap();
    config.enable_secret_extraction = true;
    Arc::new(config)
}

pub(super) fn client(version: &'static SupportedProtocolVersion, roots: RootCertStore) -> Arc<ClientConfig> {
    Arc::new(
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

pub(super) fn trusting() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CERTIFIED.0.clone()).unwrap();
    roots
}

/// Sends back what comes.
pub(super) struct Echo;

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
    }
}

/// Greets, answers the first data and closes.
pub(super) struct Once;

impl Service for Once {
    fn on_open(&mut self, out: &mut Out<'_>) {
        out.write(b"welcome ");
    }

    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
        out.close();
        out.write(b"never sent");
    }
}

/// Says something after the peer has said its last, and leaves the connection open.
pub(super) struct LastWord;

impl Service for LastWord {
    fn on_data(&mut self, _data: &[u8], _out: &mut Out<'_>) {}

    fn on_end(&mut self, _end: End, out: &mut Out<'_>) {
        out.write(b"goodbye");
    }
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) opened: Option<Facts>,
    pub(super) failed: Option<(Stage, Cause, Option<String>)>,
    pub(super) ended: Option<(How, u64, u64)>,
    pub(super) detail: Option<u32>,
}

impl Observer for Seen {
    fn opened(&mut self, _peer: &Peer, facts: &Facts) {
        assert!(self.opened.replace(facts.clone()).is_none());
    }

    fn failed(&mut self, failed: &Failed<'_>) {
        let seen = (failed.stage, failed.cause.clone(), failed.server_name.map(Into::into));
        assert!(self.failed.replace(seen).is_none());
        self.detail = failed.detail.and_then(|detail| detail.downcast_ref().copied());
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        assert!(self.ended.replace((ended.how.clone(), ended.received, ended.sent)).is_none());
    }
}

pub(super) struct Pair {
    pub(super) client: ClientConnection,
    pub(super) session: Session,
    pub(super) configs: Arc<dyn Configs>,
    pub(super) services: Box<dyn Services>,
    pub(super) seen: Seen,
    pub(super) limits: Limits,
    pub(super) started: Instant,
    pub(super) now: Instant,
    pub(super) buffer: Vec<u8>,
    pub(super) lent: Lent,
    pub(super) address: Address,
    pub(super) outbox: Outbox,
    /// What the client has been sent.
    pub(super) heard: Vec<u8>,
}

impl Pair {
    pub(super) fn new(config: &Arc<ClientConfig>, service: fn() -> Box<dyn Service>) -> Self {
        let mut config = config.as_ref().clone();
        config.alpn_protocols = vec![b"h2".into()];
        let name = ServerName::try_from("localhost").unwrap();
        let here = "127.0.0.1:1".parse().unwrap();
        let now = Instant::now();
        Self {
            client: ClientConnection::new(Arc::new(config), name).unwrap(),
            session: Session::server(Peer::direct(1, here, here), now),
            configs: Arc::new(Arc::clone(&SERVER)),
            services: Box::new(move |_: &Opened<'_>| service()),
            seen: Seen::default(),
            limits: Limits::default(),
            started: now,
            now,
            buffer: vec![0; HEADROOM + 64 * 1024],
            lent: Lent::default(),
            address: Address::nowhere(),
            outbox: Outbox::default(),
            heard: Vec::new(),
        }
    }

    pub(super) fn tls13(service: fn() -> Box<dyn Service>) -> Self {
        Self::new(&client(&TLS13, trusting()), service)
    }

    pub(super) fn call<T>(&mut self, call: impl FnOnce(&mut Session, &mut [u8], &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn {
            now: self.now,
            limits: &self.limits,
            configs: &*self.configs,
            services: &mut *self.services,
            observer: &mut self.seen,
            lent: &mut self.lent,
            outbox: &mut self.outbox,
            backend_waiting: 0,
            fingerprint: true,
            address: &self.address,
        };
        let result = call(&mut self.session, &mut self.buffer, &mut turn);
        assert!(self.lent.is_empty(), "scratch space is given back empty");
        result
    }

    /// The server receives bytes, of which `expected` comes out for the plain side.
    pub(super) fn receive_to_backend(&mut self, bytes: &[u8], expected: &[u8]) {
        self.buffer[HEADROOM..HEADROOM + bytes.len()].copy_from_slice(bytes);
        self.receive_and_keep(bytes.len());
        assert_eq!(self.lent.backend, expected);
        self.lent.clear();
    }

    /// The server receives bytes that lie in the buffer; what they bring the plain side stays in the scratch space.
    pub(super) fn receive_and_keep(&mut self, count: usize) {
        let mut turn = Turn {
            now: self.now,
            limits: &self.limits,
            configs: &*self.configs,
            services: &mut *self.services,
            observer: &mut self.seen,
            lent: &mut self.lent,
            outbox: &mut self.outbox,
            backend_waiting: 0,
            fingerprint: true,
            address: &self.address,
        };
        self.session.receive(&mut self.buffer, count, &mut turn);
    }

    /// The server receives bytes, as one read.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.call(|session, buffer, turn| {
            buffer[HEADROOM..HEADROOM + bytes.len()].copy_from_slice(bytes);
            session.receive(buffer, bytes.len(), turn);
        });
    }

    /// The client takes what the server has to send. Its error is kept for who asks.
    pub(super) fn deliver(&mut self) -> Result<(), rustls::Error> {
        let mut bytes = self.outbox.bytes();
        let mut result = Ok(());
        while !bytes.is_empty() && result.is_ok() {
            assert!(self.client.read_tls(&mut bytes).unwrap() > 0, "nothing follows close_notify");
            result = self.client.process_new_packets().map(|_| ());
            let mut plain = Vec::new();
            match self.client.reader().read_to_end(&mut plain) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            self.heard.extend(plain);
        }
        self.outbox.clear();
        result
    }

    /// What the client has to send.
    pub(super) fn flight(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// Moves bytes both ways until there are none; the server reads pieces of the given sizes.
    pub(super) fn exchange(&mut self, sizes: &[usize]) -> Result<(), rustls::Error> {
        let mut sizes = sizes.iter().copied().cycle();
        loop {
            let bytes = self.flight();
            if bytes.is_empty() && self.outbox.is_empty() {
                return Ok(());
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
                self.receive(piece);
                rest = after;
            }
            self.deliver()?;
        }
    }

    pub(super) fn say(&mut self, text: &[u8]) {
        self.client.writer().write_all(text).unwrap();
    }

    /// The outbox has gone out.
    pub(super) fn report(&mut self) {
        self.call(|session, _, turn| session.report(true, None, turn.now, turn.observer));
    }

    pub(super) fn how(&mut self) -> How {
        self.report();
        self.seen.ended.take().expect("an open connection that has ended").0
    }

    pub(super) fn failure(&mut self) -> (Stage, Cause) {
        self.report();
        let (stage, cause, _) = self.seen.failed.take().expect("a handshake that failed");
        (stage, cause)
    }
}
