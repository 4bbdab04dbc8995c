//! Everyone beside everyone: the same load on each, in turns.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::plan::Plan;
use super::primitives::{Primitives, costs};
use super::rounds::{Turn, take_turns};
use super::{Effort, What, unless_it_fails};
use crate::bench::cores::servers_core;
use crate::bench::figures::{Row, Work};
use crate::bench::servers::{Contestant, Options, Server, Service, start_ours, with_cores};
use crate::bench::site::Site;
use crate::bench::statistics::Spread;

/// The name of the row below which nobody comes.
pub(in crate::bench) const FLOOR: &str = "floor";

/// Starts everyone, and has them take turns.
pub(super) fn measure(what: What, site: &Site, contestants: &[Contestant], effort: Effort) -> Result<Vec<Work>> {
    let plan = Plan::of(what, effort).with_context(|| format!("{what:?} is not measured beside others"))?;
    let mut servers: BTreeMap<Contestant, Server> = BTreeMap::new();
    for contestant in contestants {
        let started = unless_it_fails(*contestant, start(*contestant, what, site, &plan))?;
        servers.extend(started.map(|server| (*contestant, server)));
    }
    let turn = |contestant: Contestant, server| match contestant {
        Contestant::Plain => Turn::plain(contestant.name(), server, plan.load.errand.clone()),
        Contestant::Latchkey => Turn::new(contestant.name(), site, server, plan.load.clone()).reaching(plan.to_reach),
        _ => Turn::new(contestant.name(), site, server, plan.load.clone()),
    };
    let turns: Vec<Turn<'_>> = servers.iter().map(|(contestant, server)| turn(*contestant, server)).collect();
    let mut rows =
        take_turns(&turns, effort.rounds, plan.figure).with_context(|| format!("measuring {}", plan.title))?;
    if let Some(primitives) = plan.primitives {
        rows.extend(floor(&rows, primitives)?);
    }
    let mut work = Work {
        name: what.name(),
        title: plan.title.to_owned(),
        unit: plan.unit.to_owned(),
        against: plan.against.name().to_owned(),
        rounds: effort.rounds,
        rows,
    };
    work.compare_rows();
    Ok(vec![work])
}

/// The plain forwarder and the bare primitives, added up.
fn floor(rows: &[Row], primitives: Primitives) -> Result<Option<Row>> {
    let plain = rows.iter().find(|row| row.name == Contestant::Plain.name());
    let Some(forwarding) = plain.and_then(|row| row.figure.as_ref()) else { return Ok(None) };
    let computing = costs(primitives, forwarding.rounds.len())?;
    let sums = forwarding.rounds.iter().zip(computing).map(|(forwarding, computing)| forwarding + computing);
    let notes = vec!["the plain forwarder and the bare primitives".to_owned()];
    Ok(Some(Row { name: FLOOR.to_owned(), figure: Spread::of(sums.collect()), notes, ..Row::default() }))
}

fn start(contestant: Contestant, what: What, site: &Site, plan: &Plan) -> Result<Server> {
    if what == What::Hello && contestant == Contestant::Latchkey {
        let options = Options::one_worker(Service::Hello, plan.certificate);
        return with_cores(&servers_core()?, || start_ours(site, &options));
    }
    let backend = if plan.http { site.backend.http } else { site.backend.echo };
    contestant.start(site, plan.certificate, backend)
}
