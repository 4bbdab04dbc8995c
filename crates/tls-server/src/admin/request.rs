//! The head of a request, as far as it matters here.

/// Heads longer than this are refused.
pub(super) const LONGEST_HEAD: usize = 8 * 1024;

/// Header fields that a head may have.
const MOST_FIELDS: usize = 64;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// The path of the target, without its query.
    pub path: String,
}

/// The methods that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The page.
    Get,
    /// The page's head.
    Head,
    /// Anything else, which is not done here.
    Other,
}

/// What the bytes so far are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// The beginning of a head.
    NeedMore,
    /// A whole head.
    Request(Request),
    /// No head of HTTP/1.
    Malformed,
    /// A head that is too long.
    TooLong,
}

impl Request {
    /// Reads the head that `bytes` begin with.
    pub fn parse(bytes: &[u8]) -> Parsed {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut head = httparse::Request::new(&mut fields);
        match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length > LONGEST_HEAD => Parsed::TooLong,
            Ok(httparse::Status::Complete(_)) => whole(&head),
            Ok(httparse::Status::Partial) if bytes.len() >= LONGEST_HEAD => Parsed::TooLong,
            Ok(httparse::Status::Partial) => Parsed::NeedMore,
            Err(httparse::Error::TooManyHeaders) => Parsed::TooLong,
            Err(_) => Parsed::Malformed,
        }
    }
}

fn whole(head: &httparse::Request<'_, '_>) -> Parsed {
    let (Some(method), Some(target), Some(version)) = (head.method, head.path, head.version) else {
        return Parsed::Malformed;
    };
    // RFC 9112 section 3.2 demands it.
    let hosts = head.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host")).count();
    if hosts > 1 || (hosts == 0 && version == 1) {
        return Parsed::Malformed;
    }
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        _ => Method::Other,
    };
    Parsed::Request(Request { method, path: path_of(target).to_owned() })
}

/// The path of a target in origin form or in absolute form, which has to be taken, too (RFC 9112 section 3.2.2).
fn path_of(target: &str) -> &str {
    let beginning = target.find("://").filter(|_| !target.starts_with('/')).map_or(target, |scheme| {
        let authority = &target[scheme + 3..];
        authority.find('/').map_or("/", |slash| &authority[slash..])
    });
    beginning.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asks(head: &str) -> (Method, String) {
        match Request::parse(head.as_bytes()) {
            Parsed::Request(Request { method, path }) => (method, path),
            other => panic!("{head:?}: {other:?}"),
        }
    }

    #[test]
    fn a_head_says_what_is_asked_for() {
        assert_eq!(asks("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), (Method::Get, "/metrics".into()));
        assert_eq!(asks("HEAD /status?pretty HTTP/1.0\r\n\r\n"), (Method::Head, "/status".into()));
        assert_eq!(asks("GET http://a:1/readyz HTTP/1.1\nhost: a:1\n\n"), (Method::Get, "/readyz".into()));
        assert_eq!(asks("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"), (Method::Get, "/".into()));
        assert_eq!(asks("DELETE / HTTP/1.1\r\nHost: a\r\n\r\nrest"), (Method::Other, "/".into()));
    }

    #[test]
    fn what_is_no_head_is_told_from_what_is_not_whole() {
        let check = |head: &[u8], expected| assert_eq!(Request::parse(head), expected, "{}", head.escape_ascii());
        check(b"", Parsed::NeedMore);
        check(b"GET /metrics HTTP/1.1\r\nHost: a\r\n", Parsed::NeedMore);
        check(b"GET /metrics HTTP/1.1\r\n\r\n", Parsed::Malformed);
        check(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Parsed::Malformed);
        check(b"\x16\x03\x01\x02\x00\x01", Parsed::Malformed);
        check(&[b'A'; LONGEST_HEAD], Parsed::TooLong);
        let fields = "a: b\r\n".repeat(MOST_FIELDS + 1);
        check(format!("GET / HTTP/1.0\r\n{fields}\r\n").as_bytes(), Parsed::TooLong);
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer_and_none_waits_for_more_than_a_head(
            bytes in prop::collection::vec(any::<u8>(), 0..2 * LONGEST_HEAD),
        ) {
            let parsed = Request::parse(&bytes);
            prop_assert!(bytes.len() < LONGEST_HEAD || parsed != Parsed::NeedMore);
        }

        #[test]
        fn a_head_is_whole_when_its_last_byte_is_there(path in "/[a-z]{0,9}", cut in 1_usize..30) {
            let head = format!("GET {path} HTTP/1.1\r\nHost: example\r\n\r\n");
            let cut = head.len() - cut.min(head.len());
            prop_assert_eq!(Request::parse(&head.as_bytes()[..cut]), Parsed::NeedMore);
            prop_assert_eq!(asks(&head), (Method::Get, path));
        }
    }
}
