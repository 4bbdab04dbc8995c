//! Certificates on disk, clients in memory, and what a server tells of itself.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::{fs, io};

use common::FixedClock;
use common::context::{ClientContext, Policy, Provider, ServerContext, danger_accept_any_server};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm, date_time_ymd};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConnection};
use wire::ClientHello;
use wire::hello::Decoded;
use wire::record::Assembly;

use super::super::{Identities, Options, Problem, Ready, Source, Unknown, Waiter};

pub(super) fn now() -> jiff::Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A certificate and its key, as PEM.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Signed by itself, valid in the years given.
pub(super) fn pair_of(names: &[&str], kind: &'static SignatureAlgorithm, years: (i32, i32)) -> Pair {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate_for(kind).unwrap();
    Pair { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

pub(super) fn pair(names: &[&str]) -> Pair {
    pair_of(names, &PKCS_ECDSA_P256_SHA256, (2026, 2030))
}

/// A directory of certificates that is gone after the test.
pub(super) struct Shelf(tempfile::TempDir);

impl Shelf {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// As `STEM.crt` and `STEM.key`.
    pub(super) fn put(&self, stem: &str, pair: &Pair) -> &Self {
        self.write(&format!("{stem}.crt"), &pair.certificate).write(&format!("{stem}.key"), &pair.key)
    }

    /// In one step, as a careful program writes.
    pub(super) fn write(&self, name: &str, text: &str) -> &Self {
        let staged = self.path().join(".staged");
        fs::write(&staged, text).unwrap();
        fs::rename(staged, self.path().join(name)).unwrap();
        self
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path().join(name))
    }

    /// Whatever is in it.
    pub(super) fn source(&self) -> Source {
        Source::Directory { path: self.path().to_owned(), passphrase: None }
    }

    /// The pair `STEM.crt` and `STEM.key`, named.
    pub(super) fn named(&self, stem: &str) -> Source {
        let file = |ending: &str| -> PathBuf { self.path().join(format!("{stem}.{ending}")) };
        Source::Files { certificate: file("crt"), key: file("key"), passphrase: None }
    }
}

/// Options, and what was reported.
pub(super) struct Setting {
    pub(super) options: Options,
    pub(super) clock: Arc<FixedClock>,
    pub(super) reported: Arc<Mutex<Vec<Problem>>>,
}

pub(super) fn setting(unknown: Unknown) -> Setting {
    let clock = Arc::new(FixedClock::new(now()));
    let reported = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reported);
    let report = Arc::new(move |problem: &Problem| sink.lock().unwrap().push(problem.clone()));
    let clock_for_options = Arc::clone(&clock) as Arc<_>;
    let options = Options { unknown, default_name: None, policy: Policy::default(), clock: clock_for_options, report };
    Setting { options, clock, reported }
}

/// A client that takes any certificate.
pub(super) fn client(policy: Policy) -> Arc<ClientConfig> {
    let mut context = ClientContext::new(danger_accept_any_server(Provider::AwsLc));
    context.policy = policy;
    context.config().unwrap()
}

/// What a client's first flight says.
pub(super) fn with_hello<T>(name: &str, client: &Arc<ClientConfig>, see: impl FnOnce(&ClientHello<'_>) -> T) -> T {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut flight = Vec::new();
    connection.write_tls(&mut flight).unwrap();
    let mut assembly = Assembly::default();
    let Decoded::ClientHello(hello) = wire::hello::decode(&flight, &mut assembly) else { panic!("no ClientHello") };
    see(&hello)
}

/// How often a waiter was called.
#[derive(Default)]
pub(super) struct Bell {
    rung: Mutex<usize>,
    changed: Condvar,
    pub(super) made: AtomicUsize,
}

impl Bell {
    pub(super) fn waiter(self: &Arc<Self>) -> impl Fn() -> Waiter + use<> {
        let bell = Arc::clone(self);
        move || {
            bell.made.fetch_add(1, Ordering::Relaxed);
            let bell = Arc::clone(&bell);
            Box::new(move || {
                *bell.rung.lock().unwrap() += 1;
                bell.changed.notify_all();
            })
        }
    }

    pub(super) fn wait_for(&self, times: usize) {
        let rung = self.changed.wait_while(self.rung.lock().unwrap(), |rung| *rung < times).unwrap();
        assert_eq!(*rung, times);
    }
}

/// Asks as a session does: again whenever it is woken.
pub(super) fn ready(identities: &Identities, name: &str, client: &Arc<ClientConfig>) -> Ready {
    let bell = Arc::new(Bell::default());
    let mut asked = 0;
    loop {
        let ready = with_hello(name, client, |hello| identities.ready(Some(hello), &bell.waiter()));
        if ready != Ready::Later {
            return ready;
        }
        asked += 1;
        bell.wait_for(asked);
    }
}

/// The certificate that a client is shown, as PEM; or the error.
pub(super) fn shown(identities: &Arc<Identities>, name: &str, policy: Policy) -> Result<String, rustls::Error> {
    let config = client(policy);
    assert_eq!(ready(identities, name, &config), Ready::Yes, "{name}");
    let server = ServerContext::with_resolver(Arc::clone(identities) as Arc<_>).config().unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    let mut client = ClientConnection::new(config, ServerName::try_from(name.to_owned()).unwrap()).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut flight = Vec::new();
        client.write_tls(&mut flight).unwrap();
        server.read_tls(&mut flight.as_slice()).unwrap();
        server.process_new_packets()?;
        flight.clear();
        server.write_tls(&mut flight).unwrap();
        client.read_tls(&mut flight.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(pki::convert::pem::certificate(&client.peer_certificates().unwrap()[0]))
}

/// The same certificate, whatever wrote it down.
pub(super) fn is(shown: &str, pair: &Pair) -> bool {
    let der = |text: &str| {
        let pieces = common::input::Blob::new("x", text.as_bytes().to_vec()).pieces().unwrap();
        pieces.certificates[0].to_vec()
    };
    der(shown) == der(&pair.certificate)
}
