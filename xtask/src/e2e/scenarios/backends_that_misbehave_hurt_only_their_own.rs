//! Backends that refuse, never read, stall in the middle of an answer or die there: their clients are told that
//! something is missing, and the clients of a good one never notice.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use socket2::SockRef;

use crate::e2e::attack::{self, Forger, Honest, Room, Usage, kind, send_until_blocked};
use crate::e2e::harness::{ClosedPort, Harness, Listening};
use crate::load::Connection;

/// What the answer of a backend would be, and how much of it comes before it stalls or dies.
const ANSWER: usize = 5000;
const BEFORE: usize = 1024;
const MUCH: usize = 32 << 20;
const ROOM: Room = Room(8 << 20);

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let good = harness.node("echo.js")?;
    let server = forward(harness, good.port)?;
    attack::client(harness, &server)?.knock()?;
    let base = Usage::of(&server.program)?;
    let honest = Honest::visit(attack::client(harness, &server)?);

    let refusing = ClosedPort::reserve()?;
    is_cut_short(&forward(harness, refusing.number()?)?, harness, 0).context("a backend that refuses")?;
    let dying = backend(|mut stream| {
        stream.write_all(&[b'x'; BEFORE])?;
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))
    })?;
    is_cut_short(&forward(harness, dying)?, harness, BEFORE).context("a backend that dies")?;
    stalls_and_goes_on(harness).context("a backend that stalls")?;
    never_reads(harness).context("a backend that never reads")?;

    honest.leave()?;
    base.returns(&server.program, ROOM).map(|_| ())
}

fn forward(harness: &Harness<'_>, port: u16) -> Result<Listening> {
    attack::serve(harness, &format!("forward 127.0.0.1:{port}"), "--quiet")
}

/// A backend that treats each connection in this way, and closes it.
fn backend(treat: impl Fn(TcpStream) -> std::io::Result<()> + Send + 'static) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || listener.incoming().flatten().try_for_each(&treat));
    Ok(port)
}

/// The client gets so many bytes, and no clean end behind them.
fn is_cut_short(server: &Listening, harness: &Harness<'_>, count: usize) -> Result<()> {
    let mut stream = attack::client(harness, server)?.connect()?;
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard) {
        Ok(_) => bail!("it looks like an orderly end after {} bytes", heard.len()),
        Err(_) => ensure!(heard.len() <= count, "{} bytes came of {count}", heard.len()),
    }
    Ok(())
}

/// What has come before the stall is not held back, and the rest comes when it comes.
fn stalls_and_goes_on(harness: &Harness<'_>) -> Result<()> {
    let (go_on, told) = channel::<()>();
    let told = std::sync::Mutex::new(told);
    let port = backend(move |mut stream| {
        stream.write_all(&[b'x'; BEFORE])?;
        let _ = told.lock().map(|told| told.recv());
        stream.write_all(&[b'x'; ANSWER - BEFORE])
    })?;
    let server = forward(harness, port)?;
    let mut stream: Connection = attack::client(harness, &server)?.connect()?;
    stream.read_exact(&mut [0; BEFORE]).context("what came before the stall")?;
    go_on.send(())?;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).context("what came after the stall")?;
    ensure!(rest.len() == ANSWER - BEFORE, "{} bytes came after the stall", rest.len());
    Ok(())
}

/// The client is read no further than there is room.
fn never_reads(harness: &Harness<'_>) -> Result<()> {
    let (held, kept) = channel();
    let port = backend(move |stream| {
        let _ = held.send(stream); // it stays open, and nobody reads it
        Ok(())
    })?;
    let server = forward(harness, port)?;
    let base = Usage::of(&server.program)?;
    let mut forger = Forger::open(harness, attack::address(&server), "1.3")?;
    let records = forger.records(kind::DATA, &[b'x'; 16_000], MUCH / 16_000)?;
    let sent = send_until_blocked(&mut forger.socket, &records, records.len(), Duration::from_secs(1))?;
    ensure!(sent < records.len(), "all of it was taken for a backend that reads nothing");
    let grown = Usage::of(&server.program)?.memory.saturating_sub(base.memory);
    ensure!(grown <= 2 << 20, "a backend that never reads costs {} KiB", grown / 1024);
    drop(kept);
    Ok(())
}
