//! The header that tells a plain service who the client is: the PROXY protocol, versions 1 and 2
//! (<https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>). What comes in is read by
//! [`engine::session::proxy_header`].

use std::net::{IpAddr, SocketAddr};

use common::facts::{ClientIdentity, Facts, Kind, group_name, signature_name};
use engine::session::proxy_header::{CRC32C, MAX_LENGTH, SIGNATURE, crc32c};
use rustls::{CipherSuite, ProtocolVersion, SignatureScheme};

use crate::config::ProxyVersion;

/// Types of fields (section 2.2), and those of what is said of a certificate (section 2.2.6).
mod kind {
    pub(super) const ALPN: u8 = 0x01;
    pub(super) const AUTHORITY: u8 = 0x02;
    pub(super) const UNIQUE_ID: u8 = 0x05;
    pub(super) const SSL: u8 = 0x20;
    pub(super) const SSL_VERSION: u8 = 0x21;
    pub(super) const SSL_CN: u8 = 0x22;
    pub(super) const SSL_CIPHER: u8 = 0x23;
    pub(super) const SSL_KEY_ALG: u8 = 0x25;
    pub(super) const SSL_GROUP: u8 = 0x26;
    pub(super) const SSL_SIG_SCHEME: u8 = 0x27;

    /// The first of those that everybody may use as they like (section 2.2.8): the client's identity, for which the
    /// standard has no more than the common name. docs/guide/forwarding.md lists them.
    pub(super) const CLIENT_URI: u8 = 0xe0;
    pub(super) const CLIENT_DNS: u8 = 0xe1;
    pub(super) const CLIENT_FINGERPRINT: u8 = 0xe2;
    pub(super) const CLIENT_PIN: u8 = 0xe3;
    pub(super) const CLIENT_SUBJECT: u8 = 0xe4;
}

/// Flags of what the client did (section 2.2.6).
mod client {
    pub(super) const TLS: u8 = 0x01;
    pub(super) const CERTIFICATE_HERE: u8 = 0x02;
    pub(super) const CERTIFICATE_IN_SESSION: u8 = 0x04;
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    /// The connection's number.
    pub(super) id: u64,
    /// Where it came from.
    pub(super) source: SocketAddr,
    /// Where it reached us.
    pub(super) destination: SocketAddr,
    /// What was agreed on, and who it is.
    pub(super) facts: &'a Facts,
    /// Whether it showed a certificate, now or when the session began.
    pub(super) certified: bool,
}

/// The header for `client`.
pub(super) fn encode(version: ProxyVersion, client: &Client<'_>) -> Vec<u8> {
    match version {
        ProxyVersion::V1 => v1(client),
        ProxyVersion::V2 => v2(client),
    }
}

fn v1(client: &Client<'_>) -> Vec<u8> {
    let (source, destination) = of_one_family(client);
    let protocol = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    let ports = (client.source.port(), client.destination.port());
    format!("PROXY {protocol} {source} {destination} {} {}\r\n", ports.0, ports.1).into()
}

/// Both addresses as IPv4 where they are, or can be written so; else both as IPv6, as a header has one family.
fn of_one_family(client: &Client<'_>) -> (IpAddr, IpAddr) {
    let wide = |address: IpAddr| match address {
        IpAddr::V4(v4) => IpAddr::V6(v4.to_ipv6_mapped()),
        IpAddr::V6(_) => address,
    };
    match (client.source.ip().to_canonical(), client.destination.ip().to_canonical()) {
        (source, destination) if source.is_ipv4() == destination.is_ipv4() => (source, destination),
        (source, destination) => (wide(source), wide(destination)),
    }
}

fn v2(client: &Client<'_>) -> Vec<u8> {
    let (source, destination) = of_one_family(client);
    let mut header = SIGNATURE.to_vec();
    header.extend([0x21, if source.is_ipv4() { 0x11 } else { 0x21 }, 0, 0]); // PROXY, TCP; the length comes last
    for address in [source, destination] {
        match address {
            IpAddr::V4(v4) => header.extend(v4.octets()),
            IpAddr::V6(v6) => header.extend(v6.octets()),
        }
    }
    header.extend(client.source.port().to_be_bytes());
    header.extend(client.destination.port().to_be_bytes());
    let mut fields = Fields { bytes: header, most: MAX_LENGTH - CHECKSUM_FIELD };
    say_all(client, &mut fields);
    seal(fields.bytes)
}

