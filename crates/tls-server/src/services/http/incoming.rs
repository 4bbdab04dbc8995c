//! What a client sends, cut into requests: however it was split, they are the same.

use std::time::{Duration, Instant};

use super::chunks::{self, Chunks};
use super::greeting;
use super::request::{Body, Request};
use super::status::{Refusal, Status};

/// The longest head, with empty lines before it.
pub(super) const HEAD: usize = 16 * 1024;

/// The most that is kept of requests that came before their turn. What comes beyond is lost, and with it the
/// connection, once the requests before it are answered. An honest client has far fewer under way.
const KEPT: usize = 128 * 1024;

/// How long one request may take to come: its head and its body.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// What there is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing, until more comes.
    Nothing,
    /// The client waits for `100 Continue`.
    Continue,
    /// A whole request, whose body was read.
    Request(Request),
    /// To say so, and to close: what follows cannot be told from what was refused.
    Refused(Refusal),
}

/// The bytes that have come and were not used yet.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    kept: Vec<u8>,
    /// How much of it belongs to requests that were taken.
    used: usize,
    /// How much of the rest was looked at for the end of a head, and has none.
    seen: usize,
    /// How many bytes of empty lines came before the head.
    blank: usize,
    /// The request whose body is being read.
    body: Option<(Request, Rest)>,
    /// When the request that is coming was first looked for.
    since: Option<Instant>,
    overflown: bool,
}

/// What is left of a body.
#[derive(Debug)]
enum Rest {
    Length(u64),
    Chunked(Chunks),
}

impl Incoming {
    /// Keeps what came.
    pub(super) fn hear(&mut self, data: &[u8]) {
        self.kept.drain(..std::mem::take(&mut self.used));
        self.overflown |= self.kept.len() + data.len() > KEPT;
        if !self.overflown {
            self.kept.extend_from_slice(data);
        }
    }

    /// What there is to do, now that everything before it is done.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        match self.look() {
            Ok(Some(next)) => {
                self.since = None;
                next
            }
            Ok(None) if self.overflown => {
                Next::Refused(Refusal::new(Status::SERVICE_UNAVAILABLE, "Too many requests were sent at once"))
            }
            Ok(None) if self.is_idle() => {
                self.kept = Vec::new(); // an idle connection holds no buffer
                self.used = 0;
                self.since = None;
                Next::Nothing
            }
            Ok(None) if now.duration_since(*self.since.get_or_insert(now)) > DEADLINE => {
                Next::Refused(Refusal::new(Status::REQUEST_TIMEOUT, "The request took more than 30 seconds to come"))
            }
            Ok(None) => Next::Nothing,
            Err(refusal) => Next::Refused(refusal),
        }
    }

    /// Whether nothing of a request has come, but for empty lines.
    fn is_idle(&self) -> bool {
        self.rest().is_empty() && self.body.is_none()
    }

    /// What was not used yet.
    fn rest(&self) -> &[u8] {
        &self.kept[self.used..]
    }

    fn look(&mut self) -> Result<Option<Next>, Refusal> {
        if self.body.is_none() {
            let Some(request) = self.head()? else { return Ok(None) };
            let rest = match request.body {
                Body::Length(0) => return Ok(Some(Next::Request(request))),
                Body::Length(length) if length > chunks::MOST => {
                    return Err(request.method.refusal().unwrap_or(chunks::TOO_LARGE));
                }
                Body::Length(length) => Rest::Length(length),
                Body::Chunked => Rest::Chunked(Chunks::new()),
            };
            // Whoever has begun to send the body does not wait.
            let waits = request.expects_continue && self.rest().is_empty();
            self.body = Some((request, rest));
            if waits {
                return Ok(Some(Next::Continue));
            }
        }
        self.throw_away()
    }

    /// The request whose head has come whole.
    fn head(&mut self) -> Result<Option<Request>, Refusal> {
        self.skip_empty_lines();
        let Some(length) = greeting::head_end(self.rest(), self.seen) else {
            self.seen = self.rest().len();
            return if self.blank + self.seen > HEAD { Err(TOO_LONG) } else { Ok(None) };
        };
        if self.blank + length > HEAD {
            return Err(TOO_LONG);
        }
        let request = Request::read(&self.rest()[..length]);
        self.use_up(length);
        self.blank = 0;
        request.map(Some)
    }

    /// RFC 9112 section 2.2: lines that old clients send after a body.
    fn skip_empty_lines(&mut self) {
        let (rest, mut length) = (self.rest(), 0);
        while let Some(line) = [&b"\n"[..], b"\r\n"].iter().find(|line| rest[length..].starts_with(line)) {
            length += line.len();
        }
        if length > 0 {
            self.use_up(length);
            self.blank = self.blank.saturating_add(length);
        }
    }

    /// Reads on in the body; the request once that is over.
    fn throw_away(&mut self) -> Result<Option<Next>, Refusal> {
        let Some((_, body)) = &mut self.body else { return Ok(None) };
        let bytes = &self.kept[self.used..];
        let (taken, over) = match body {
            Rest::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                (taken, *left == 0)
            }
            Rest::Chunked(chunks) => chunks.read(bytes)?,
        };
        self.use_up(taken);
        Ok(if over { self.body.take().map(|(request, _)| Next::Request(request)) } else { None })
    }

    fn use_up(&mut self, length: usize) {
        self.used += length;
        self.seen = 0;
    }
}

