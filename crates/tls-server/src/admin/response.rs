//! A response, and the bytes that it is sent as.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::Method;

/// What is answered. The connection is closed after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 200 and so on.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// What it says.
    pub body: String,
}

impl Response {
    /// A sentence or two for people and probes.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    /// Head and body; to `HEAD` without the body.
    pub fn to_bytes(&self, method: Method, now: Timestamp) -> Vec<u8> {
        let Self { status, content_type, body } = self;
        let (reason, length) = (reason(*status), body.len());
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let date = date.map(|date| format!("Date: {date}\r\n")).unwrap_or_default();
        // RFC 9110 section 15.5.6: who may not do this is told what may be done.
        let allow = if *status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {status} {reason}\r\n{date}Content-Type: {content_type}\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{allow}Connection: close\r\n\r\n"
        )
        .into_bytes();
        if method != Method::Head {
            bytes.extend_from_slice(body.as_bytes());
        }
        bytes
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_answered_without_the_body_and_with_its_length() {
        let (response, now) = (Response::text(200, "ready\n"), Timestamp::UNIX_EPOCH);
        let get = String::from_utf8(response.to_bytes(Method::Get, now)).unwrap();
        let head = String::from_utf8(response.to_bytes(Method::Head, now)).unwrap();
        assert_eq!(get, format!("{head}ready\n"));
        assert!(
            head.starts_with("HTTP/1.1 200 OK\r\nDate: Thu, 1 Jan 1970 00:00:00 GMT\r\n")
                || head.contains("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            "{head}"
        );
        assert!(head.contains("\r\nContent-Length: 6\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }
}
