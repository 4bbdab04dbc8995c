//! Rounds in which everyone takes a turn, and what comes of them.

use anyhow::{Context as _, Result};

use crate::bench::client::{Load, Run};
use crate::bench::errand::Errand;
use crate::bench::figures::Row;
use crate::bench::own_load::run_plain;
use crate::bench::servers::Server;
use crate::bench::site::Site;
use crate::bench::statistics::Spread;

/// One who takes part in every round.
pub(super) struct Turn<'a> {
    pub(super) name: String,
    pub(super) load: Box<dyn Fn() -> Result<Run> + 'a>,
    /// Whether the load shares its cores with the server, and so is not judged by how busy it was.
    pub(super) shares_cores: bool,
    pub(super) to_reach: Option<f64>,
}

impl<'a> Turn<'a> {
    /// Clients of TLS.
    pub(super) fn new(name: &str, site: &'a Site, server: &'a Server, load: Load) -> Self {
        let shares_cores = load.shares_cores;
        Self { name: name.to_owned(), load: Box::new(move || load.run(site, server)), shares_cores, to_reach: None }
    }

    /// Clients without TLS.
    pub(super) fn plain(name: &str, server: &'a Server, errand: Errand) -> Self {
        Self {
            name: name.to_owned(),
            load: Box::new(move || run_plain(&errand, server)),
            shares_cores: false,
            to_reach: None,
        }
    }

    /// The ratio is to be at most this.
    pub(super) fn reaching(self, ratio: Option<f64>) -> Self {
        Self { to_reach: ratio, ..self }
    }
}

/// What is taken of a run.
pub(super) type Figure = fn(&Run) -> Option<f64>;

/// Microseconds of the server's CPU time for an operation.
pub(super) fn cpu_of_operation(run: &Run) -> Option<f64> {
    run.server.as_ref()?.cpu_us_per_operation
}

/// Nanoseconds of the server's CPU time for a byte.
pub(super) fn cpu_of_byte(run: &Run) -> Option<f64> {
    run.server.as_ref()?.cpu_ns_per_byte
}

/// Bytes of memory for a connection.
pub(super) fn memory_of_connection(run: &Run) -> Option<f64> {
    run.server.as_ref()?.pss_per_connection
}

/// Whose turn it is in round `number`: from first to last, then from last to first, so that nobody is always first.
pub(super) fn order(count: usize, number: usize) -> Vec<usize> {
    let forward = 0..count;
    if number.is_multiple_of(2) { forward.collect() } else { forward.rev().collect() }
}

/// Runs everyone's load in each round.
pub(super) fn take_turns(turns: &[Turn<'_>], rounds: usize, figure: Figure) -> Result<Vec<Row>> {
    let mut runs: Vec<Vec<Run>> = turns.iter().map(|_| Vec::new()).collect();
    for number in 0..rounds {
        for index in order(turns.len(), number) {
            let (Some(turn), Some(runs)) = (turns.get(index), runs.get_mut(index)) else { continue };
            runs.push((turn.load)().with_context(|| format!("measuring {}", turn.name))?);
        }
    }
    turns.iter().zip(runs).map(|(turn, runs)| row(turn, &runs, figure)).collect()
}

/// A row of the table from the runs of one.
fn row(turn: &Turn<'_>, runs: &[Run], figure: Figure) -> Result<Row> {
    let figures: Option<Vec<f64>> = runs.iter().map(figure).collect();
    let figures = figures.with_context(|| format!("tls-client bench gave no figure of {}", turn.name))?;
    let mut row = summary(&turn.name, runs, turn.shares_cores);
    row.figure = Spread::of(figures);
    row.to_reach = turn.to_reach;
    Ok(row)
}

/// Everything but the figure.
pub(super) fn summary(name: &str, runs: &[Run], shares_cores: bool) -> Row {
    let spread = |of: fn(&Run) -> Option<f64>| runs.iter().map(of).collect::<Option<Vec<f64>>>().and_then(Spread::of);
    let mut notes: Vec<String> = runs.iter().filter_map(Run::agreed).collect();
    notes.sort();
    notes.dedup();
    Row {
        name: name.to_owned(),
        rate: spread(|run| run.rate),
        bytes_per_second: spread(|run| run.bytes_per_second),
        p50_us: spread(|run| run.latency(|latency| latency.p50)),
        p90_us: spread(|run| run.latency(|latency| latency.p90)),
        p99_us: spread(|run| run.latency(|latency| latency.p99)),
        p999_us: spread(|run| run.latency(|latency| latency.p999)),
        load_share: spread(|run| run.client.as_ref()?.busiest_thread_share),
        notes,
        invalid: runs.iter().find_map(|run| run.doubt(shares_cores)),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_always_first() {
        assert_eq!(order(3, 0), [0, 1, 2]);
        assert_eq!(order(3, 1), [2, 1, 0]);
    }
}
