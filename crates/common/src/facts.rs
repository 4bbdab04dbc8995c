//! What a handshake agreed on, for the client's report and the server's log alike.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::{CipherSuite, HandshakeKind, NamedGroup, ProtocolVersion, SignatureScheme};

/// What a handshake agreed on. What it means is said by `pki::explain`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// TLS 1.2 or 1.3.
    pub version: Option<ProtocolVersion>,
    /// The cipher suite.
    pub suite: Option<CipherSuite>,
    /// The key exchange group; none in a resumed TLS 1.2 session.
    pub group: Option<NamedGroup>,
    /// The scheme of the server's signature, where one was made: on a client the peer's, on a server our own.
    pub signature: Option<SignatureScheme>,
    /// The application protocol.
    pub alpn: Option<Vec<u8>>,
    /// Full, with a second ClientHello, or resumed.
    pub kind: Option<Kind>,
    /// The name the client asked for (SNI).
    pub server_name: Option<String>,
    /// From the first byte of the ClientHello to the end of the handshake.
    pub handshake: Duration,
    /// The JA4 fingerprint of the ClientHello, where a server was asked to take it.
    pub ja4: Option<String>,
    /// On a server, who the client is, where it showed a certificate.
    pub client: Option<Arc<ClientIdentity>>,
}

/// Who a client is, by the certificate that was verified. All text in it is safe to print.
///
/// Plain values: no certificate is parsed here. `pki::clients` fills it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ClientIdentity {
    /// The subject by RFC 4514, the last attribute first; empty where the name is.
    pub subject: String,
    /// The issuer, likewise.
    pub issuer: String,
    /// The most specific common name of the subject.
    pub common_name: Option<String>,
    /// The organizational units of the subject, in the order of the certificate.
    pub organizational_units: Vec<String>,
    /// The DNS names of subjectAltName.
    pub dns: Vec<String>,
    /// Its URIs, a SPIFFE ID among them.
    pub uris: Vec<String>,
    /// Its mail addresses.
    pub emails: Vec<String>,
    /// Its IP addresses.
    pub addresses: Vec<IpAddr>,
    /// The serial number in hexadecimal, as `pki cert show` prints it.
    pub serial: String,
    /// SHA-256 over the whole certificate in hexadecimal.
    pub fingerprint: String,
    /// SHA-256 over the public key: `sha256//BASE64`.
    pub pin: String,
    /// Its last second.
    pub not_after: Timestamp,
}

/// How a handshake went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// With a certificate and a signature.
    Full,
    /// The same after a HelloRetryRequest (RFC 8446 section 4.1.4), which costs a round trip.
    FullWithHelloRetryRequest,
    /// From a ticket or session of an earlier one.
    Resumed,
}

impl From<HandshakeKind> for Kind {
    fn from(kind: HandshakeKind) -> Self {
        match kind {
            HandshakeKind::Full => Self::Full,
            HandshakeKind::FullWithHelloRetryRequest => Self::FullWithHelloRetryRequest,
            HandshakeKind::Resumed => Self::Resumed,
        }
    }
}

impl Kind {
    /// The words for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FullWithHelloRetryRequest => "full, after a HelloRetryRequest",
            Self::Resumed => "resumed",
        }
    }
}

/// `TLS 1.3`, or the number of a version that has no name here.
pub fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::SSLv2 => "SSL 2.0".into(),
        ProtocolVersion::SSLv3 => "SSL 3.0".into(),
        ProtocolVersion::TLSv1_0 => "TLS 1.0".into(),
        ProtocolVersion::TLSv1_1 => "TLS 1.1".into(),
        ProtocolVersion::TLSv1_2 => "TLS 1.2".into(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".into(),
        other => format!("0x{:04x}", u16::from(other)),
    }
}

/// The suite's name in the IANA registry: `TLS_AES_128_GCM_SHA256`.
pub fn suite_name(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => match name.strip_prefix("TLS13_") {
            Some(rest) => format!("TLS_{rest}"),
            None => name.to_owned(),
        },
        None => format!("0x{:04x}", u16::from(suite)),
    }
}

/// The group's name in the IANA registry, as OpenSSL and Wireshark spell it: `X25519MLKEM768`, `x25519`.
pub fn group_name(group: NamedGroup) -> String {
    match group {
        NamedGroup::X25519 => "x25519".into(),
        NamedGroup::X448 => "x448".into(),
        other => match other.as_str() {
            Some(name) => name.to_owned(),
            None => format!("0x{:04x}", u16::from(other)),
        },
    }
}

/// The scheme's name in the IANA registry: `ecdsa_secp256r1_sha256`.
pub fn signature_name(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::ECDSA_NISTP256_SHA256 => "ecdsa_secp256r1_sha256".into(),
        SignatureScheme::ECDSA_NISTP384_SHA384 => "ecdsa_secp384r1_sha384".into(),
        SignatureScheme::ECDSA_NISTP521_SHA512 => "ecdsa_secp521r1_sha512".into(),
        SignatureScheme::RSA_PSS_SHA256 => "rsa_pss_rsae_sha256".into(),
        SignatureScheme::RSA_PSS_SHA384 => "rsa_pss_rsae_sha384".into(),
        SignatureScheme::RSA_PSS_SHA512 => "rsa_pss_rsae_sha512".into(),
        other => match other.as_str() {
            Some(name) => name.to_ascii_lowercase(),
            None => format!("0x{:04x}", u16::from(other)),
        },
    }
}

/// Whether the key exchange resists a quantum computer: a group with an ML-KEM share in it.
pub fn is_post_quantum(group: NamedGroup) -> bool {
    group.as_str().is_some_and(|name| name.contains("MLKEM"))
}