/// Type, length and value of the checksum.
const CHECKSUM_FIELD: usize = 3 + 4;

/// Fields that are put one behind the other, as far as there is room for them.
struct Fields {
    bytes: Vec<u8>,
    most: usize,
}

impl Fields {
    /// Puts a field behind the others, or leaves it out where it does not fit: a header has a bound, while what a
    /// certificate says has none.
    fn put(&mut self, kind: u8, value: &[u8]) {
        let fits = self.bytes.len() + 3 + value.len() <= self.most;
        if let (true, Ok(length)) = (fits, u16::try_from(value.len())) {
            self.bytes.push(kind);
            self.bytes.extend(length.to_be_bytes());
            self.bytes.extend(value);
        }
    }
}

/// What matters most comes first, in case there is not room for everything.
fn say_all(client: &Client<'_>, fields: &mut Fields) {
    let facts = client.facts;
    if let Some(protocol) = &facts.alpn {
        fields.put(kind::ALPN, protocol);
    }
    if let Some(name) = &facts.server_name {
        fields.put(kind::AUTHORITY, name.as_bytes());
    }
    fields.put(kind::UNIQUE_ID, client.id.to_string().as_bytes());
    fields.put(kind::SSL, &tls(client));
    if let Some(identity) = &facts.client {
        say_who(identity, fields);
    }
}

/// The field about TLS, with fields of its own in it.
fn tls(client: &Client<'_>) -> Vec<u8> {
    let facts = client.facts;
    let flags = match (client.certified, facts.kind) {
        (false, _) => client::TLS,
        (true, Some(Kind::Resumed)) => client::TLS | client::CERTIFICATE_IN_SESSION,
        (true, _) => client::TLS | client::CERTIFICATE_HERE | client::CERTIFICATE_IN_SESSION,
    };
    // Zero says that a certificate was shown and verified; one that cannot be verified never comes this far.
    let verified = u32::from(!client.certified).to_be_bytes();
    let mut fields = Fields { bytes: [&[flags], &verified[..]].concat(), most: MAX_LENGTH / 2 };
    if let Some(version) = facts.version.and_then(version_name) {
        fields.put(kind::SSL_VERSION, version.as_bytes());
    }
    if let Some(suite) = facts.suite.and_then(openssl_name) {
        fields.put(kind::SSL_CIPHER, suite.as_bytes());
    }
    if let Some(algorithm) = facts.signature.and_then(key_algorithm) {
        fields.put(kind::SSL_KEY_ALG, algorithm.as_bytes());
    }
    if let Some(group) = facts.group {
        fields.put(kind::SSL_GROUP, group_name(group).as_bytes());
    }
    if let Some(scheme) = facts.signature {
        fields.put(kind::SSL_SIG_SCHEME, signature_name(scheme).as_bytes());
    }
    if let Some(name) = facts.client.as_ref().and_then(|identity| identity.common_name.as_deref()) {
        fields.put(kind::SSL_CN, name.as_bytes());
    }
    fields.bytes
}

/// Who the client is, beyond its common name.
fn say_who(identity: &ClientIdentity, fields: &mut Fields) {
    fields.put(kind::CLIENT_FINGERPRINT, identity.fingerprint.as_bytes());
    fields.put(kind::CLIENT_PIN, identity.pin.as_bytes());
    if let Some(uri) = identity.uris.first() {
        fields.put(kind::CLIENT_URI, uri.as_bytes());
    }
    fields.put(kind::CLIENT_SUBJECT, identity.subject.as_bytes());
    for name in &identity.dns {
        fields.put(kind::CLIENT_DNS, name.as_bytes());
    }
}

/// Puts the checksum behind everything, and the length where it belongs.
fn seal(mut header: Vec<u8>) -> Vec<u8> {
    header.extend([CRC32C, 0, 4, 0, 0, 0, 0]);
    let length = u16::try_from(header.len() - SIGNATURE.len() - 4).unwrap_or(u16::MAX); // bounded by MAX_LENGTH
    header[14..16].copy_from_slice(&length.to_be_bytes());
    let sum = crc32c(header.iter().copied()).to_be_bytes();
    let at = header.len() - sum.len();
    header[at..].copy_from_slice(&sum);
    header
}

