//! Memory of a connection that has finished its handshake, has exchanged a byte, and is silent.

use anyhow::{Context as _, Result};

use super::plan::usual;
use super::rounds::{memory_of_connection, order, summary};
use super::{Effort, What, unless_it_fails};
use crate::bench::client::Run;
use crate::bench::errand::Errand;
use crate::bench::figures::{Row, Work};
use crate::bench::own_load::run_plain;
use crate::bench::servers::Contestant;
use crate::bench::site::{Certificate, Site};
use crate::bench::statistics::Spread;

const CONNECTIONS: usize = 2000;
/// Ours, over nginx's.
const TO_REACH: f64 = 0.11;

/// A server of its own for each run, since memory that was given back once is not asked for again.
pub(super) fn measure(what: What, site: &Site, contestants: &[Contestant], effort: Effort) -> Result<Vec<Work>> {
    let rounds = effort.rounds.min(3);
    let connections = effort.scaled(CONNECTIONS);
    let load = usual(Errand::Idle { connections });
    let mut runs: Vec<Vec<Run>> = contestants.iter().map(|_| Vec::new()).collect();
    for number in 0..rounds {
        for index in order(contestants.len(), number) {
            let (Some(contestant), Some(runs)) = (contestants.get(index), runs.get_mut(index)) else { continue };
            let started = contestant.start(site, Certificate::P256, site.backend.echo);
            let Some(server) = unless_it_fails(*contestant, started)? else { continue };
            let run = match contestant {
                Contestant::Plain => run_plain(&load.errand, &server),
                _ => load.run(site, &server),
            };
            runs.push(run.with_context(|| format!("measuring {}", contestant.name()))?);
        }
    }
    let mut rows = Vec::new();
    for (contestant, runs) in contestants.iter().zip(runs).filter(|(_, runs)| !runs.is_empty()) {
        let figures: Option<Vec<f64>> = runs.iter().map(memory_of_connection).collect();
        let figures = figures.context("tls-client bench gave no memory for a connection")?;
        let to_reach = Some(TO_REACH).filter(|_| *contestant == Contestant::Latchkey);
        // It is held, not hurried: how busy the load was does not matter.
        let Row { name, notes, invalid, .. } = summary(contestant.name(), &runs, true);
        rows.push(Row { name, figure: Spread::of(figures), to_reach, notes, invalid, ..Row::default() });
    }
    let mut work = Work {
        name: what.name(),
        title: format!("memory of an idle connection, {connections} of them"),
        unit: "bytes of the server's memory (PSS) for a connection".to_owned(),
        against: Contestant::Nginx.name().to_owned(),
        rounds,
        rows,
    };
    work.compare_rows();
    Ok(vec![work])
}
