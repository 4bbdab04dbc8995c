//! CPU time of the server for a full and for a resumed handshake, ours and nginx stream's in turns.

use anyhow::{Result, bail};
use rustls::HandshakeKind;
use serde::Serialize;

use super::cores::{Pinned, other_cores};
use super::server::{Server, Site};
use super::statistics::Spread;
use crate::load::Client;
use crate::process::cpu_time;

const VISITS: usize = 1500;
/// Visits before those that are measured: caches and tickets are there then.
const WARM_UP: usize = 50;

/// What a client offers for the key exchange.
const OFFERS: [(&str, &str); 2] = [("x25519", "x25519"), ("x25519 and X25519MLKEM768", "X25519MLKEM768:x25519")];

/// Figures for each offer and kind.
#[derive(Serialize)]
pub(super) struct Figures {
    visits_a_round: usize,
    rounds: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    offer: &'static str,
    kind: &'static str,
    latchkey_microseconds: Spread,
    nginx_microseconds: Spread,
    ratio: Spread,
}

/// Runs every row in rounds, the servers taking turns.
pub(super) fn measure(site: &Site, rounds: usize) -> Result<Figures> {
    let (ours, nginx) = (site.latchkey_on_one_core("hello")?, site.nginx_on_one_core()?);
    let _pinned = Pinned::to(&other_cores()?)?;
    println!("\nserver CPU per handshake in microseconds, one worker on one core, P-256 certificate");
    println!("{rounds} rounds of {VISITS} visits each, in turns; median (least to most)\n");
    let mut rows = Vec::new();
    for (offer, groups) in OFFERS {
        for kind in ["full", "resumed"] {
            let resumption = kind == "resumed";
            let (mut our_figures, mut their_figures, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for number in 0..rounds {
                let our_round = || round(site, &ours, groups, resumption, b"Hello from client!");
                let their_round = || round(site, &nginx, groups, resumption, b"");
                let (our_figure, their_figure) = if number % 2 == 0 {
                    let our_figure = our_round()?;
                    (our_figure, their_round()?)
                } else {
                    let their_figure = their_round()?;
                    (our_round()?, their_figure)
                };
                our_figures.push(our_figure);
                their_figures.push(their_figure);
                ratios.push(our_figure / their_figure);
            }
            let row = Row {
                offer,
                kind,
                latchkey_microseconds: Spread::of(our_figures),
                nginx_microseconds: Spread::of(their_figures),
                ratio: Spread::of(ratios),
            };
            println!("{kind}, the client offers {offer}");
            println!("  latchkey  {}", row.latchkey_microseconds);
            println!("  nginx     {}", row.nginx_microseconds);
            println!("  ratio     {}", row.ratio);
            rows.push(row);
        }
    }
    Ok(Figures { visits_a_round: VISITS, rounds, rows })
}

/// Microseconds of the server's CPU time for each visit.
fn round(site: &Site, server: &Server, groups: &str, resumption: bool, request: &[u8]) -> Result<f64> {
    let client = Client::new(server.address, &site.anchor()?, groups, resumption)?;
    let expected = if resumption { HandshakeKind::Resumed } else { HandshakeKind::Full };
    for _ in 0..WARM_UP {
        client.visit(request)?;
    }
    let before = cpu_time(server.process())?;
    for _ in 0..VISITS {
        let kind = client.visit(request)?;
        if kind != expected {
            bail!("a handshake was {kind:?} where {expected:?} is measured");
        }
    }
    let spent = cpu_time(server.process())? - before;
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of one round are far below 2^52")]
    let microseconds = spent as f64 / 1000.0 / VISITS as f64;
    Ok(microseconds)
}
