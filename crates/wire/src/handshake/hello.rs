//! ClientHello, ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.2 to 4.1.4).

use super::extension::{self, Place};
use crate::fields::{DONE, Field, Fields, Read, Value};
use crate::names;

/// The random value by which a HelloRetryRequest is told from a ServerHello: the SHA-256 of its name.
pub const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

pub(super) fn client(fields: &mut Fields<'_>) -> Read {
    fields.code("version", 2, names::version)?;
    fields.bytes("random", 32)?;
    fields.sized_bytes("session_id", 1)?;
    fields.codes("cipher_suites", 2, "cipher_suite", 2, suite)?;
    fields.codes("compression_methods", 1, "compression_method", 1, names::compression_method)?;
    optional_extensions(fields, Place::ClientHello)
}

pub(super) fn server(fields: &mut Fields<'_>) -> Read {
    fields.code("version", 2, names::version)?;
    let random = fields.bytes("random", 32)?;
    let place = if random == HELLO_RETRY_REQUEST { Place::HelloRetryRequest } else { Place::ServerHello };
    fields.sized_bytes("session_id", 1)?;
    fields.code("cipher_suite", 2, suite)?;
    fields.code("compression_method", 1, names::compression_method)?;
    optional_extensions(fields, place)
}

/// Before TLS 1.3 they may be absent.
fn optional_extensions(fields: &mut Fields<'_>, place: Place) -> Read {
    if fields.is_empty() { DONE } else { extension::list(fields, place) }
}

pub(super) fn is_retry(hello: &Field) -> bool {
    let random = hello.fields.iter().find(|field| field.name == "random");
    matches!(random, Some(Field { value: Value::Bytes(bytes), .. }) if *bytes == HELLO_RETRY_REQUEST)
}

/// Two values stand among the suites and are none (RFC 5746 section 3.3, RFC 7507), and some mean nothing.
fn suite(code: u16) -> Option<&'static str> {
    if names::is_grease(code) { Some("GREASE") } else { names::suite(code) }
}
