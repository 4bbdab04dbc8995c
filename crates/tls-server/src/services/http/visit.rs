//! A visitor's own connection, as a value: the page and the JSON are made of it.

use std::net::{IpAddr, SocketAddr};

use common::facts::{self, ClientIdentity, Facts, Kind};
use engine::Peer;
use serde::Serialize;

use super::ClientCertificates;

/// What was agreed on with a visitor, and what is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Visit<'a> {
    schema: &'static str,
    pub(super) connection: u64,
    pub(super) address: SocketAddr,
    pub(super) via: Option<SocketAddr>,
    pub(super) local: SocketAddr,
    pub(super) server_name: Option<&'a str>,
    pub(super) version: Option<String>,
    pub(super) suite: Option<String>,
    pub(super) group: Option<String>,
    /// Whether a key exchange of its own made the keys of this connection.
    pub(super) forward_secret: bool,
    pub(super) post_quantum: bool,
    pub(super) signature: Option<String>,
    pub(super) alpn: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) handshake_us: u64,
    pub(super) ja4: Option<&'a str>,
    pub(super) client_certificate_asked: bool,
    pub(super) client_certificate: Option<&'a ClientIdentity>,
}

impl<'a> Visit<'a> {
    /// The visit of `peer`, who was asked for a certificate or not.
    pub(super) fn new(peer: &Peer, facts: &'a Facts, certificates: ClientCertificates) -> Self {
        Self {
            schema: "latchkey.visit/1",
            connection: peer.id,
            address: plain(peer.address),
            via: peer.via.map(plain),
            local: plain(peer.local),
            server_name: facts.server_name.as_deref(),
            version: facts.version.map(facts::version_name),
            suite: facts.suite.map(facts::suite_name),
            group: facts.group.map(facts::group_name),
            // Every suite that can be had exchanges keys; only a resumed session of TLS 1.2 does without.
            forward_secret: facts.group.is_some(),
            post_quantum: facts.group.is_some_and(facts::is_post_quantum),
            signature: facts.signature.map(facts::signature_name),
            alpn: facts.alpn.as_deref().map(|alpn| String::from_utf8_lossy(alpn).into_owned()),
            kind: facts.kind,
            handshake_us: facts.handshake.as_micros().try_into().unwrap_or(u64::MAX),
            ja4: facts.ja4.as_deref(),
            client_certificate_asked: certificates == ClientCertificates::Asked,
            client_certificate: facts.client.as_deref(),
        }
    }

    /// As one JSON document, indented. Empty only if it could not be written, which nothing in it can cause.
    pub(super) fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

/// An IPv4 address that came through a listener of both families, as an IPv4 address.
fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => {
            SocketAddr::new(IpAddr::V6(ip).to_canonical(), address.port())
        }
        _ => address,
    }
}
