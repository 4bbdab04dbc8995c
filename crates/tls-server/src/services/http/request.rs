//! The head of a request (RFC 9112 sections 3, 5 and 6, RFC 9110 section 7), taken only where every recipient would
//! take it for the same.

use super::fields::Fields;
use super::status::{Refusal, Status};

/// The most fields of a head.
const FIELDS: usize = 100;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) connection: Connection,
    pub(super) body: Body,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1).
    pub(super) expects_continue: bool,
    pub(super) conditions: Conditions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Options,
    /// One of RFC 9110 or RFC 5789 that is not for what is here.
    NotAllowed,
    /// A word that is no method known here.
    Unknown,
}

/// The target (RFC 9112 section 3.2): `origin-form`, or `absolute-form` without its authority; or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Path {
        /// As sent: percent-encoded, with the slash it begins with.
        path: String,
        /// With its question mark; empty where there is none.
        query: String,
    },
    Asterisk,
}

/// What becomes of the connection after the answer (RFC 9112 section 9.3), and how that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    /// It stays, as is usual in HTTP/1.1.
    Stays,
    /// It stays, because a client of HTTP/1.0 asked for that.
    StaysAsAsked,
    /// It is closed.
    Closes,
}

/// How the body is delimited (RFC 9112 section 6.3). A request without one has `Length(0)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
}

/// The fields of a conditional or partial request (RFC 9110 sections 13 and 14), as sent. Those that occur more than
/// once are joined, but for `Range`, which then means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
    pub(super) if_modified_since: Option<String>,
    pub(super) if_unmodified_since: Option<String>,
    pub(super) if_range: Option<String>,
    pub(super) range: Option<String>,
}

impl Request {
    /// Reads `head`, which ends with its empty line.
    pub(super) fn read(head: &[u8]) -> Result<Self, Refusal> {
        let mut storage = [httparse::EMPTY_HEADER; FIELDS];
        let mut parsed = httparse::Request::new(&mut storage);
        let status = parsed.parse(head).map_err(|error| refusal(error, head))?;
        let (httparse::Status::Complete(_), Some(method), Some(target), Some(minor)) =
            (status, parsed.method, parsed.path, parsed.version)
        else {
            return Err(Refusal::bad("The head of the request is incomplete"));
        };
        let fields = Fields::new(parsed.headers);
        check_host(&fields, minor)?;
        Ok(Self {
            method: Method::named(method),
            target: read_target(method, target)?,
            connection: connection(&fields, minor),
            body: body(&fields, minor)?,
            expects_continue: expects_continue(&fields, minor)?,
            conditions: Conditions {
                if_match: fields.joined("If-Match"),
                if_none_match: fields.joined("If-None-Match"),
                if_modified_since: fields.joined("If-Modified-Since"),
                if_unmodified_since: fields.joined("If-Unmodified-Since"),
                if_range: fields.joined("If-Range"),
                range: fields.only("Range"),
            },
        })
    }
}

impl Method {
    fn named(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "POST" | "PUT" | "DELETE" | "PATCH" | "CONNECT" | "TRACE" => Self::NotAllowed,
            _ => Self::Unknown,
        }
    }

    /// Why it is not done, where it is not.
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Get | Self::Head | Self::Options => None,
            Self::NotAllowed => {
                Some(Refusal::new(Status::METHOD_NOT_ALLOWED, "There is only something to read here: use GET or HEAD"))
            }
            Self::Unknown => Some(Refusal::new(Status::NOT_IMPLEMENTED, "The method of the request is not known here")),
        }
    }
}

