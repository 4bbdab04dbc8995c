//! Records and messages in a few words.

use pki::certificate::{Inspected, Name};
use wire::fields::{Value, text};
use wire::handshake::TLS13;
use wire::transcript::{Message, Protection, Record};
use wire::{Field, Transcript};

use super::model::Inside;

/// So much of the application's data is shown.
const PREVIEW: usize = 60;

/// So many names of a list are said.
const FEW: usize = 4;

/// What an eavesdropper reads of a record.
pub(super) fn outside(record: &Record, inside: &[Inside]) -> String {
    let length = bytes_of(record.header.length);
    if record.protection == Protection::None {
        let each: Vec<String> = inside.iter().map(|inside| said(&inside.name, &inside.words)).collect();
        return each.join("; ");
    }
    match wire::names::content_type(record.outer_type()).unwrap_or("unknown type") {
        "application_data" => format!("{length} sealed"),
        // Before TLS 1.3 the type of a sealed record can be read.
        kind => format!("{length} sealed, of type {kind}"),
    }
}

/// `name: words`.
pub(super) fn said(name: &str, words: &str) -> String {
    if words.is_empty() { name.to_owned() } else { format!("{name}: {words}") }
}

/// What an alert says.
pub(super) fn alert(alert: &Field) -> String {
    let level = alert.find("level").and_then(named).unwrap_or_default();
    let description = named(alert).unwrap_or_else(|| "not well formed".to_owned());
    // close_notify is a warning by its form, and warns of nothing.
    if description == "close_notify" { description } else { format!("{level} {description}") }
}

/// The beginning of what the application said.
pub(super) fn data(bytes: &[u8]) -> String {
    let shown = bytes.get(..PREVIEW).unwrap_or(bytes);
    let cut = if shown.len() < bytes.len() { " …" } else { "" };
    let printable = shown.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    if bytes.is_empty() {
        "nothing".to_owned()
    } else if printable * 10 >= shown.len() * 9 {
        format!("“{}”{cut}", text(shown).replace("\\u{d}", "\\r").replace("\\u{a}", "\\n").replace("\\u{9}", "\\t"))
    } else {
        format!("{} that are no text", bytes_of(bytes.len()))
    }
}

/// What a handshake message says.
pub(super) fn message(message: &Message, transcript: &Transcript) -> String {
    let field = &message.field;
    if let Some(fault) = field.fault() {
        return fault.to_owned();
    }
    match message.name() {
        "ClientHello" => client_hello(field),
        "ServerHello" => server_hello(field, transcript),
        "HelloRetryRequest" => {
            let group = field.find("selected_group").and_then(named);
            group.map_or_else(|| "asks for another ClientHello".to_owned(), |group| format!("wants a share of {group}"))
        }
        "EncryptedExtensions" => encrypted_extensions(field),
        "Certificate" => certificates(field),
        "CompressedCertificate" => {
            let algorithm = field.find("algorithm").and_then(named).unwrap_or_default();
            format!("compressed with {algorithm}, and not unpacked here")
        }
        "CertificateRequest" => request(field),
        "CertificateVerify" => field.find("signature_scheme").and_then(named).unwrap_or_default(),
        "ServerKeyExchange" => {
            let parts = ["named_group", "signature_scheme"].map(|name| field.find(name).and_then(named));
            parts.into_iter().flatten().collect::<Vec<_>>().join(", signed with ")
        }
        "ClientKeyExchange" => key_exchange(field),
        "NewSessionTicket" => ticket(field),
        "CertificateStatus" => {
            let length = field.find("response").map_or(0, |response| response.length.saturating_sub(3));
            format!("an OCSP response of {}", bytes_of(length))
        }
        "KeyUpdate" => field.find("request_update").and_then(named).unwrap_or_default(),
        _ => String::new(),
    }
}

fn client_hello(field: &Field) -> String {
    let mut parts = Vec::new();
    if let Some(name) = field.find("host_name").and_then(named) {
        parts.push(format!("asks for {name}"));
    }
    parts.push(format!("offers {}", listed(&versions(field))));
    let protocols = all(field, "protocol");
    if !protocols.is_empty() {
        parts.push(format!("speaks {}", listed(&protocols)));
    }
    let shares = all(field, "key_share");
    if !shares.is_empty() {
        parts.push(format!("key {} {}", if shares.len() == 1 { "share" } else { "shares" }, listed(&shares)));
    }
    if offers_session(field) {
        parts.push("shows a ticket".to_owned());
    }
    parts.join("; ")
}

/// The versions that it offers, without those that mean nothing.
pub(super) fn versions(hello: &Field) -> Vec<String> {
    let offered = hello.find("versions").map(|list| all(list, "version")).unwrap_or_default();
    if offered.is_empty() { hello.find("version").and_then(named).into_iter().collect() } else { offered }
}

