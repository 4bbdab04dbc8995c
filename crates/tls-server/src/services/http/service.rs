//! One connection: request by request, each answered before the next is looked at.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use common::facts::Facts;
use engine::{End, Out, Peer, Service};
use jiff::Timestamp;

use super::Shared;
use super::files::{Answer, Rest, Wanted};
use super::incoming::{Incoming, Next};
use super::page;
use super::path::{FilePath, PathError};
use super::readers::Told;
use super::request::{Connection, Method, Request, Target};
use super::response::{self, CONTINUE, Manner};
use super::status::{Refusal, Status};
use super::visit::Visit;

/// Unsent bytes above which no further request is answered, until the client has taken what was sent: many small
/// requests may ask for many large answers.
const ENOUGH: usize = 64 * 1024;

pub(super) struct Conversation {
    shared: Arc<Shared>,
    peer: Peer,
    facts: Box<Facts>,
    incoming: Incoming,
    state: State,
    /// The client sends no more.
    ended: bool,
}

/// What the last request is waiting for.
enum State {
    /// Nothing: the next one is looked at.
    Ready,
    /// A reader.
    Reading(Connection),
    /// The client, who is to take what was sent, before the rest of the file is read.
    Sending(Rest, Connection),
}

impl Conversation {
    pub(super) fn new(shared: Arc<Shared>, peer: Peer, facts: &Facts) -> Self {
        let facts = Box::new(facts.clone());
        Self { shared, peer, facts, incoming: Incoming::default(), state: State::Ready, ended: false }
    }

    /// Answers what has come, until more has to come, or the client has to take what it was sent.
    fn go_on(&mut self, out: &mut Out<'_>) {
        let now = Instant::now();
        while matches!(self.state, State::Ready) {
            if out.unsent() > ENOUGH {
                return out.want_room();
            }
            match self.incoming.next(now) {
                Next::Nothing if self.ended => return out.close(),
                Next::Nothing => return,
                Next::Continue => out.write(CONTINUE),
                Next::Refused(refusal) => {
                    out.write(&response::refused(&refusal, &Manner::of_refusal(Timestamp::now())));
                    return out.close();
                }
                Next::Request(request) => {
                    let connection = request.connection;
                    if self.answer(request, out) && connection == Connection::Closes {
                        return out.close();
                    }
                }
            }
        }
    }

    /// Answers a request at once, or has a reader look for the file. Whether it is answered.
    fn answer(&mut self, request: Request, out: &mut Out<'_>) -> bool {
        let manner = Manner { method: request.method, connection: request.connection, now: Timestamp::now() };
        let wanted = match wanted(request, manner) {
            Ok(wanted) => wanted,
            Err(response) => {
                out.write(&response);
                return true;
            }
        };
        let Some(readers) = &self.shared.readers else {
            out.write(&self.own(&wanted.path, &manner));
            return true;
        };
        let busy = readers.find(wanted, out.reply()).is_err();
        if busy {
            let refusal = Refusal::new(Status::SERVICE_UNAVAILABLE, "More files are asked for than can be read");
            out.write(&response::refused(&refusal, &manner));
        } else {
            self.state = State::Reading(manner.connection);
        }
        busy
    }

    /// What is here without any file.
    fn own(&self, path: &FilePath, manner: &Manner) -> Vec<u8> {
        let visit = Visit::new(&self.peer, &self.facts, self.shared.client_certificates);
        match path.name() {
            b"" => response::document("text/html; charset=utf-8", page::visit(&visit).as_bytes(), manner),
            b"json" => response::document("application/json", visit.json().as_bytes(), manner),
            b"favicon.ico" => response::picture("image/svg+xml", page::ICON.as_bytes(), manner),
            _ => response::refused(&NOT_FOUND, manner),
        }
    }

    /// Sends a piece of the answer that `connection` belongs to.
    fn send(&mut self, piece: &[u8], rest: Option<Rest>, connection: Connection, out: &mut Out<'_>) {
        out.write(piece);
        match rest {
            Some(rest) => {
                self.state = State::Sending(rest, connection);
                out.want_room();
            }
            None if connection == Connection::Closes => out.close(),
            None => {
                self.state = State::Ready;
                self.go_on(out);
            }
        }
    }
}

impl Service for Conversation {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        self.incoming.hear(data);
        self.go_on(out);
    }

    fn on_end(&mut self, _end: End, out: &mut Out<'_>) {
        self.ended = true;
        self.go_on(out);
    }

    fn on_room(&mut self, out: &mut Out<'_>) {
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Sending(rest, connection) => {
                self.state = State::Reading(connection);
                let taken = self.shared.readers.as_ref().is_some_and(|readers| readers.read(rest, out.reply()).is_ok());
                if !taken {
                    out.abort();
                }
            }
            state => {
                self.state = state;
                self.go_on(out);
            }
        }
    }

    fn on_message(&mut self, message: Box<dyn Any + Send>, out: &mut Out<'_>) {
        let (Ok(told), State::Reading(connection)) = (message.downcast::<Told>(), &self.state) else { return };
        let connection = *connection;
        match *told {
            Told::Found(Answer::Nothing(path, manner)) => self.send(&self.own(&path, &manner), None, connection, out),
            Told::Found(Answer::Piece(piece, rest)) | Told::Piece(piece, rest) => {
                self.send(&piece, rest, connection, out);
            }
            // What was announced cannot be sent, and nothing else may be taken for it.
            Told::Broken => out.abort(),
        }
    }
}

const NOT_FOUND: Refusal = Refusal::new(Status::NOT_FOUND, "There is nothing here");

/// What a request asks for, or the response to one that asks for nothing that can be there.
fn wanted(request: Request, manner: Manner) -> Result<Wanted, Vec<u8>> {
    if let Some(refusal) = request.method.refusal() {
        return Err(response::refused(&refusal, &manner));
    }
    match (request.method, request.target) {
        (Method::Options, _) | (_, Target::Asterisk) => Err(response::options(&manner)),
        (_, Target::Path { path, query }) => match FilePath::read(&path) {
            Ok(path) => Ok(Wanted { path, query, conditions: request.conditions, manner }),
            Err(PathError::Name) => Err(response::refused(&NOT_FOUND, &manner)),
            Err(PathError::Encoding) => {
                let refusal = Refusal::bad("The path has a `%` without two hexadecimal digits behind it");
                Err(response::refused(&refusal, &manner))
            }
        },
    }
}
