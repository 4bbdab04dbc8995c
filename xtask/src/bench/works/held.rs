//! What a handshake costs beside connections that are held: it should be the same beside ten and beside ten thousand.

use anyhow::{Context as _, Result, ensure};

use super::plan::usual_visits;
use super::rounds::{cpu_of_operation, summary};
use super::{Effort, What};
use crate::bench::client::Run;
use crate::bench::cores::{Pinned, other_cores, servers_core};
use crate::bench::figures::{Row, Work};
use crate::bench::servers::{Options, Service, start_ours, with_cores};
use crate::bench::site::{Certificate, Site};
use crate::bench::statistics::Spread;
use crate::load::{Client, Connection};
use crate::process::descriptors;

const ECHO: [usize; 4] = [10, 100, 1000, 10_000];
/// A connection that is forwarded takes two descriptors of the server.
const FORWARD: [usize; 4] = [10, 100, 1000, 8000];

/// In each round the connections grow from few to many on a server of their own, with the same visits at each step.
pub(super) fn measure(what: What, site: &Site, effort: Effort) -> Result<Vec<Work>> {
    let (service, steps) = match what {
        What::HeldForward => (Service::Forward(site.backend.echo), FORWARD),
        _ => (Service::Echo, ECHO),
    };
    let mut runs: [Vec<Run>; 4] = Default::default();
    for _ in 0..effort.rounds {
        round(site, service, steps, effort, &mut runs)?;
    }
    let mut rows = Vec::new();
    for (held, runs) in steps.into_iter().zip(&runs) {
        let figures: Option<Vec<f64>> = runs.iter().map(cpu_of_operation).collect();
        let figure = Spread::of(figures.context("tls-client bench gave no CPU of the server")?);
        rows.push(Row { figure, ..summary(&format!("{held} held"), runs, false) });
    }
    let service = if what == What::HeldForward { "forward" } else { "echo" };
    let mut work = Work {
        name: what.name(),
        title: format!("full handshake beside held connections, {service}"),
        unit: "µs of the server's CPU for a handshake".to_owned(),
        against: format!("{} held", steps[0]),
        rounds: effort.rounds,
        rows,
    };
    work.compare_rows();
    Ok(vec![work])
}

fn round(site: &Site, service: Service, steps: [usize; 4], effort: Effort, runs: &mut [Vec<Run>; 4]) -> Result<()> {
    let server = with_cores(&servers_core()?, || start_ours(site, &Options::one_worker(service, Certificate::P256)))?;
    let base = descriptors(server.process())?;
    let _pinned = Pinned::to(&other_cores()?)?;
    let client = Client::new(server.address, &site.anchor(Certificate::P256)?, "x25519", false)?;
    let load = usual_visits(effort);
    let mut held: Vec<Connection> = Vec::new();
    for (step, runs) in steps.into_iter().zip(runs) {
        while held.len() < step {
            held.push(client.knock().with_context(|| format!("opening connection {} of {step}", held.len() + 1))?);
        }
        let open = descriptors(server.process())?.saturating_sub(base);
        ensure!(open >= step, "the server holds {open} of {step} connections");
        runs.push(load.run(site, &server)?);
    }
    Ok(())
}