fn refusal(error: httparse::Error, head: &[u8]) -> Refusal {
    match error {
        httparse::Error::Version if names_a_version(head) => {
            Refusal::new(Status::VERSION_NOT_SUPPORTED, "Only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        httparse::Error::TooManyHeaders => Refusal::new(Status::HEAD_TOO_LARGE, "The request has more than 100 fields"),
        httparse::Error::HeaderName => Refusal::bad("The name of a field has a character that it must not have"),
        httparse::Error::HeaderValue => Refusal::bad("The value of a field has a character that it must not have"),
        _ => Refusal::bad("The first line is no request of HTTP"),
    }
}

/// Whether the third word of the first line is a version of HTTP, though none that is spoken here.
fn names_a_version(head: &[u8]) -> bool {
    head.split(|&byte| byte == b' ' || byte == b'\n').nth(2).is_some_and(|word| word.starts_with(b"HTTP/"))
}

/// RFC 9112 section 3.2: exactly one in HTTP/1.1, and never more.
fn check_host(fields: &Fields<'_>, minor: u8) -> Result<(), Refusal> {
    let mut hosts = fields.named("Host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host) => Ok(()),
        (Some(_), None) => Err(Refusal::bad("The field Host holds no host")),
        (Some(_), Some(_)) => Err(Refusal::bad("The field Host is there more than once")),
        (None, _) if minor == 0 => Ok(()),
        (None, _) => Err(Refusal::bad("The field Host is missing")),
    }
}

/// The characters of a name, an address or a port (RFC 3986 section 3.2.2). Nobody looks at it here, but whoever
/// stood in front may have, so that what cannot be one is refused.
fn is_host(host: &[u8]) -> bool {
    host.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(&byte))
}

fn read_target(method: &str, target: &str) -> Result<Target, Refusal> {
    if method == "CONNECT" {
        // Its target is no path; that the method is not for here is said by whoever answers.
        return Ok(Target::Asterisk);
    }
    if target == "*" {
        let allowed = method == "OPTIONS";
        return allowed.then_some(Target::Asterisk).ok_or(Refusal::bad("Only OPTIONS may ask for `*`"));
    }
    let rest = match target.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (host, rest) = rest.split_at(end);
            if host.is_empty() || !is_host(host.as_bytes()) {
                return Err(Refusal::bad("The target of the request names no host"));
            }
            rest
        }
        _ if target.starts_with('/') => target,
        _ => return Err(Refusal::bad("The target of the request is no path")),
    };
    if rest.contains('#') {
        return Err(Refusal::bad("The target of the request has a fragment"));
    }
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    Ok(Target::Path { path: path.to_owned(), query: query.to_owned() })
}

fn connection(fields: &Fields<'_>, minor: u8) -> Connection {
    let closes = fields.has_member("Connection", "close");
    match minor {
        _ if closes => Connection::Closes,
        0 if fields.has_member("Connection", "keep-alive") => Connection::StaysAsAsked,
        0 => Connection::Closes,
        _ => Connection::Stays,
    }
}

/// Whatever two recipients could read differently is refused, so that no second request hides in a body (RFC 9112
/// sections 6.3 and 11.2).
fn body(fields: &Fields<'_>, minor: u8) -> Result<Body, Refusal> {
    let mut lengths = fields.named("Content-Length");
    let length = match (lengths.next(), lengths.next()) {
        (None, _) => None,
        (Some(length), None) => Some(content_length(length)?),
        (Some(_), Some(_)) => return Err(Refusal::bad("The field Content-Length is there more than once")),
    };
    let mut codings = fields.named("Transfer-Encoding").peekable();
    if codings.peek().is_none() {
        return Ok(Body::Length(length.unwrap_or(0)));
    }
    if length.is_some() {
        return Err(Refusal::bad("The request has both Content-Length and Transfer-Encoding"));
    }
    if minor == 0 {
        return Err(Refusal::bad("HTTP/1.0 has no Transfer-Encoding"));
    }
    let codings: Vec<&[u8]> = fields.members("Transfer-Encoding").collect();
    match codings.as_slice() {
        [coding] if coding.eq_ignore_ascii_case(b"chunked") => Ok(Body::Chunked),
        [first @ .., last]
            if last.eq_ignore_ascii_case(b"chunked")
                && !first.iter().any(|coding| coding.eq_ignore_ascii_case(b"chunked")) =>
        {
            Err(Refusal::new(Status::NOT_IMPLEMENTED, "No transfer coding but `chunked` is known here"))
        }
        _ => Err(Refusal::bad("The body's end cannot be told: `chunked` is not the last transfer coding")),
    }
}