/// Whether a ClientHello asks for an earlier session: by a ticket of TLS 1.3, or one of TLS 1.2 that is not empty.
pub(super) fn offers_session(hello: &Field) -> bool {
    hello.find("identity").is_some() || hello.find("ticket").is_some_and(|ticket| ticket.length > 0)
}

fn server_hello(field: &Field, transcript: &Transcript) -> String {
    let version = field.find("selected_version").or_else(|| field.find("version")).and_then(named);
    let mut parts: Vec<String> = version.into_iter().collect();
    parts.extend(field.find("cipher_suite").and_then(named));
    parts.extend(field.find("key_share").and_then(named));
    parts.extend(all(field, "protocol").first().map(|protocol| format!("ALPN {protocol}")));
    if super::learned::is_resumed(transcript) {
        parts.push("the session goes on".to_owned());
    }
    parts.join(", ")
}

fn encrypted_extensions(field: &Field) -> String {
    let mut parts: Vec<String> =
        all(field, "protocol").first().map(|name| format!("ALPN {name}")).into_iter().collect();
    let others = field.all("extension").filter_map(named);
    parts.extend(others.filter(|name| name != "application_layer_protocol_negotiation"));
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn certificates(field: &Field) -> String {
    let chain = field.all("certificate_data").filter_map(|data| match &data.value {
        Value::Bytes(der) => {
            Some(Inspected::from_der(der).map_or_else(|_| "one that cannot be read".to_owned(), |it| it.label()))
        }
        _ => None,
    });
    let chain: Vec<String> = chain.collect();
    if chain.is_empty() { "none".to_owned() } else { chain.join(", then ") }
}

fn request(field: &Field) -> String {
    let names = field.all("distinguished_name").filter_map(|name| match &name.value {
        Value::Bytes(der) => {
            Some(Name::from_der(der).map_or_else(|| "an unreadable name".to_owned(), |name| name.to_string()))
        }
        _ => None,
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() { "of any CA".to_owned() } else { format!("of {}", names.join(" or ")) }
}

fn key_exchange(field: &Field) -> String {
    let public = ["public", "dh_public"].into_iter().find_map(|name| field.find(name)).is_some();
    if public {
        "our public value".to_owned()
    } else {
        "a secret under the server's key: not forward secret".to_owned()
    }
}

fn ticket(field: &Field) -> String {
    let lifetime = field.find("ticket_lifetime").and_then(Field::number).unwrap_or_default();
    let length = field.find("ticket").map_or(0, |ticket| ticket.length.saturating_sub(2));
    let span = match lifetime {
        seconds if seconds > 0 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds => format!("{seconds} s"),
    };
    format!("{}, good for {span}", bytes_of(length))
}

/// The name of a code, or its number; a text as it is.
pub(super) fn named(field: &Field) -> Option<String> {
    match &field.value {
        Value::Code { name: Some(name), .. } => Some((*name).to_owned()),
        Value::Code { code, .. } => Some(format!("0x{code:04x}")),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The names of all fields of this name, but of values that mean nothing (RFC 8701).
pub(super) fn all(field: &Field, name: &str) -> Vec<String> {
    field.all(name).filter_map(named).filter(|name| name != "GREASE").collect()
}

/// `one, two and three`, or the first few and how many more.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= FEW => format!("{} and {last}", first.join(", ")),
        _ => {
            let (few, more) = names.split_at(FEW - 1);
            format!("{} and {} more", few.join(", "), more.len())
        }
    }
}

/// `1 byte`, `1,234 bytes`.
pub(super) fn bytes_of(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{} bytes", grouped(count)) }
}

/// `1,234`.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether what was negotiated is TLS 1.3.
pub(super) fn is_tls13(transcript: &Transcript) -> bool {
    transcript.context.version == Some(TLS13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_numbers_read_as_people_say_them() {
        let names = |count: usize| (1..=count).map(|n| format!("n{n}")).collect::<Vec<_>>();
        assert_eq!(listed(&names(1)), "n1");
        assert_eq!(listed(&names(3)), "n1, n2 and n3");
        assert_eq!(listed(&names(9)), "n1, n2, n3 and 6 more");
        assert_eq!([1, 999, 1000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn data_is_shown_as_far_as_it_is_text() {
        assert_eq!(data(b"GET / HTTP/1.1\r\n"), "“GET / HTTP/1.1\\r\\n”");
        assert_eq!(data(&[0; 9]), "9 bytes that are no text");
        assert_eq!(data(&[b'a'; 61]), format!("“{}” …", "a".repeat(60)));
    }
}
