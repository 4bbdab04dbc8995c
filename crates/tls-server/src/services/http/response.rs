//! Responses as bytes (RFC 9112 section 4).

use jiff::Timestamp;

use super::request::{Connection, Method};
use super::status::{Refusal, Status};
use super::{date, page};

/// The methods that are answered, for the field Allow.
const ALLOWED: &str = "GET, HEAD, OPTIONS";

/// What every response depends on besides its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) method: Method,
    pub(super) connection: Connection,
    pub(super) now: Timestamp,
}

impl Manner {
    /// For an answer to what was no request: it has a body, and the connection is closed.
    pub(super) const fn of_refusal(now: Timestamp) -> Self {
        Self { method: Method::Get, connection: Connection::Closes, now }
    }
}

/// A head that is being written.
#[derive(Debug)]
pub(super) struct Head(String);

impl Head {
    /// Begins with the status and with what every response has.
    pub(super) fn new(status: Status, manner: &Manner) -> Self {
        let mut head = Self(format!("HTTP/1.1 {} {}\r\n", status.code, status.phrase));
        if let Some(date) = date::written(manner.now) {
            head.field("Date", &date);
        }
        match manner.connection {
            Connection::Stays => {}
            Connection::StaysAsAsked => head.field("Connection", "keep-alive"),
            Connection::Closes => head.field("Connection", "close"),
        }
        head
    }

    /// Adds a field. Its value is ours, or was printable when it came.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.0.extend([name, ": ", value, "\r\n"]);
    }

    /// For a body of `length` bytes, which follow unless the method is HEAD.
    pub(super) fn of_length(mut self, length: u64) -> Vec<u8> {
        self.field("Content-Length", &length.to_string());
        self.finish()
    }

    /// For a response that never has a body (RFC 9110 section 8.6).
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.push_str("\r\n");
        self.0.into_bytes()
    }

    fn with_body(mut self, media_type: &str, body: &[u8], method: Method) -> Vec<u8> {
        self.field("Content-Type", media_type);
        let mut bytes = self.of_length(body.len() as u64);
        if method != Method::Head {
            bytes.extend_from_slice(body);
        }
        bytes
    }
}

/// A document of our own making: never kept by a cache, never framed, and with nothing in it that runs.
pub(super) fn document(media_type: &str, body: &[u8], manner: &Manner) -> Vec<u8> {
    let mut head = Head::new(Status::OK, manner);
    head.field("Cache-Control", "no-store");
    guard(&mut head);
    head.with_body(media_type, body, manner.method)
}

/// Something of our own making that never changes.
pub(super) fn picture(media_type: &str, body: &[u8], manner: &Manner) -> Vec<u8> {
    let mut head = Head::new(Status::OK, manner);
    head.field("Cache-Control", "max-age=86400");
    guard(&mut head);
    head.with_body(media_type, body, manner.method)
}

/// A refusal as a small page.
pub(super) fn refused(refusal: &Refusal, manner: &Manner) -> Vec<u8> {
    let mut head = Head::new(refusal.status, manner);
    head.field("Cache-Control", "no-store");
    match refusal.status {
        Status::METHOD_NOT_ALLOWED => head.field("Allow", ALLOWED),
        Status::SERVICE_UNAVAILABLE => head.field("Retry-After", "1"),
        _ => {}
    }
    guard(&mut head);
    let page = page::refusal(refusal);
    head.with_body("text/html; charset=utf-8", page.as_bytes(), manner.method)
}

/// What can be done here (RFC 9110 section 9.3.7).
pub(super) fn options(manner: &Manner) -> Vec<u8> {
    let mut head = Head::new(Status::NO_CONTENT, manner);
    head.field("Allow", ALLOWED);
    head.finish()
}

/// The directory that was asked for without its slash.
pub(super) fn moved(location: &str, manner: &Manner) -> Vec<u8> {
    let mut head = Head::new(Status::MOVED_PERMANENTLY, manner);
    head.field("Location", location);
    head.of_length(0)
}

/// RFC 9110 section 10.1.1.
pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn guard(head: &mut Head) {
    head.field("Content-Security-Policy", page::policy());
    head.field("Cross-Origin-Resource-Policy", "same-origin");
    head.field("Referrer-Policy", "no-referrer");
    head.field("X-Content-Type-Options", "nosniff");
}
