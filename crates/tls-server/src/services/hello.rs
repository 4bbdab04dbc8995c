//! The exchange that every tutorial shows: a greeting comes, a greeting goes.

use std::fmt;
use std::rc::Rc;

use engine::{End, Opened, Out, Peer, Service, Services};

use super::http::greeting::{self, Beginning};

/// What is answered.
pub const ANSWER: &str = "Hello from server!";

/// The most that is kept of a request.
const LIMIT: usize = 16 * 1024;

/// What a client sent.
#[derive(Debug)]
pub struct Received<'a> {
    /// Who sent it.
    pub peer: Peer,
    /// The name that it asked for (SNI).
    pub server_name: Option<&'a str>,
    /// What it sent, cut off after 16 KiB.
    pub data: &'a [u8],
}

/// Is handed each request by the worker that received it. Must not block.
pub type Sink = Rc<dyn Fn(&Received<'_>)>;

/// Hands what a client sends to a [`Sink`], answers [`ANSWER`] and closes.
///
/// The first bytes that come are the request, unless they begin like one of HTTP: then it ends with its head, and
/// the answer is a response of HTTP/1.1, so that `curl` shows it. A client that sends nothing gets no answer.
#[derive(Clone)]
pub struct Hello {
    sink: Sink,
}

impl Hello {
    /// The service that hands what it receives to `sink`.
    pub fn new(sink: Sink) -> Self {
        Self { sink }
    }
}

impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello").finish_non_exhaustive()
    }
}

impl Services for Hello {
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service> {
        Box::new(Greeting {
            sink: Rc::clone(&self.sink),
            peer: opened.peer,
            server_name: opened.facts.server_name.clone(),
            request: Vec::new(),
        })
    }
}

/// One connection.
struct Greeting {
    sink: Sink,
    peer: Peer,
    server_name: Option<String>,
    request: Vec<u8>,
}

impl Service for Greeting {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        if self.hear(data) {
            out.write(&self.answer());
            out.close();
        }
    }

    fn on_end(&mut self, _end: End, out: &mut Out<'_>) {
        if !self.request.is_empty() {
            out.write(&self.answer());
        }
        out.close();
    }
}

impl Greeting {
    /// Takes what came; whether the request is complete with it.
    fn hear(&mut self, data: &[u8]) -> bool {
        let seen = self.request.len();
        self.request.extend_from_slice(&data[..data.len().min(LIMIT - seen)]);
        match greeting::beginning(&self.request) {
            Beginning::Other => true,
            Beginning::Undecided => false,
            Beginning::Request => greeting::head_end(&self.request, seen).is_some() || self.request.len() == LIMIT,
        }
    }

    /// Hands the request on, and says what goes back.
    fn answer(&mut self) -> Vec<u8> {
        let request = std::mem::take(&mut self.request);
        (self.sink)(&Received { peer: self.peer, server_name: self.server_name.as_deref(), data: &request });
        match greeting::beginning(&request) {
            Beginning::Request => greeting::response(&request, &format!("{ANSWER}\n")),
            Beginning::Undecided | Beginning::Other => ANSWER.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    /// What was handed on, and what was answered, if anything, to these records and the end after them.
    fn exchange(records: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let received = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&received);
        let address = "127.0.0.1:1".parse().unwrap();
        let mut greeting = Greeting {
            sink: Rc::new(move |received| sink.borrow_mut().push(received.data.to_vec())),
            peer: Peer::direct(1, address, address),
            server_name: None,
            request: Vec::new(),
        };
        let complete = records.iter().any(|record| greeting.hear(record));
        let answer = if complete || !greeting.request.is_empty() { greeting.answer() } else { Vec::new() };
        (received.take(), answer)
    }

    #[test]
    fn a_greeting_is_answered_as_soon_as_it_comes() {
        let (received, answer) = exchange(&[b"Hello from client!", b"never looked at"]);
        assert_eq!((received, answer), (vec![b"Hello from client!".to_vec()], ANSWER.as_bytes().to_vec()));
    }

    #[test]
    fn http_is_answered_as_http_however_it_is_split() {
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let bytes: Vec<&[u8]> = request.chunks(1).collect();
        for records in [&[&request[..]][..], &bytes] {
            let (received, answer) = exchange(records);
            assert_eq!(received, [request]);
            assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"\r\n\r\nHello from server!\n"));
        }
    }

    #[test]
    fn the_end_decides_what_was_undecided() {
        assert_eq!(exchange(&[b"GE"]).1, ANSWER.as_bytes());
        assert!(exchange(&[b"GET / HTTP/1.1\r\n"]).1.starts_with(b"HTTP/1.1 200"));
        assert_eq!(exchange(&[]), (vec![], vec![]));
    }

    #[test]
    fn an_endless_head_is_answered_at_the_limit() {
        let (received, answer) = exchange(&[b"GET /", &[b'a'; 10_000], &[b'a'; 10_000]]);
        assert_eq!(received[0].len(), LIMIT);
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }

    proptest! {
        #[test]
        fn no_split_changes_what_is_answered(
            head in prop::sample::select(vec!["", "GET ", "POST /", "HEAD / HTTP/1.1\r\nHost: a\r\n"]),
            rest in "[ -~\r\n]{1,40}",
            size in 1_usize..20,
        ) {
            // What follows a complete request is not looked at, so that only the whole and its end can be compared.
            let request = format!("{head}{rest}\r\n\r\n");
            let pieces: Vec<&[u8]> = request.as_bytes().chunks(size).collect();
            let (whole, pieces) = (exchange(&[request.as_bytes()]), exchange(&pieces));
            prop_assert_eq!(pieces.0.len(), 1);
            prop_assert!(request.as_bytes().starts_with(&pieces.0[0]));
            prop_assert_eq!(whole.1, pieces.1);
        }
    }
}
