//! A visitor for tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::facts::{ClientIdentity, Facts, Kind};
use engine::Peer;
use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::ClientCertificates;
use super::visit::Visit;

/// Somebody with a certificate, over TLS 1.3.
pub(super) fn visitor() -> (Peer, Facts) {
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let peer = Peer::direct(7, address("127.0.0.1:50000"), address("127.0.0.1:8443"));
    let client = ClientIdentity {
        subject: "CN=alice".into(),
        issuer: "CN=clients".into(),
        common_name: Some("alice".into()),
        organizational_units: vec!["ops".into()],
        dns: Vec::new(),
        uris: vec!["spiffe://example/alice".into()],
        emails: Vec::new(),
        addresses: Vec::new(),
        serial: "0a".into(),
        fingerprint: "ab".repeat(32),
        pin: "sha256//AAAA".into(),
        not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
    };
    let facts = Facts {
        version: Some(ProtocolVersion::TLSv1_3),
        suite: Some(CipherSuite::TLS13_AES_128_GCM_SHA256),
        group: Some(NamedGroup::X25519MLKEM768),
        signature: Some(SignatureScheme::ECDSA_NISTP256_SHA256),
        alpn: Some(b"http/1.1".to_vec()),
        kind: Some(Kind::Full),
        server_name: Some("localhost".into()),
        handshake: Duration::from_micros(4_217),
        ja4: Some("t13d1516h2_8daaf6152771_e5627efa2ab1".into()),
        client: Some(Arc::new(client)),
    };
    (peer, facts)
}

/// Their visit.
pub(super) fn visit<'a>(peer: &Peer, facts: &'a Facts) -> Visit<'a> {
    Visit::new(peer, facts, ClientCertificates::Asked)
}
