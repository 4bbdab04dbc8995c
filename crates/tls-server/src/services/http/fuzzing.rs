//! What a fuzz target may call: the way of a client's bytes to requests, without a connection.

use std::time::Instant;

use super::incoming::{Incoming, Next};
use super::path::FilePath;
use super::request::Target;

/// Everything that a client asks for by what it sends in these pieces, each as text. That whoever waits before it
/// sends a body is told to go on is left out: it alone depends on the pieces.
pub fn http_requests<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut incoming, now) = (Incoming::default(), Instant::now());
    let mut requests = Vec::new();
    for piece in pieces {
        incoming.hear(piece);
        loop {
            match incoming.next(now) {
                Next::Nothing => break,
                Next::Continue => {}
                Next::Request(request) => {
                    let file = match &request.target {
                        Target::Path { path, .. } => Some(FilePath::read(path).map(|path| path.file())),
                        Target::Asterisk => None,
                    };
                    requests.push(format!("{request:?} {file:?}"));
                }
                Next::Refused(refusal) => {
                    requests.push(format!("{refusal:?}"));
                    return requests;
                }
            }
        }
    }
    requests
}
