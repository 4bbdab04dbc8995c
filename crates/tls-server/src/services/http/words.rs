//! What the facts of a visit mean, in plain words.

use common::facts::Kind;

use super::visit::Visit;

/// A fact, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) meaning: &'static str,
}

impl Line {
    fn new(name: &'static str, value: impl Into<String>, meaning: &'static str) -> Self {
        Self { name, value: value.into(), meaning }
    }
}

/// What can be told at a glance.
pub(super) fn summary(visit: &Visit<'_>) -> Vec<&'static str> {
    let mut words = Vec::new();
    if visit.forward_secret {
        words.push("forward secret");
    }
    if visit.post_quantum {
        words.push("post-quantum");
    }
    words.extend(visit.kind.map(|kind| match kind {
        Kind::Resumed => "resumed",
        Kind::Full | Kind::FullWithHelloRetryRequest => "full handshake",
    }));
    if visit.client_certificate.is_some() {
        words.push("client certificate");
    }
    words
}

/// What keeps the connection secret.
pub(super) fn protection(visit: &Visit<'_>) -> Vec<Line> {
    let version = visit.version.as_deref().unwrap_or("unknown");
    let mut lines = vec![Line::new("Version", version, version_words(version))];
    lines.extend(visit.suite.as_deref().map(|suite| Line::new("Cipher suite", suite, suite_words(suite))));
    lines.push(match &visit.group {
        Some(group) if visit.post_quantum => Line::new(
            "Key exchange",
            group,
            "Post-quantum: an elliptic curve and ML-KEM together. Whoever records this today cannot open it with a \
             quantum computer tomorrow.",
        ),
        Some(group) => Line::new(
            "Key exchange",
            group,
            "Secure today. A large quantum computer could one day open a recording of it; a client that offers \
             X25519MLKEM768 is safe from that, too.",
        ),
        None => Line::new("Key exchange", "none", "The keys come from an earlier connection."),
    });
    lines.push(if visit.forward_secret {
        Line::new(
            "Forward secrecy",
            "yes",
            "The keys were made for this connection and are forgotten with it. Whoever gets hold of the server's \
             private key later cannot open a recording.",
        )
    } else {
        Line::new(
            "Forward secrecy",
            "not here",
            "A session of TLS 1.2 that is resumed exchanges no new keys. Whoever gets hold of the server's ticket key \
             before it is replaced could open a recording.",
        )
    });
    lines
}

/// How the connection began.
pub(super) fn beginning(visit: &Visit<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(visit.kind.map(kind_line));
    let signature = match &visit.signature {
        Some(signature) => Some(Line::new(
            "Signature",
            signature,
            "How the server proved that it holds the private key of its certificate.",
        )),
        None if visit.kind == Some(Kind::Resumed) => Some(Line::new(
            "Signature",
            "none",
            "None was needed: the server had proved itself on the connection that this one continues.",
        )),
        None => None,
    };
    lines.extend(signature);
    lines.push(Line::new(
        "Time",
        milliseconds(visit.handshake_us),
        "From the first byte of your client's greeting to the end of the handshake, as the server saw it.",
    ));
    lines.push(match visit.server_name {
        Some(name) => Line::new("Server name", name, "What your client asked for. It travelled unencrypted."),
        None => Line::new("Server name", "none", "Your client did not say which name it was looking for."),
    });
    lines.push(match &visit.alpn {
        Some(alpn) => Line::new("Application protocol", alpn, "What client and server agreed to speak inside (ALPN)."),
        None => Line::new("Application protocol", "none", "Nothing was agreed on (ALPN), so HTTP/1.1 is spoken."),
    });
    lines
}

/// What the server knows of the visitor, but for the certificate.
pub(super) fn visitor(visit: &Visit<'_>) -> Vec<Line> {
    let mut lines = vec![Line::new(
        "Address",
        visit.address.to_string(),
        "Where the connection came from. TLS hides neither end's address from those in between.",
    )];
    lines.extend(visit.via.map(|via| Line::new("By way of", via.to_string(), "The proxy that named your address.")));
    lines.extend(visit.ja4.map(|ja4| {
        Line::new(
            "JA4 fingerprint",
            ja4,
            "Made of what your client offered in its greeting. The same program has the same one everywhere, whoever \
             uses it.",
        )
    }));
    lines
}

/// What is said where no certificate was shown.
pub(super) const fn no_certificate(visit: &Visit<'_>) -> &'static str {
    if visit.client_certificate_asked {
        "You were asked for a certificate and showed none, so the server does not know who you are."
    } else {
        "You were not asked for one, so the server does not know who you are."
    }
}

/// The fields of the certificate that was shown; those that it does not have are left out.
pub(super) fn certificate(visit: &Visit<'_>) -> Vec<(&'static str, String)> {
    let Some(client) = visit.client_certificate else { return Vec::new() };
    let addresses: Vec<String> = client.addresses.iter().map(ToString::to_string).collect();
    let fields = [
        ("Subject", client.subject.clone()),
        ("Common name", client.common_name.clone().unwrap_or_default()),
        ("Organizational unit", client.organizational_units.join(", ")),
        ("DNS names", client.dns.join(", ")),
        ("URIs", client.uris.join(", ")),
        ("Mail addresses", client.emails.join(", ")),
        ("IP addresses", addresses.join(", ")),
        ("Issuer", client.issuer.clone()),
        ("Valid until", client.not_after.to_string()),
        ("Serial number", client.serial.clone()),
        ("Fingerprint (SHA-256)", client.fingerprint.clone()),
        ("Pin of the public key", client.pin.clone()),
    ];
    fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn version_words(version: &str) -> &'static str {
    match version {
        "TLS 1.3" => "The newest version. Everything after the two greetings was encrypted, the certificates with it.",
        "TLS 1.2" => {
            "The version before the newest: safe with the cipher suites that are taken here, but the certificates \
             travelled unencrypted."
        }
        _ => "How client and server talk to each other.",
    }
}

fn suite_words(suite: &str) -> &'static str {
    if suite.contains("AES_128_GCM") {
        "AES with a 128-bit key in Galois/Counter Mode encrypts every byte and reveals any change."
    } else if suite.contains("AES_256_GCM") {
        "AES with a 256-bit key in Galois/Counter Mode encrypts every byte and reveals any change."
    } else if suite.contains("CHACHA20_POLY1305") {
        "ChaCha20 encrypts every byte, and Poly1305 reveals any change: fast without help from the hardware."
    } else {
        "How every byte is encrypted, and protected against change."
    }
}

fn kind_line(kind: Kind) -> Line {
    let meaning = match kind {
        Kind::Full => "Keys were exchanged, and the server showed its certificate.",
        Kind::FullWithHelloRetryRequest => {
            "The server wanted another key exchange than the one your client began with, which took a second round \
             trip."
        }
        Kind::Resumed => "It continues an earlier connection, so that no certificate had to be shown again.",
    };
    Line::new("Handshake", kind.words(), meaning)
}

/// `4.2 ms`
fn milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100)
}