/// The version as OpenSSL and HAProxy spell it.
fn version_name(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

/// The suite as OpenSSL spells it, which is what the standard's example shows and what HAProxy sends.
fn openssl_name(suite: CipherSuite) -> Option<&'static str> {
    Some(match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => return None,
    })
}

/// The key of our certificate, where the scheme of its signature tells: the size of an RSA key it does not.
fn key_algorithm(scheme: SignatureScheme) -> Option<&'static str> {
    match scheme {
        SignatureScheme::ECDSA_NISTP256_SHA256 => Some("EC256"),
        SignatureScheme::ECDSA_NISTP384_SHA384 => Some("EC384"),
        SignatureScheme::ECDSA_NISTP521_SHA512 => Some("EC521"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::session::proxy_header::{Addresses, Decoded, Header, decode};
    use proptest::prelude::*;
    use rustls::NamedGroup;

    use super::*;

    fn facts() -> Facts {
        Facts {
            version: Some(ProtocolVersion::TLSv1_3),
            suite: Some(CipherSuite::TLS13_AES_128_GCM_SHA256),
            group: Some(NamedGroup::X25519MLKEM768),
            signature: Some(SignatureScheme::ECDSA_NISTP256_SHA256),
            alpn: Some(b"h2".to_vec()),
            kind: Some(Kind::Full),
            server_name: Some("db.example".into()),
            ..Facts::default()
        }
    }

    fn identity() -> ClientIdentity {
        ClientIdentity {
            subject: "CN=billing".into(),
            issuer: "CN=home".into(),
            common_name: Some("billing".into()),
            organizational_units: vec![],
            dns: vec!["a.example".into(), "b.example".into()],
            uris: vec!["spiffe://example/billing".into()],
            emails: vec![],
            addresses: vec![],
            serial: "01".into(),
            fingerprint: "ab".repeat(32),
            pin: "sha256//AAAA".into(),
            not_after: "2030-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn client<'a>(facts: &'a Facts, source: &str, destination: &str) -> Client<'a> {
        Client {
            id: 7,
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            facts,
            certified: facts.client.is_some(),
        }
    }

    fn decoded(bytes: &[u8]) -> Header {
        match decode(bytes) {
            Decoded::Header(header) => header,
            other => panic!("{other:?}"),
        }
    }

    /// The fields behind the addresses, or behind the first bytes of the field about TLS.
    fn fields(mut bytes: &[u8]) -> Vec<(u8, String)> {
        let mut fields = Vec::new();
        while let [kind, high, low, rest @ ..] = bytes {
            let (value, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            fields.push((*kind, String::from_utf8_lossy(value).into_owned()));
            bytes = rest;
        }
        fields
    }

    fn value(fields: &[(u8, String)], kind: u8) -> Option<&str> {
        fields.iter().find(|field| field.0 == kind).map(|field| field.1.as_str())
    }

    #[test]
    fn a_line_has_the_addresses() {
        let facts = facts();
        let line = |source, destination| {
            String::from_utf8(encode(ProxyVersion::V1, &client(&facts, source, destination))).unwrap()
        };
        assert_eq!(line("192.0.2.1:5", "192.0.2.2:443"), "PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n");
        assert_eq!(line("[::1]:5", "[::1]:443"), "PROXY TCP6 ::1 ::1 5 443\r\n");
        assert_eq!(line("[::ffff:192.0.2.1]:5", "192.0.2.2:443"), "PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n");
        assert_eq!(line("192.0.2.1:5", "[2001:db8::1]:443"), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 5 443\r\n");
    }

    #[test]
    fn a_binary_header_has_what_was_agreed_on() {
        let facts = facts();
        let header = encode(ProxyVersion::V2, &client(&facts, "192.0.2.1:5", "192.0.2.2:443"));
        assert_eq!(decoded(&header).length, header.len());
        let all = fields(&header[28..]);
        assert_eq!(value(&all, kind::ALPN), Some("h2"));
        assert_eq!(value(&all, kind::AUTHORITY), Some("db.example"));
        assert_eq!(value(&all, kind::UNIQUE_ID), Some("7"));
        let about_tls = tls(&client(&facts, "192.0.2.1:5", "192.0.2.2:443"));
        assert_eq!(about_tls[..5], [client::TLS, 0, 0, 0, 1], "nothing was verified");
        let inner = fields(&about_tls[5..]);
        assert_eq!(value(&inner, kind::SSL_VERSION), Some("TLSv1.3"));
        assert_eq!(value(&inner, kind::SSL_CIPHER), Some("TLS_AES_128_GCM_SHA256"));
        assert_eq!(value(&inner, kind::SSL_KEY_ALG), Some("EC256"));
        assert_eq!(value(&inner, kind::SSL_GROUP), Some("X25519MLKEM768"));
        assert_eq!(value(&inner, kind::SSL_SIG_SCHEME), Some("ecdsa_secp256r1_sha256"));
        assert_eq!(value(&inner, kind::SSL_CN), None);
        assert!(all.iter().all(|field| field.0 < kind::CLIENT_URI), "nobody is named who showed no certificate");
    }

    #[test]
    fn a_client_with_a_certificate_is_named() {
        let facts = Facts { client: Some(Arc::new(identity())), ..facts() };
        let header = encode(ProxyVersion::V2, &client(&facts, "[::1]:5", "[::1]:443"));
        let all = fields(&header[52..]);
        assert_eq!(value(&all, kind::CLIENT_URI), Some("spiffe://example/billing"));
        assert_eq!(value(&all, kind::CLIENT_FINGERPRINT), Some("ab".repeat(32).as_str()));
        assert_eq!(value(&all, kind::CLIENT_PIN), Some("sha256//AAAA"));
        assert_eq!(value(&all, kind::CLIENT_SUBJECT), Some("CN=billing"));
        let names: Vec<_> = all.iter().filter(|field| field.0 == kind::CLIENT_DNS).map(|field| &*field.1).collect();
        assert_eq!(names, ["a.example", "b.example"]);
        let about_tls = tls(&client(&facts, "[::1]:5", "[::1]:443"));
        assert_eq!(about_tls[..5], [7, 0, 0, 0, 0]);
        assert_eq!(value(&fields(&about_tls[5..]), kind::SSL_CN), Some("billing"));
        let resumed = Facts { kind: Some(Kind::Resumed), ..facts };
        assert_eq!(tls(&client(&resumed, "[::1]:5", "[::1]:443"))[0], client::TLS | client::CERTIFICATE_IN_SESSION);
    }

    #[test]
    fn a_certificate_that_says_too_much_is_cut_short_by_whole_fields() {
        let dns = (0..1_000).map(|n| format!("host-{n}.example")).collect();
        let common_name = Some("n".repeat(70_000));
        let identity = ClientIdentity { dns, common_name, subject: "s".repeat(5_000), ..identity() };
        let facts = Facts { client: Some(Arc::new(identity)), ..facts() };
        let header = encode(ProxyVersion::V2, &client(&facts, "[::1]:5", "[::1]:443"));
        assert!((MAX_LENGTH - 30..=MAX_LENGTH).contains(&header.len()), "{}", header.len());
        let all = fields(&header[52..decoded(&header).length]);
        assert_eq!(value(&all, kind::CLIENT_SUBJECT), None);
        assert_eq!(value(&all, kind::CLIENT_DNS), Some("host-0.example"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            source: SocketAddr,
            destination: SocketAddr,
            id: u64,
            alpn in prop::option::of(prop::collection::vec(any::<u8>(), 1..256)),
            server_name in prop::option::of("[a-z.]{1,253}"),
            common_name in prop::option::of(".{0,80}"),
            dns in prop::collection::vec("[a-z.]{1,100}", 0..60),
            v2: bool,
        ) {
            let identity = ClientIdentity { common_name, dns, ..identity() };
            let facts = Facts { alpn, server_name, client: Some(Arc::new(identity)), ..facts() };
            let client = Client { id, source, destination, facts: &facts, certified: true };
            let version = if v2 { ProxyVersion::V2 } else { ProxyVersion::V1 };
            let header = encode(version, &client);
            let (source, destination) = of_one_family(&client);
            let addresses = Addresses {
                source: SocketAddr::new(source, client.source.port()),
                destination: SocketAddr::new(destination, client.destination.port()),
            };
            let expected = Header { addresses: Some(addresses), version: if v2 { 2 } else { 1 }, length: header.len() };
            prop_assert_eq!(decoded(&[&header[..], b"rest"].concat()), expected);
            for end in 0..header.len() {
                prop_assert_eq!(decode(&header[..end]), Decoded::NeedMore);
            }
        }
    }
}
