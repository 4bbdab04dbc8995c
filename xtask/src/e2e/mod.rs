//! End-to-end scenarios: our programs and other people's, as separate processes, each scenario one claim.

#[macro_use]
mod registry;

mod attack;
mod batches;
mod harness;
mod hierarchy;
mod hostile;
mod issuing;
mod runner;
mod scan;
mod scenarios;
mod servers;
mod soak;

use anyhow::Result;

use self::registry::Scenario;
use crate::tally::Tally;

/// Scenarios that are run together.
#[derive(Clone, Copy)]
pub(crate) enum Set {
    /// What `cargo xtask test` runs: two at a time, in a few minutes.
    Usual,
    /// What `cargo xtask kill-batch` runs.
    Batches,
    /// What `cargo xtask verifiers` runs.
    Verifiers,
    /// What `cargo xtask hostile` runs: one at a time, as each takes the machine to itself.
    Hostile,
    /// What `cargo xtask scan` runs.
    Scan,
    /// What `cargo xtask test --servers` runs.
    Servers,
    /// What `cargo xtask soak` runs.
    Soak,
}

impl Set {
    fn scenarios(self) -> &'static [Scenario] {
        match self {
            Self::Usual => scenarios::ALL,
            Self::Batches => batches::ALL,
            Self::Verifiers => issuing::ALL,
            Self::Hostile => hostile::ALL,
            Self::Scan => scan::ALL,
            Self::Servers => servers::ALL,
            Self::Soak => soak::ALL,
        }
    }

    fn threads(self) -> usize {
        match self {
            Self::Usual => 2, // cores, which is what CI has
            Self::Batches | Self::Verifiers | Self::Hostile | Self::Scan | Self::Servers | Self::Soak => 1,
        }
    }

    fn chosen(self, filter: Option<&str>) -> impl Iterator<Item = &'static Scenario> {
        self.scenarios().iter().filter(move |scenario| filter.is_none_or(|part| scenario.name.contains(part)))
    }
}

/// Names the scenarios of `set`, one a line.
pub(crate) fn list(set: Set, filter: Option<&str>) {
    for scenario in set.chosen(filter) {
        println!("{}", scenario.name);
    }
}

/// Runs the scenarios of `set` whose name contains `filter`.
pub(crate) fn run(set: Set, filter: Option<&str>) -> Result<Tally> {
    let chosen: Vec<&Scenario> = set.chosen(filter).collect();
    println!("── {} end-to-end scenarios", chosen.len());
    runner::run(&chosen, set.threads())
}
