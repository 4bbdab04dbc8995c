//! The slowest newcomers while the server reloads again and again, and while it does not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::plan::usual;
use super::rounds::{order, summary};
use super::{Effort, What};
use crate::bench::client::Run;
use crate::bench::cores::all_cores;
use crate::bench::errand::Errand;
use crate::bench::figures::{Row, Work};
use crate::bench::servers::{Options, Server, Service, start_ours, with_cores};
use crate::bench::site::{Certificate, Site};

/// Far oftener than anyone renews a certificate.
const EVERY: Duration = Duration::from_millis(200);
/// Newcomers a second: the machine must have room beside them, or what is measured is the queue.
const RATE: u32 = 200;
const NEWCOMERS: usize = 1500;

const NAMES: [&str; 2] = ["without reloads", "during reloads"];

/// Open loop: a newcomer's time runs from when it was due, so that none is spared by those before it.
pub(super) fn measure(what: What, site: &Site, effort: Effort) -> Result<Vec<Work>> {
    let options = Options { workers: 2, ..Options::one_worker(Service::Forward(site.backend.echo), Certificate::P256) };
    let server = with_cores(&all_cores()?, || start_ours(site, &options))?;
    let mut load = usual(Errand::VisitsAt { rate: RATE, warmup: 50, count: effort.scaled(NEWCOMERS) });
    load.shares_cores = true;
    let mut runs: [Vec<Run>; 2] = Default::default();
    let mut reloads = 0;
    for number in 0..effort.rounds {
        for index in order(2, number) {
            let run = if index == 0 {
                load.run(site, &server)?
            } else {
                let (run, count) = beside_reloads(&server, || load.run(site, &server))?;
                reloads += count;
                run
            };
            runs.get_mut(index).context("there are two kinds")?.push(run);
        }
    }
    let mut rows = Vec::new();
    for (name, runs) in NAMES.into_iter().zip(&runs) {
        let row = summary(name, runs, true);
        rows.push(Row { figure: row.p99_us.clone(), ..row });
    }
    if let Some(row) = rows.last_mut() {
        row.to_reach = Some(1.2);
        row.notes.push(format!("{reloads} reloads, one each {} ms", EVERY.as_millis()));
    }
    let mut work = Work {
        name: what.name(),
        title: format!("newcomers while the server reloads, {RATE} a second"),
        unit: "µs of the slowest hundredth of newcomers (p99)".to_owned(),
        against: NAMES[0].to_owned(),
        rounds: effort.rounds,
        rows,
    };
    work.compare_rows();
    Ok(vec![work])
}

/// Does `work` while the server is told to reload again and again; how often it was.
fn beside_reloads<T>(server: &Server, work: impl FnOnce() -> Result<T>) -> Result<(T, usize)> {
    let (over, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcome = thread::scope(|scope| {
        let reloads = scope.spawn(|| -> Result<()> {
            while !over.load(Ordering::Relaxed) {
                server.signal(Signal::HUP)?;
                count.fetch_add(1, Ordering::Relaxed);
                thread::sleep(EVERY);
            }
            Ok(())
        });
        let outcome = work();
        over.store(true, Ordering::Relaxed);
        reloads.join().map_err(|_| anyhow::anyhow!("the thread that reloads panicked"))??;
        outcome
    })?;
    Ok((outcome, count.into_inner()))
}