fn content_length(value: &[u8]) -> Result<u64, Refusal> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let length = str::from_utf8(value).ok().filter(|_| digits).and_then(|value| value.parse().ok());
    length.ok_or(Refusal::bad("The field Content-Length holds no length"))
}

fn expects_continue(fields: &Fields<'_>, minor: u8) -> Result<bool, Refusal> {
    let mut expectations = fields.members("Expect").peekable();
    // RFC 9110 section 10.1.1: in HTTP/1.0 it means nothing.
    if expectations.peek().is_none() || minor == 0 {
        return Ok(false);
    }
    let all = expectations.all(|expectation| expectation.eq_ignore_ascii_case(b"100-continue"));
    all.then_some(true).ok_or(Refusal::new(Status::EXPECTATION_FAILED, "Nothing can be expected here but 100-continue"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Request, Refusal> {
        Request::read(head.replace('\n', "\r\n").as_bytes())
    }

    fn status(head: &str) -> u16 {
        read(head).unwrap_err().status.code
    }

    fn path(request: &Request) -> (&str, &str) {
        match &request.target {
            Target::Path { path, query } => (path, query),
            Target::Asterisk => ("*", ""),
        }
    }

    #[test]
    fn a_request_is_read() {
        let request = read("GET /a%20b?c=d HTTP/1.1\nhost: localhost:8443\nRange: bytes=0-1\n\n").unwrap();
        assert_eq!(request.method, Method::Get);
        assert_eq!(path(&request), ("/a%20b", "?c=d"));
        assert_eq!(request.connection, Connection::Stays);
        assert_eq!(request.body, Body::Length(0));
        assert_eq!(request.conditions.range.as_deref(), Some("bytes=0-1"));
    }

    #[test]
    fn bare_line_feeds_end_lines_too() {
        let request = Request::read(b"HEAD / HTTP/1.1\nHost: a\nConnection: Close\n\n").unwrap();
        assert_eq!((request.method, request.connection), (Method::Head, Connection::Closes));
    }

    #[test]
    fn an_old_client_stays_only_if_it_asks() {
        for (fields, expected) in [
            ("", Connection::Closes),
            ("Connection: x, Keep-Alive\n", Connection::StaysAsAsked),
            ("Connection: keep-alive\nConnection: close\n", Connection::Closes),
        ] {
            assert_eq!(read(&format!("GET / HTTP/1.0\n{fields}\n")).unwrap().connection, expected, "{fields}");
        }
    }

    #[test]
    fn a_target_may_name_its_host_again() {
        for (target, expected) in [
            ("https://localhost/a?b", ("/a", "?b")),
            ("HTTP://localhost:1", ("/", "")),
            ("http://localhost?b", ("/", "?b")),
            ("/http://a/", ("/http://a/", "")),
        ] {
            let request = read(&format!("GET {target} HTTP/1.1\nHost: a\n\n")).unwrap();
            assert_eq!(path(&request), expected);
        }
        for target in ["a", "ftp://a/", "http:///a", "https://a b/", "*", "/a#b", "https://user@host/"] {
            assert_eq!(status(&format!("GET {target} HTTP/1.1\nHost: a\n\n")), 400, "{target}");
        }
        assert_eq!(read("OPTIONS * HTTP/1.1\nHost: a\n\n").unwrap().target, Target::Asterisk);
    }

    #[test]
    fn methods_are_told_apart() {
        for (method, expected) in [("CONNECT", Some(405)), ("POST", Some(405)), ("get", Some(501)), ("OPTIONS", None)] {
            let request = read(&format!("{method} /a:1 HTTP/1.1\nHost: a\n\n")).unwrap();
            assert_eq!(request.method.refusal().map(|refusal| refusal.status.code), expected, "{method}");
        }
    }

    #[test]
    fn a_body_has_one_meaning_or_none() {
        let body = |version: &str, fields: &str| read(&format!("GET / HTTP/{version}\nHost: a\n{fields}\n"));
        assert_eq!(body("1.1", "Content-Length: 12\n").unwrap().body, Body::Length(12));
        assert_eq!(body("1.1", "Transfer-Encoding: , Chunked\n").unwrap().body, Body::Chunked);
        for (version, fields, expected) in [
            ("1.1", "Content-Length: 5\nTransfer-Encoding: chunked\n", 400),
            ("1.1", "Content-Length: 5\nContent-Length: 5\n", 400),
            ("1.1", "Content-Length: 5, 5\n", 400),
            ("1.1", "Content-Length: +5\n", 400),
            ("1.1", "Content-Length: 0x5\n", 400),
            ("1.1", "Content-Length: -1\n", 400),
            ("1.1", "Content-Length:\n", 400),
            ("1.1", "Content-Length: 99999999999999999999\n", 400),
            ("1.1", "Transfer-Encoding: gzip\n", 400),
            ("1.1", "Transfer-Encoding: chunked, gzip\n", 400),
            ("1.1", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", 400),
            ("1.1", "Transfer-Encoding: xchunked\n", 400),
            ("1.1", "Transfer-Encoding:\n", 400),
            ("1.1", "Transfer-Encoding: gzip, chunked\n", 501),
            ("1.0", "Transfer-Encoding: chunked\n", 400),
        ] {
            assert_eq!(body(version, fields).unwrap_err().status.code, expected, "{fields}");
        }
    }

    #[test]
    fn what_could_be_read_differently_is_refused() {
        for head in [
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\nHost: a\nHost: a\n\n",
            "GET / HTTP/1.0\nHost: a\nHost: b\n\n",
            "GET / HTTP/1.1\nHost: a b\n\n",
            "GET / HTTP/1.1\nHost: a/b\n\n",
            "GET / HTTP/1.1\nHost : a\n\n",
            "GET / HTTP/1.1\nHost: a\n b\n\n",
            "GET / HTTP/1.1\n Host: a\n\n",
            "GET / HTTP/1.1\nHost: a\nX: b\0c\n\n",
            "GET / HTTP/1.1\nHost: a\nX: b\rc\n\n",
            "GET / HTTP/1.1\nHost: a\nno colon\n\n",
            "GET / HTTP/1.1\nHost: a\n: b\n\n",
            "GET  / HTTP/1.1\nHost: a\n\n",
            "GET /a b HTTP/1.1\nHost: a\n\n",
            "GET /\n\n",
            "\0\0\n\n",
        ] {
            assert_eq!(status(head), 400, "{}", head.escape_debug());
        }
        assert_eq!(status("GET / HTTP/2.0\nHost: a\n\n"), 505);
        assert_eq!(status("GET / HTTP/1.1\nHost: a\nExpect: miracles\n\n"), 417);
        assert_eq!(status(&format!("GET / HTTP/1.1\nHost: a\n{}\n", "a: b\n".repeat(100))), 431);
    }

    #[test]
    fn fields_that_occur_twice_are_joined_or_mean_nothing() {
        let fields = "If-None-Match: \"a\"\nIf-None-Match: \"b\"\nRange: bytes=0-1\nRange: bytes=2-3\n";
        let conditions = read(&format!("GET / HTTP/1.1\nHost: a\n{fields}\n")).unwrap().conditions;
        assert_eq!(conditions.if_none_match.as_deref(), Some("\"a\", \"b\""));
        assert_eq!(conditions.range, None);
    }
}
