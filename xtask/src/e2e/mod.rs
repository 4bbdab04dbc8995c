//! End-to-end scenarios: our programs and other people's, as separate processes, each scenario one claim.

mod harness;
mod runner;
mod scenarios;

use anyhow::Result;

use crate::tally::Tally;
use scenarios::{ALL, Scenario};

/// Names the scenarios, one a line.
pub(crate) fn list(filter: Option<&str>) {
    for scenario in chosen(filter) {
        println!("{}", scenario.name);
    }
}

/// Runs the scenarios whose name contains `filter`.
pub(crate) fn run(filter: Option<&str>) -> Result<Tally> {
    let chosen: Vec<&Scenario> = chosen(filter).collect();
    println!("── {} end-to-end scenarios", chosen.len());
    runner::run(&chosen)
}

fn chosen(filter: Option<&str>) -> impl Iterator<Item = &'static Scenario> {
    ALL.iter().filter(move |scenario| filter.is_none_or(|part| scenario.name.contains(part)))
}
