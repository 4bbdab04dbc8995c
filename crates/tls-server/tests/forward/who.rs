//! The backend is told who the client is.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use common::facts::{ClientIdentity, Facts};
use engine::session::proxy_header::{Decoded, Header, decode};
use engine::{Choice, Configs, Detail, Limits, Wake};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tls_server::services::forward::{Backend, ProxyVersion, Settings};
use wire::ClientHello;

use super::harness::{Client, Running, backend, close, configs, nobody, start, start_with};

/// A backend that hands on everything that it receives.
fn recorder() -> (Backend, Receiver<Vec<u8>>) {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let backend = backend(move |mut stream: TcpStream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        sender.lock().unwrap().send(all).unwrap();
    });
    (backend, received)
}

/// What comes before `hello`, which is sent.
fn header(server: &Running, received: &Receiver<Vec<u8>>) -> (Vec<u8>, SocketAddr) {
    let mut client: Client = server.connect();
    client.write_all(b"hello").unwrap();
    let address = client.sock.local_addr().unwrap();
    close(&mut client);
    let mut all = received.recv().unwrap();
    assert!(all.ends_with(b"hello"));
    all.truncate(all.len() - 5);
    (all, address)
}

fn decoded(bytes: &[u8]) -> Header {
    match decode(bytes) {
        Decoded::Header(header) if header.length == bytes.len() => header,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_header_comes_first_and_has_the_clients_address() {
    for version in [ProxyVersion::V1, ProxyVersion::V2] {
        let (backend, received) = recorder();
        // The first one refuses: what was written for it goes to the second one, once.
        let backends = vec![Backend::Address(nobody()), backend];
        let server = start(Settings { proxy_protocol: Some(version), ..Settings::new(backends) });
        let (bytes, client) = header(&server, &received);
        let addresses = decoded(&bytes).addresses.unwrap();
        assert_eq!((addresses.source, addresses.destination), (client, server.address));
    }
}

#[test]
fn without_being_told_to_nothing_is_added() {
    let (backend, received) = recorder();
    let server = start(Settings::new(vec![backend]));
    assert!(header(&server, &received).0.is_empty());
}

/// Lets everybody in as the same client.
struct Known(Arc<ServerConfig>);

impl Configs for Known {
    fn choose(&self, hello: Option<&ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice {
        self.0.choose(hello, wake)
    }

    fn admit(&self, _: &Facts, _: &[CertificateDer<'static>]) -> Result<Option<Arc<ClientIdentity>>, Detail> {
        Ok(Some(Arc::new(ClientIdentity {
            subject: "CN=billing".into(),
            issuer: "CN=home".into(),
            common_name: Some("billing".into()),
            organizational_units: vec![],
            dns: vec!["billing.example".into()],
            uris: vec!["spiffe://example/billing".into()],
            emails: vec![],
            addresses: vec![],
            serial: "01".into(),
            fingerprint: "ab".repeat(32),
            pin: "sha256//AAAA".into(),
            not_after: "2030-01-01T00:00:00Z".parse().unwrap(),
        })))
    }
}

#[test]
fn the_binary_header_says_who_the_client_is_and_what_was_agreed_on() {
    let (backend, received) = recorder();
    let settings = Settings { proxy_protocol: Some(ProxyVersion::V2), ..Settings::new(vec![backend]) };
    let server = start_with(settings, Limits::default(), Arc::new(Known(configs())));
    let (bytes, _) = header(&server, &received);
    decoded(&bytes);
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for text in
        ["TLSv1.3", "TLS_AES_", "localhost", "billing", "spiffe://example/billing", "billing.example", "sha256//"]
    {
        assert!(holds(text), "{text}");
    }
}
