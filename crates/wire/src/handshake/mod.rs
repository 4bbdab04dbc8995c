//! Handshake messages (RFC 8446 section 4, RFC 5246 section 7.4), field by field.

mod certificate;
mod exchange;
mod extension;
mod hello;

use crate::fields::{DONE, Field, Fields, Read, Value};
use crate::names;

pub use hello::HELLO_RETRY_REQUEST;

/// What the form of a message depends on, besides its type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// The negotiated version, once the ServerHello has said it.
    pub version: Option<u16>,
    /// The negotiated suite, once the ServerHello has said it.
    pub suite: Option<u16>,
}

/// The version of TLS 1.3.
pub const TLS13: u16 = 0x0304;

/// The version of TLS 1.2.
pub const TLS12: u16 = 0x0303;

/// Types of messages (RFC 8446 appendix B.3).
pub mod kind {
    /// client_hello
    pub const CLIENT_HELLO: u8 = 1;
    /// server_hello
    pub const SERVER_HELLO: u8 = 2;
    /// new_session_ticket
    pub const NEW_SESSION_TICKET: u8 = 4;
    /// end_of_early_data
    pub const END_OF_EARLY_DATA: u8 = 5;
    /// encrypted_extensions
    pub const ENCRYPTED_EXTENSIONS: u8 = 8;
    /// certificate
    pub const CERTIFICATE: u8 = 11;
    /// server_key_exchange
    pub const SERVER_KEY_EXCHANGE: u8 = 12;
    /// certificate_request
    pub const CERTIFICATE_REQUEST: u8 = 13;
    /// certificate_verify
    pub const CERTIFICATE_VERIFY: u8 = 15;
    /// client_key_exchange
    pub const CLIENT_KEY_EXCHANGE: u8 = 16;
    /// finished
    pub const FINISHED: u8 = 20;
    /// certificate_status
    pub const CERTIFICATE_STATUS: u8 = 22;
    /// key_update
    pub const KEY_UPDATE: u8 = 24;
    /// compressed_certificate
    pub const COMPRESSED_CERTIFICATE: u8 = 25;
}

impl Context {
    const fn is_tls13(self) -> bool {
        matches!(self.version, Some(TLS13))
    }
}

/// Decodes one message, from its type to its last byte. Whatever `bytes` are, the fields tile them.
pub fn message(bytes: &[u8], context: Context) -> Field {
    let kind = bytes.first().copied().unwrap_or_default();
    let name = names::handshake_type(kind).unwrap_or("handshake");
    let mut field = Fields::of(name, bytes, 0, |fields| {
        fields.code("type", 1, message_type)?;
        let length = usize::try_from(fields.number("length", 3)?).ok()?;
        if length != fields.left().len() {
            return None;
        }
        body(kind, fields, context)
    });
    if kind == kind::SERVER_HELLO && hello::is_retry(&field) {
        field.name = "hello_retry_request";
    }
    field
}

fn body(kind: u8, fields: &mut Fields<'_>, context: Context) -> Read {
    match kind {
        kind::CLIENT_HELLO => hello::client(fields),
        kind::SERVER_HELLO => hello::server(fields),
        kind::ENCRYPTED_EXTENSIONS => extension::list(fields, extension::Place::EncryptedExtensions),
        kind::NEW_SESSION_TICKET => exchange::ticket(fields, context.is_tls13()),
        kind::CERTIFICATE if context.is_tls13() => certificate::tls13(fields),
        kind::CERTIFICATE => certificate::tls12(fields),
        kind::COMPRESSED_CERTIFICATE => certificate::compressed(fields),
        kind::CERTIFICATE_REQUEST if context.is_tls13() => certificate::request_tls13(fields),
        kind::CERTIFICATE_REQUEST => certificate::request_tls12(fields),
        kind::CERTIFICATE_STATUS => certificate::status(fields),
        kind::CERTIFICATE_VERIFY => exchange::verify(fields),
        kind::SERVER_KEY_EXCHANGE => exchange::server_key(fields, context.suite),
        kind::CLIENT_KEY_EXCHANGE => exchange::client_key(fields, context.suite),
        kind::FINISHED => {
            fields.remaining("verify_data")?;
            DONE
        }
        kind::KEY_UPDATE => {
            fields.code("request_update", 1, names::key_update_request)?;
            DONE
        }
        // HelloRequest, ServerHelloDone and EndOfEarlyData are empty; of others nothing is known.
        _ => {
            fields.remaining("body")?;
            DONE
        }
    }
}

/// Decodes an alert (RFC 8446 section 6).
pub fn alert(bytes: &[u8]) -> Field {
    Fields::of("alert", bytes, 0, |fields| {
        fields.code("level", 1, alert_level)?;
        let code = fields.code("description", 1, alert_description)?;
        Some(Value::Code { code, name: alert_description(code) })
    })
}

/// Decodes a ChangeCipherSpec (RFC 5246 section 7.1), which means nothing in TLS 1.3 (RFC 8446 appendix D.4).
pub fn change_cipher_spec(bytes: &[u8]) -> Field {
    Fields::of("change_cipher_spec", bytes, 0, |fields| {
        fields.number("type", 1)?;
        DONE
    })
}

pub(crate) fn message_type(kind: u16) -> Option<&'static str> {
    u8::try_from(kind).ok().and_then(names::handshake_type)
}

pub(crate) fn content_type(kind: u16) -> Option<&'static str> {
    u8::try_from(kind).ok().and_then(names::content_type)
}

fn alert_level(level: u16) -> Option<&'static str> {
    u8::try_from(level).ok().and_then(names::alert_level)
}

fn alert_description(description: u16) -> Option<&'static str> {
    u8::try_from(description).ok().and_then(names::alert)
}

#[cfg(test)]
mod tests;
