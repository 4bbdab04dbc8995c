//! Hundreds of idle connections are held; hundreds that never finish their ClientHello, or send it byte by byte, are
//! dropped at their deadline; and honest clients are served meanwhile. (`cargo xtask hostile` holds thousands.)

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::e2e::harness::Harness;

const IDLE: &str = "500";
const HALF_OPEN: usize = 100;
const SLOW: usize = 20;

/// The beginning of a record that holds a ClientHello of 508 bytes, of which nothing more comes.
const HALF_A_HELLO: [u8; 11] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

pub(super) fn run(harness: &Harness) -> Result<()> {
    let pem = harness.fixture("leaf/combined.pem");
    let root = harness.fixture("ca/root.pem");
    let server = harness.serve(["echo", "--pem", &pem, "--handshake-timeout", "3s"])?;

    let port = server.port.to_string();
    let mut idle = harness.python("idle.py")?.arguments([&root, &port, IDLE]).open_input().start()?;
    idle.wait_for_text(&format!("holding {IDLE}"))?;

    let begin = Instant::now();
    let half_open = (0..HALF_OPEN).map(|_| open_half(server.port)).collect::<Result<Vec<_>>>()?;
    let slow: Vec<_> = (0..SLOW).map(|_| thread::spawn(move || trickle(server.port))).collect();
    harness
        .tls_client()
        .arguments(["connect", &server.target(), "--ca", &root, "--send", "Hello"])
        .run()?
        .succeeds()?
        .says("Hello")?;

    for connection in half_open {
        wait_for_end(connection, begin + Duration::from_secs(20))?;
    }
    for connection in slow {
        connection.join().map_err(|_| anyhow!("a slow client panicked"))??;
    }
    idle.close_input();
    idle.finish()?.succeeds()?.says(&format!("all {IDLE} answered"))?;
    Ok(())
}

fn open_half(port: u16) -> Result<TcpStream> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).context("opening a half-open connection")?;
    connection.write_all(&HALF_A_HELLO)?;
    Ok(connection)
}

/// Sends a ClientHello that would take minutes, a byte at a time, until the server has had enough.
fn trickle(port: u16) -> Result<()> {
    let mut connection = open_half(port)?;
    connection.set_read_timeout(Some(Duration::from_millis(100)))?;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(20) {
        let ended = matches!(connection.read(&mut [0; 64]), Ok(0)) || connection.write_all(&[0]).is_err();
        if ended {
            return Ok(());
        }
    }
    bail!("a client that sends a byte now and then was not ended at its deadline")
}

/// Reads until the server ends it; an alert may come first.
fn wait_for_end(mut connection: TcpStream, deadline: Instant) -> Result<()> {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    connection.set_read_timeout(Some(left))?;
    let mut heard = Vec::new();
    match connection.read_to_end(&mut heard) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(()),
        Err(error) => bail!("a half-open connection was not ended at its deadline: {error}"),
    }
}