const TOO_LONG: Refusal = Refusal::new(Status::HEAD_TOO_LARGE, "The head of the request is longer than 16 KiB");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::request::{Method, Target};
    use super::*;

    /// Everything there is to do after these pieces, and whether anything is kept in the end.
    fn hear(pieces: &[&[u8]]) -> (Vec<Next>, bool) {
        let (mut incoming, now) = (Incoming::default(), Instant::now());
        let mut done = Vec::new();
        for piece in pieces {
            incoming.hear(piece);
            loop {
                match incoming.next(now) {
                    Next::Nothing => break,
                    Next::Refused(refusal) => {
                        done.push(Next::Refused(refusal));
                        return (done, false);
                    }
                    next => done.push(next),
                }
            }
        }
        (done, !incoming.is_idle())
    }

    fn paths(done: &[Next]) -> Vec<String> {
        done.iter()
            .map(|next| match next {
                Next::Request(Request { target: Target::Path { path, .. }, .. }) => path.clone(),
                Next::Request(_) => "*".into(),
                Next::Continue => "100".into(),
                Next::Refused(refusal) => refusal.status.code.to_string(),
                Next::Nothing => unreachable!(),
            })
            .collect()
    }

    #[test]
    fn requests_that_come_together_are_taken_one_by_one() {
        let (done, kept) = hear(&[b"\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n\nGET /b HTTP/1.0\n\nGET /c HT"]);
        assert_eq!((paths(&done), kept), (vec!["/a".into(), "/b".into()], true));
    }

    #[test]
    fn a_body_is_thrown_away_and_hides_no_request() {
        let inner = "GET /inner HTTP/1.1\r\nHost: x\r\n\r\n";
        let length = format!("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{inner}", inner.len());
        let chunked = format!(
            "GET /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{inner}\r\n0\r\n\r\n",
            inner.len()
        );
        let (done, kept) = hear(&[length.as_bytes(), chunked.as_bytes(), b"GET /c HTTP/1.0\r\n\r\n"]);
        assert_eq!((paths(&done), kept), (vec!["/a".into(), "/b".into(), "/c".into()], false));
    }

    #[test]
    fn whoever_waits_to_send_a_body_is_told_to_go_on() {
        let head = b"GET /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(paths(&hear(&[head, b"ab"]).0), ["100", "/a"]);
        assert_eq!(paths(&hear(&[&[&head[..], b"ab"].concat()]).0), ["/a"]);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let endless = [&b"GET /"[..], &[b'a'; HEAD]].concat();
        assert_eq!(paths(&hear(&[&endless]).0), ["431"]);
        assert_eq!(paths(&hear(&[&b"\r\n".repeat(HEAD)]).0), ["431"]);
        let post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n";
        assert_eq!(paths(&hear(&[post]).0), ["405"]);
        let get = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n";
        assert_eq!(paths(&hear(&[get]).0), ["413"]);
    }

    #[test]
    fn a_request_that_trickles_is_given_up() {
        let (mut incoming, start) = (Incoming::default(), Instant::now());
        incoming.hear(b"GET / HT");
        assert_eq!(incoming.next(start), Next::Nothing);
        incoming.hear(b"TP/1.1\r\n");
        assert_eq!(incoming.next(start + DEADLINE), Next::Nothing);
        incoming.hear(b"H");
        let Next::Refused(refusal) = incoming.next(start + DEADLINE + Duration::from_millis(1)) else { panic!() };
        assert_eq!(refusal.status, Status::REQUEST_TIMEOUT);
    }

    #[test]
    fn time_between_requests_does_not_count() {
        let (mut incoming, start) = (Incoming::default(), Instant::now());
        for hour in 0..3 {
            let now = start + Duration::from_secs(3600 * hour);
            incoming.hear(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n");
            assert!(matches!(incoming.next(now), Next::Request(Request { method: Method::Get, .. })));
            assert_eq!(incoming.next(now), Next::Nothing);
        }
    }

    #[test]
    fn an_idle_connection_holds_no_buffer() {
        let mut incoming = Incoming::default();
        incoming.hear(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n");
        while incoming.next(Instant::now()) != Next::Nothing {}
        incoming.hear(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        while incoming.next(Instant::now()) != Next::Nothing {}
        assert_eq!(incoming.kept.capacity(), 0);
    }

    #[test]
    fn what_cannot_be_kept_ends_the_connection_after_what_could() {
        let mut incoming = Incoming::default();
        incoming.hear(b"GET /a HTTP/1.0\r\n\r\n");
        incoming.hear(&vec![b'x'; KEPT]);
        assert!(matches!(incoming.next(Instant::now()), Next::Request(_)));
        assert!(matches!(incoming.next(Instant::now()), Next::Refused(_)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn any_split_gives_the_same_requests(
            parts in prop::collection::vec(prop_oneof![
                Just("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"),
                Just("HEAD /b HTTP/1.0\n\n"),
                Just("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                Just("PUT /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
                Just("\r\n"),
                Just("GET /e HTTP/1.1\r\n\r\n"),
                Just("GET /f"),
            ], 0..6),
            noise in "[ -~\r\n]{0,12}",
            size in 1_usize..40,
        ) {
            let bytes = [parts.concat().as_bytes(), noise.as_bytes()].concat();
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(hear(&pieces), hear(&[&bytes]));
        }

        #[test]
        fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            hear(&[&bytes]);
            hear(&[b"GET / HTTP/1.1\r\n", &bytes, b"\r\n\r\n"]);
            hear(&[b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", &bytes]);
        }
    }
}
