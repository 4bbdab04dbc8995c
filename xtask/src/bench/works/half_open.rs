//! Clients that begin a handshake and fall silent, and what newcomers notice of them.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::rounds::order;
use super::{Effort, What, unless_it_fails};
use crate::bench::cores::{Pinned, other_cores};
use crate::bench::figures::{Row, Work};
use crate::bench::servers::{Contestant, Server};
use crate::bench::site::{Certificate, Site};
use crate::bench::statistics::Spread;
use crate::load::{Client, was_ended};

const HALF_OPEN: usize = 2000;
const NEWCOMERS: usize = 20;
/// Our newcomers' median beside them, over that without them.
const TO_REACH: f64 = 1.2;

/// What one server did in one round.
struct Seen {
    /// Microseconds, the medians of newcomers.
    without: f64,
    beside: f64,
    answered: usize,
    /// How many of the half-open ones were ended, and seconds from the first of them to the last one's end. Only ours
    /// are waited for, as others wait a minute and more.
    ended: Option<(usize, f64)>,
}

/// Every server by itself, with and without half-open connections.
pub(super) fn measure(what: What, site: &Site, contestants: &[Contestant], effort: Effort) -> Result<Vec<Work>> {
    let rounds = effort.rounds.min(3);
    let mut seen: Vec<Vec<Seen>> = contestants.iter().map(|_| Vec::new()).collect();
    for number in 0..rounds {
        for index in order(contestants.len(), number) {
            let (Some(contestant), Some(seen)) = (contestants.get(index), seen.get_mut(index)) else { continue };
            let started = contestant.start(site, Certificate::P256, site.backend.echo);
            let Some(server) = unless_it_fails(*contestant, started)? else { continue };
            let round = round(*contestant, &server, site, effort);
            seen.push(round.with_context(|| format!("measuring {}", contestant.name()))?);
        }
    }
    let rows = contestants.iter().zip(&seen).filter(|(_, seen)| !seen.is_empty());
    let rows = rows.map(|(contestant, seen)| row(*contestant, seen)).collect();
    let half_open = effort.scaled(HALF_OPEN);
    Ok(vec![Work {
        name: what.name(),
        title: format!("newcomers beside {half_open} half-open connections"),
        unit: "µs of a newcomer (median)".to_owned(),
        against: "each one's own without them".to_owned(),
        rounds,
        rows,
    }])
}

fn round(contestant: Contestant, server: &Server, site: &Site, effort: Effort) -> Result<Seen> {
    let _pinned = Pinned::to(&other_cores()?)?;
    let client = Client::new(server.address, &site.anchor(Certificate::P256)?, "x25519", false)?;
    // The first handshakes of a process gather its first random bytes.
    newcomers(&client);
    let (_, without) = newcomers(&client);
    let opened = Instant::now();
    let half_open = (0..effort.scaled(HALF_OPEN)).map(|_| client.half_hello()).collect::<Result<Vec<_>>>()?;
    let (answered, beside) = newcomers(&client);
    let ended = (contestant == Contestant::Latchkey).then(|| {
        let ended = half_open.into_iter().map(was_ended).filter(|ended| *ended).count();
        (ended, opened.elapsed().as_secs_f64())
    });
    Ok(Seen {
        without: without.context("nobody was answered without load")?,
        beside: beside.unwrap_or(f64::INFINITY),
        answered,
        ended,
    })
}

/// From connecting to the first byte back, one after the other: how many were answered, and their median.
fn newcomers(client: &Client) -> (usize, Option<f64>) {
    let each = (0..NEWCOMERS).filter_map(|_| {
        let start = Instant::now();
        client.knock().ok().map(|_| start.elapsed().as_secs_f64() * 1e6)
    });
    let times: Vec<f64> = each.collect();
    (times.len(), Spread::of(times).map(|spread| spread.median))
}

fn row(contestant: Contestant, seen: &[Seen]) -> Row {
    let ratios = seen.iter().map(|seen| seen.beside / seen.without).collect();
    let fewest = seen.iter().map(|seen| seen.answered).min().unwrap_or(0);
    let mut notes = vec![format!("{fewest} of {NEWCOMERS} answered")];
    let last = seen.iter().filter_map(|seen| seen.ended);
    if let Some((ended, seconds)) = last.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) {
        notes.push(format!("{ended} half-open ended, the last after {seconds:.1} s"));
    }
    Row {
        name: contestant.name().to_owned(),
        figure: Spread::of(seen.iter().map(|seen| seen.beside).collect()),
        ratio: Spread::of(ratios),
        to_reach: Some(TO_REACH).filter(|_| contestant == Contestant::Latchkey),
        notes,
        ..Row::default()
    }
}
