//! Idle connections held, half-open ones beside them, and what newcomers notice of both.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::server::{Server, Site};
use super::statistics::Spread;
use crate::load::{Client, Connection, was_ended};
use crate::process::{descriptors, memory};

const IDLE: usize = 5000;
const HALF_OPEN: usize = 1000;
const NEWCOMERS: usize = 100;

/// What was seen.
#[derive(Serialize)]
pub(super) struct Figures {
    idle_connections: usize,
    half_open_connections: usize,
    bytes_per_idle_connection: f64,
    newcomers_alone_milliseconds: Spread,
    newcomers_beside_load_milliseconds: Spread,
    half_open_ended: usize,
    half_open_gone_after_seconds: f64,
    idle_still_answered: usize,
}

/// Holds the connections on `tls-server echo` as it starts by default.
pub(super) fn measure(site: &Site) -> Result<Figures> {
    let server = site.latchkey("echo")?;
    let base = descriptors(server.process())?;
    let client = Client::new(server.address, &site.anchor()?, "X25519MLKEM768:x25519", false)?;
    // The first handshake of a process gathers its first random bytes, which is not the server's doing.
    client.knock()?;
    let alone = newcomers(&client)?;

    let before = memory(server.process())?;
    let mut idle = hold(&client, &server, base)?;
    let grown = memory(server.process())?.saturating_sub(before);

    let opened = Instant::now();
    let half_open = (0..HALF_OPEN).map(|_| client.half_hello()).collect::<Result<Vec<_>>>()?;
    let beside = newcomers(&client)?;
    let half_open_ended = half_open.into_iter().map(was_ended).filter(|ended| *ended).count();
    let gone_after = opened.elapsed().as_secs_f64();

    let idle_still_answered = idle.iter_mut().filter_map(|stream| answers(stream).ok()).count();
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
    let figures = Figures {
        idle_connections: IDLE,
        half_open_connections: HALF_OPEN,
        bytes_per_idle_connection: grown as f64 / IDLE as f64,
        newcomers_alone_milliseconds: alone,
        newcomers_beside_load_milliseconds: beside,
        half_open_ended,
        half_open_gone_after_seconds: gone_after,
        idle_still_answered,
    };
    print(&figures);
    Ok(figures)
}

/// Opens the connections; `base` is how many descriptors the server had before there were any.
fn hold(client: &Client, server: &Server, base: usize) -> Result<Vec<Connection>> {
    let idle = (0..IDLE).map(|_| client.knock()).collect::<Result<Vec<_>>>()?;
    let held = descriptors(server.process())?.saturating_sub(base);
    if held < IDLE {
        bail!("the server holds {held} of {IDLE} connections");
    }
    Ok(idle)
}

/// From connecting to the first byte back, for each of a hundred, in milliseconds.
fn newcomers(client: &Client) -> Result<Spread> {
    let each = (0..NEWCOMERS).map(|_| {
        let start = Instant::now();
        client.knock().map(|_| start.elapsed().as_secs_f64() * 1000.0)
    });
    Ok(Spread::of(each.collect::<Result<Vec<_>>>().context("a newcomer was not answered")?))
}

fn answers(stream: &mut Connection) -> Result<()> {
    use std::io::{Read, Write};
    stream.write_all(b"?")?;
    let mut answer = [0; 1];
    stream.read_exact(&mut answer)?;
    Ok(())
}

fn print(figures: &Figures) {
    println!("\n{IDLE} idle connections on `tls-server echo`, {HALF_OPEN} half-open ones beside them\n");
    println!("memory of an idle connection (PSS growth)   {:.0} bytes", figures.bytes_per_idle_connection);
    println!("newcomers alone, ms                         {}", figures.newcomers_alone_milliseconds);
    println!("newcomers beside both, ms                   {}", figures.newcomers_beside_load_milliseconds);
    println!("half-open ones ended by the server          {} of {HALF_OPEN}", figures.half_open_ended);
    println!("all of them gone after                      {:.1} s", figures.half_open_gone_after_seconds);
    println!("idle ones that still answer at the end      {} of {IDLE}", figures.idle_still_answered);
}
