//! The plain service behind the servers: one port that returns every byte, and one that speaks just enough HTTP/1.1 to
//! send and to take bodies of any length. One loop and one thread, since it shares its core with the load.

use std::io::{ErrorKind, Read, Write};

use anyhow::{Context as _, Result};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::{EVENTS, SCRATCH, end_with_parent, listener, wait};

const ECHO: Token = Token(usize::MAX - 2);
const HTTP: Token = Token(usize::MAX - 3);
/// No head of a request that a load sends is longer.
const HEAD: usize = 16 * 1024;

/// A connection, and what it is owed.
struct Visitor {
    socket: TcpStream,
    speaks: Speaks,
    /// Bytes that could not be sent yet.
    unsent: Vec<u8>,
}

enum Speaks {
    Echo,
    Http(Exchange),
}

/// Where an HTTP connection is.
#[derive(Default)]
struct Exchange {
    head: Vec<u8>,
    /// Bytes of a response's body that are still to be sent.
    owed: u64,
    /// Bytes of a request's body that are still to come.
    coming: u64,
}

/// Whether a connection goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    Ends,
}

/// Serves until standard input is closed; says first where.
pub(crate) fn run() -> Result<()> {
    let mut poll = Poll::new()?;
    let (echo, http) = (listener(&poll, ECHO)?, listener(&poll, HTTP)?);
    println!("echo {}", echo.local_addr()?);
    println!("http {}", http.local_addr()?);
    end_with_parent();
    let mut events = Events::with_capacity(EVENTS);
    let mut visitors = Slab::new();
    let (mut scratch, zeros) = (vec![0; SCRATCH], vec![0; SCRATCH]);
    loop {
        wait(&mut poll, &mut events)?;
        for event in &events {
            match event.token() {
                ECHO => accept(&echo, &poll, &mut visitors, || Speaks::Echo),
                HTTP => accept(&http, &poll, &mut visitors, || Speaks::Http(Exchange::default())),
                Token(index) => {
                    let Some(visitor) = visitors.get_mut(index) else { continue };
                    if visitor.turn(event.is_read_closed(), &mut scratch, &zeros).ok() != Some(Goes::On) {
                        visitors.remove(index);
                    }
                }
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, visitors: &mut Slab<Visitor>, speaks: impl Fn() -> Speaks) {
    while let Ok((mut socket, _)) = listener.accept() {
        let entry = visitors.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = poll.registry().register(&mut socket, Token(entry.key()), interest);
        if registered.is_ok() && socket.set_nodelay(true).is_ok() {
            entry.insert(Visitor { socket, speaks: speaks(), unsent: Vec::new() });
        }
    }
}

impl Visitor {
    /// Sends what is owed and reads what came, as far as both go.
    fn turn(&mut self, ended: bool, scratch: &mut [u8], zeros: &[u8]) -> Result<Goes> {
        loop {
            if !self.settle(zeros)? {
                return Ok(Goes::On); // it is called again when there is room
            }
            let count = match self.socket.read(scratch) {
                Ok(0) => return Ok(Goes::Ends),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Goes::On),
                Err(error) => return Err(error.into()),
            };
            let received = scratch.get(..count).context("a read is no longer than its buffer")?;
            match &mut self.speaks {
                Speaks::Echo => send(&mut self.socket, received, &mut self.unsent)?,
                Speaks::Http(exchange) => exchange.take(received, &mut self.unsent)?,
            }
            // A read that did not fill the buffer has emptied the socket, so that another would be for nothing.
            if count < scratch.len() && !ended {
                self.settle(zeros)?;
                return Ok(Goes::On);
            }
        }
    }

    /// Sends what is owed; whether all of it went.
    fn settle(&mut self, zeros: &[u8]) -> Result<bool> {
        if !self.unsent.is_empty() {
            let first = std::mem::take(&mut self.unsent);
            send(&mut self.socket, &first, &mut self.unsent)?;
        }
        let Speaks::Http(exchange) = &mut self.speaks else { return Ok(self.unsent.is_empty()) };
        while self.unsent.is_empty() && exchange.owed > 0 {
            let length = usize::try_from(exchange.owed).unwrap_or(usize::MAX).min(zeros.len());
            match self.socket.write(zeros.get(..length).unwrap_or(zeros)) {
                Ok(count) => exchange.owed -= count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.unsent.is_empty())
    }
}

impl Exchange {
    /// Takes bytes of requests; what is to be answered at once goes to `answers`.
    fn take(&mut self, mut received: &[u8], answers: &mut Vec<u8>) -> Result<()> {
        while !received.is_empty() {
            if self.coming > 0 {
                let length = usize::try_from(self.coming).unwrap_or(usize::MAX).min(received.len());
                self.coming -= length as u64;
                received = received.get(length..).unwrap_or_default();
                if self.coming == 0 {
                    answers.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }
                continue;
            }
            let before = self.head.len();
            self.head.extend_from_slice(received);
            let Some(end) = self.head.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
                anyhow::ensure!(self.head.len() < HEAD, "a request whose head does not end");
                return Ok(());
            };
            received = received.get(end.saturating_sub(before)..).unwrap_or_default();
            let head = std::mem::take(&mut self.head);
            self.answer(&String::from_utf8_lossy(head.get(..end).unwrap_or_default()), answers);
        }
        Ok(())
    }

    fn answer(&mut self, head: &str, answers: &mut Vec<u8>) {
        match length_of_body(head) {
            Some(length) if length > 0 => self.coming = length,
            _ => {
                let length = length_asked_for(head);
                answers.extend_from_slice(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes());
                // A short body goes with its head.
                match usize::try_from(length) {
                    Ok(short) if short <= HEAD => answers.resize(answers.len() + short, 0),
                    _ => self.owed += length,
                }
            }
        }
    }
}

/// N of `GET /bytes/N`; of any other path, nothing.
fn length_asked_for(head: &str) -> u64 {
    let path = head.split(' ').nth(1).unwrap_or_default();
    path.strip_prefix("/bytes/").and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn length_of_body(head: &str) -> Option<u64> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, value)| value.trim().parse().ok())
}

/// Writes as much as goes; the rest is kept.
fn send(socket: &mut TcpStream, bytes: &[u8], unsent: &mut Vec<u8>) -> Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match socket.write(rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error.into()),
        }
    }
    unsent.extend_from_slice(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_come_in_any_pieces() {
        let requests =
            b"GET /bytes/3 HTTP/1.1\r\n\r\nPOST /x HTTP/1.1\r\ncontent-length: 5\r\n\r\n12345GET / HTTP/1.1\r\n\r\n";
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\0\0\0HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\
            HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for size in 1..requests.len() {
            let (mut exchange, mut answers) = (Exchange::default(), Vec::new());
            requests.chunks(size).for_each(|piece| exchange.take(piece, &mut answers).unwrap());
            assert_eq!(String::from_utf8(answers).unwrap(), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn a_long_body_is_owed_and_not_built() {
        let (mut exchange, mut answers) = (Exchange::default(), Vec::new());
        exchange.take(b"GET /bytes/1073741824 HTTP/1.1\r\n\r\n", &mut answers).unwrap();
        assert_eq!(exchange.owed, 1 << 30);
        assert_eq!(answers, b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    }
}
