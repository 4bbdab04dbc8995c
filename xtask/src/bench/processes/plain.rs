//! A forwarder without TLS: what a connection costs anyone who passes its bytes on, and so the limit for who also
//! encrypts them. One thread, edge-triggered, one buffer, no splicing, as whoever encrypts has to see the bytes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};

use anyhow::{Context as _, Result};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::{EVENTS, SCRATCH, end_with_parent, listener, wait};

const LISTENER: Token = Token(usize::MAX - 2);

/// A client and the backend's connection for it.
struct Pair {
    sides: [TcpStream; 2],
    /// What was read of each side and not yet written to the other.
    unsent: [Vec<u8>; 2],
    /// Whether each side has said that it sends no more.
    ended: [bool; 2],
}

/// Forwards to `target` until standard input is closed; says first where it listens.
pub(crate) fn run(target: SocketAddr) -> Result<()> {
    let mut poll = Poll::new()?;
    let listener = listener(&poll, LISTENER)?;
    println!("listening on {}", listener.local_addr()?);
    end_with_parent();
    let mut events = Events::with_capacity(EVENTS);
    let (mut pairs, mut scratch) = (Slab::new(), vec![0; SCRATCH]);
    loop {
        wait(&mut poll, &mut events)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, target, &poll, &mut pairs);
                continue;
            }
            let Token(number) = event.token();
            let (index, side) = (number / 2, number % 2);
            let Some(pair) = pairs.get_mut(index) else { continue };
            // A socket that has room again is written to from the other one.
            let from_it = !event.is_readable() || pair.pump(side, event.is_read_closed(), &mut scratch).is_ok();
            let to_it = !pair.waits_for(side) || pair.pump(1 - side, true, &mut scratch).is_ok();
            if !from_it || !to_it || pair.is_over() {
                pairs.remove(index);
            }
        }
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, poll: &Poll, pairs: &mut Slab<Pair>) {
    while let Ok((client, _)) = listener.accept() {
        let entry = pairs.vacant_entry();
        let index = entry.key();
        let Ok(backend) = TcpStream::connect(target) else { continue };
        let mut sides = [client, backend];
        let ready = sides.iter_mut().enumerate().try_for_each(|(side, socket)| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(socket, Token(index * 2 + side), interest)?;
            socket.set_nodelay(true)
        });
        if ready.is_ok() {
            entry.insert(Pair { sides, unsent: [Vec::new(), Vec::new()], ended: [false; 2] });
        }
    }
}

impl Pair {
    /// Passes on what `from` sent, as far as the other takes it.
    fn pump(&mut self, from: usize, ended: bool, scratch: &mut [u8]) -> Result<()> {
        let [client, backend] = &mut self.sides;
        let (reader, writer) = if from == 0 { (client, backend) } else { (backend, client) };
        let unsent = &mut self.unsent[from];
        while !self.ended[from] {
            if !unsent.is_empty() {
                let count = write(writer, unsent)?;
                unsent.drain(..count);
            }
            if !unsent.is_empty() {
                return Ok(());
            }
            let count = match reader.read(scratch) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if count == 0 {
                self.ended[from] = true;
                // A side that is gone already is no failure of this one.
                let _ = writer.shutdown(Shutdown::Write);
                break;
            }
            let received = scratch.get(..count).context("a read is no longer than its buffer")?;
            let written = write(writer, received)?;
            unsent.extend_from_slice(received.get(written..).unwrap_or_default());
            // A read that did not fill the buffer has emptied the socket.
            if count < scratch.len() && !ended && unsent.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Whether there is something for `side` that it had no room for.
    fn waits_for(&self, side: usize) -> bool {
        !self.unsent[1 - side].is_empty()
    }

    fn is_over(&self) -> bool {
        self.ended == [true; 2]
    }
}

/// How many of `bytes` went.
fn write(socket: &mut TcpStream, bytes: &[u8]) -> Result<usize> {
    let mut sent = 0;
    while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
        match socket.write(rest) {
            Ok(count) => sent += count,
            // A connection that is being made takes nothing yet either.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sent)
}
